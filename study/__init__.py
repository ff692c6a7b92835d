"""One run: memorizers, protocols, budgets, training, recall, records.

Examples
--------
>>> from seqmem import study
>>> config = study.RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
>>> study.run(config).status
'memorized'
"""

from seqmem.core.imports import lazy_exports

_HOMES = {
    "Budget": "seqmem.study.budget",
    "CELLS": "seqmem.study.memorizers.cells",
    "Memorizer": "seqmem.study.memorizers.memorizer",
    "PROBES": "seqmem.study.probes",
    "RunConfig": "seqmem.study.config",
    "RunRecord": "seqmem.study.record",
    "TrainedMemorizer": "seqmem.study.trained",
    "flops_per_symbol": "seqmem.study.memorizers.cost",
    "load_memorizer": "seqmem.study.trained",
    "parameter_count": "seqmem.study.memorizers.cost",
    "parse_budget": "seqmem.study.budget",
    "register_cell": "seqmem.study.memorizers.cells",
    "register_probe": "seqmem.study.probes",
    "run": "seqmem.study.runner",
    "train": "seqmem.study.trained",
    "work_per_symbol": "seqmem.study.memorizers.cost",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_exports(__name__, _HOMES)
