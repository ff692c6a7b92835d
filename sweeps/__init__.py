"""Sweeps: conditions, search space, Optuna search, executors, storage, launcher, presets.

>>> from seqmem import sweeps
>>> sweeps.load_config("smoke").name
'smoke'
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "SweepConfig": "seqmem.sweeps.config.sweep_config",
    "SweepResult": "seqmem.sweeps.execution.launcher",
    "load_config": "seqmem.sweeps.config.sweep_file",
    "load_configs": "seqmem.sweeps.config.sweep_file",
    "preset_names": "seqmem.sweeps.config.sweep_file",
    "run_sweep": "seqmem.sweeps.execution.launcher",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
