"""The environment key: within one key, the same configuration gives the same numbers."""

import json
from importlib.metadata import version

import torch

PACKAGES = ("numpy", "optuna", "torch")


def environment(engine: str, device: str = "cpu") -> dict[str, str]:
    """Return what can change the last bits of a result, by name.

    Resolved engine, instruction set in use, device, and the versions of torch, numpy and optuna
    (whose sampler decides which configurations are tried).
    """
    if device == "cuda":
        instruction_set = torch.cuda.get_device_name()
    else:
        instruction_set = torch.backends.cpu.get_cpu_capability()
    versions = {name: version(name) for name in PACKAGES}
    return {"engine": engine, "instruction_set": instruction_set, **versions}


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
