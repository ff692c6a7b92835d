"""One run: memorizers, protocols, budgets, training, recall, records.

Examples
--------
>>> from seqmem import study
>>> config = study.RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
>>> study.run(config).status
'memorized'
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "Budget": "seqmem.study.budget",
    "CELLS": "seqmem.study.memorizers.cells",
    "Memorizer": "seqmem.study.memorizers.memorizer",
    "PROBES": "seqmem.study.probes",
    "RunConfig": "seqmem.study.config",
    "RunRecord": "seqmem.study.record",
    "flops_per_symbol": "seqmem.study.memorizers.cost",
    "parameter_count": "seqmem.study.memorizers.cost",
    "parse_budget": "seqmem.study.budget",
    "run": "seqmem.study.runner",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
