"""How complex a string can a recurrent network memorize within a fixed training budget?

Names are loaded when they are first used, so that ``import seqmem`` costs nothing.

>>> import seqmem
>>> config = seqmem.RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
>>> seqmem.run(config).status
'memorized'
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "InputError": "seqmem.core.errors",
    "RunConfig": "seqmem.study.config",
    "SweepConfig": "seqmem.sweeps.config.sweep_config",
    "build_report": "seqmem.analysis.report.build",
    "compare": "seqmem.workflows.compare.run",
    "from_text": "seqmem.generators.symbols",
    "generate": "seqmem.generators.targeting",
    "load": "seqmem.analysis.records.loading",
    "load_config": "seqmem.sweeps.config.sweep_file",
    "match": "seqmem.generators.matching",
    "read_strings": "seqmem.generators.data.string_files",
    "run": "seqmem.study.runner",
    "run_sweep": "seqmem.sweeps.execution.launcher",
    "show": "seqmem.analysis.figures",
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}"
        )
    return getattr(import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return __all__
