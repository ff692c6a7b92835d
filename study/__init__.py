"""One run: memorizers, protocols, budgets, training, recall, records.

>>> import study
>>> config = study.RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
>>> study.run(config).status
'memorized'
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "Budget": "study.budget",
    "CELLS": "study.cells",
    "Memorizer": "study.memorizer",
    "PROBES": "study.probes",
    "RunConfig": "study.config",
    "RunRecord": "study.record",
    "flops_per_symbol": "study.cost",
    "parameter_count": "study.cost",
    "parse_budget": "study.budget",
    "run": "study.runner",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
