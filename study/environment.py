"""The environment key: within one key, the same configuration gives the same numbers."""

import json
from functools import cache
from importlib.metadata import version

import torch

from seqmem.study import kernels

PACKAGES = ("numpy", "optuna", "scipy", "torch")


def environment(engine: str, device: str = "cpu") -> dict[str, str]:
    """Return what can change the last bits of a result, by name.

    Resolved engine, version of the kernels, instruction set in use, and the versions of torch, numpy, scipy and
    optuna (the last two decide which configurations are tried).
    """
    if engine == "fused":
        # Initialization and the code lengths are still computed by torch.
        found = {
            "engine": engine,
            "instruction_set": kernels.isa(),
            "kernels": kernels.version(),
            "torch_instruction_set": torch.backends.cpu.get_cpu_capability(),
        }
    elif device == "cuda":
        found = {"engine": engine, "instruction_set": torch.cuda.get_device_name()}
    else:
        found = {"engine": engine, "instruction_set": torch.backends.cpu.get_cpu_capability()}
    return found | package_versions()


@cache
def package_versions() -> dict[str, str]:
    """Return the versions of the packages that decide results; read once per process, since reading them is slow."""
    return {name: version(name) for name in PACKAGES}


def environment_key(engine: str, device: str = "cpu") -> str:
    """Return the environment as one canonical line, for records and comparisons."""
    return json.dumps(environment(engine, device), sort_keys=True)


def environment_difference(theirs: str, ours: str) -> list[str]:
    """Return what differs between two environment keys, one short text per entry.

    >>> environment_difference('{"numpy": "2.3.0"}', '{"numpy": "2.4.6"}')
    ['numpy 2.3.0 -> 2.4.6']
    """
    before, after = json.loads(theirs), json.loads(ours)
    names = sorted(set(before) | set(after))
    return [
        f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in names
        if before.get(name) != after.get(name)
    ]
