"""From stored runs to statements: loading, capacity, figures and the report page.

Names are loaded when first used, so that `from seqmem import analysis` costs nothing:

    frame = analysis.load("runs/quick")           # tidy frame, one row per run
    analysis.capacity_table(frame)                # capacity of each cell, with its interval
    analysis.build_report("runs/quick")           # figures, tables, verdicts and report.html
    analysis.verdicts(analysis.Evidence(frame))   # claims C1 to C10
    analysis.compare("strings.csv", "2 GF")       # LSTM or GRU for your own strings
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "load": "seqmem.analysis.records.loading",
    "confirmed": "seqmem.analysis.records.loading",
    "estimate_capacity": "seqmem.analysis.estimators.capacity",
    "capacity_ratio": "seqmem.analysis.estimators.capacity",
    "continuous_reading": "seqmem.analysis.estimators.capacity",
    "capacity_table": "seqmem.analysis.tables.capacity_tables",
    "ratio_table": "seqmem.analysis.tables.capacity_tables",
    "capacity_lines": "seqmem.analysis.tables.summary",
    "value_at": "seqmem.analysis.records.checkpoint_curves",
    "first_passage": "seqmem.analysis.records.checkpoint_curves",
    "rho_table": "seqmem.analysis.tables.time_ratio_table",
    "self_table": "seqmem.analysis.tables.time_ratio_table",
    "capacity_by": "seqmem.analysis.estimators.capacity_dependence",
    "capacity_by_budget": "seqmem.analysis.estimators.capacity_dependence",
    "plateau_table": "seqmem.analysis.estimators.stored_bits",
    "size_table": "seqmem.analysis.estimators.stored_bits",
    "importance_table": "seqmem.analysis.estimators.importance",
    "clustered_contrast": "seqmem.analysis.estimators.contrasts",
    "max_t_intervals": "seqmem.analysis.estimators.contrasts",
    "interquartile_mean": "seqmem.analysis.estimators.aggregates",
    "performance_profile": "seqmem.analysis.estimators.aggregates",
    "kaplan_meier": "seqmem.analysis.estimators.survival",
    "nested_components": "seqmem.analysis.estimators.variance",
    "memorized_curves": "seqmem.analysis.estimators.survival",
    "logrank_table": "seqmem.analysis.estimators.survival",
    "variance_table": "seqmem.analysis.estimators.variance",
    "CLAIMS": "seqmem.analysis.claims",
    "Evidence": "seqmem.analysis.claims.rules.evidence",
    "verdicts": "seqmem.analysis.claims.table",
    "claims_table": "seqmem.analysis.claims.table",
    "step_time_ratios": "seqmem.analysis.estimators.step_times",
    "FIGURES": "seqmem.analysis.figures",
    "build_figures": "seqmem.analysis.figures",
    "show": "seqmem.analysis.figures",
    "ReportData": "seqmem.analysis.tables.report_data",
    "load_sources": "seqmem.analysis.records.sources",
    "build_report": "seqmem.analysis.report.build",
    "compare": "seqmem.workflows.compare.run",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'analysis' has no attribute '{name}'; it has: {', '.join(__all__)}"
        )
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
