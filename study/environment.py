"""The environment key: in equal environments the same configuration gives the same numbers."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

import torch

from seqmem.study import kernels

PACKAGES = ("numpy", "optuna", "scipy", "torch")


def environment(engine: str, device: str = "cpu") -> dict[str, str]:
    """Return the parts of the environment that can change the last bits of a result, by name.

    These are the resolved engine, the version of the kernels, the instruction set in use, and the
    versions of torch, numpy, scipy and optuna. The last two decide which configurations are tried.

    Parameters
    ----------
    engine : {"fused", "torch"}
    device : {"cpu", "cuda"}
    """
    if engine == "fused":
        # Torch still computes the initialization and the code lengths.
        parts = {
            "engine": engine,
            "instruction_set": kernels.isa(),
            "kernels": kernels.version(),
            "torch_instruction_set": torch.backends.cpu.get_cpu_capability(),
        }
    elif device == "cuda":
        parts = {"engine": engine, "instruction_set": torch.cuda.get_device_name()}
    else:
        parts = {"engine": engine, "instruction_set": torch.backends.cpu.get_cpu_capability()}
    return parts | package_versions()


@cache
def package_versions() -> dict[str, str]:
    """Return the versions of the packages that decide results, by name."""
    return {name: version(name) for name in PACKAGES}


def environment_key(engine: str, device: str = "cpu") -> str:
    """Return the environment as one canonical line, for records and comparisons.

    Parameters
    ----------
    engine : {"fused", "torch"}
    device : {"cpu", "cuda"}

    Returns
    -------
    str
        The parts of `environment` in JSON, sorted by name.
    """
    return json.dumps(environment(engine, device), sort_keys=True)


def joint_environment_key(engines: Iterable[str], device: str = "cpu") -> str:
    """Return the environments of several engines as one canonical line.

    Parameters
    ----------
    engines : iterable of str
        Resolved engines. The key of one engine is its `environment_key`.
    device : {"cpu", "cuda"}

    Returns
    -------
    str
        For several engines, a list in JSON, sorted by engine.
    """
    keys = [environment_key(engine, device) for engine in sorted(set(engines))]
    return keys[0] if len(keys) == 1 else f"[{', '.join(keys)}]"
