"""Sweeps: conditions, search space, Optuna search, executors, storage, launcher, presets.

>>> import sweeps
>>> sweeps.load_config("smoke").name
'smoke'
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "SweepConfig": "sweeps.config",
    "SweepResult": "sweeps.launcher",
    "load_config": "sweeps.study_file",
    "load_configs": "sweeps.study_file",
    "preset_names": "sweeps.study_file",
    "run_sweep": "sweeps.launcher",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
