"""Sweeps: conditions, search space, Optuna search, executors, storage, launcher, presets.

>>> from seqmem import sweeps
>>> sweeps.load_config("smoke").name
'smoke'
"""

from seqmem.core.imports import lazy_exports

_HOMES = {
    "SweepConfig": "seqmem.sweeps.config.sweep_config",
    "SweepResult": "seqmem.sweeps.execution.sweep_result",
    "load_config": "seqmem.sweeps.config.sweep_file",
    "load_configs": "seqmem.sweeps.config.sweep_file",
    "preset_names": "seqmem.sweeps.config.sweep_file",
    "run_sweep": "seqmem.sweeps.execution.launcher",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_exports(__name__, _HOMES)
