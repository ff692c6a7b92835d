"""From stored runs to statements: loading, capacity, figures and the report page.

Names are loaded when first used, so that `import analysis` costs nothing:

    frame = analysis.load("runs/quick")           # tidy frame, one row per run
    analysis.capacity_table(frame)                # capacity of each cell, with its interval
    analysis.build_report("runs/quick")           # figures, tables, verdicts and report.html
    analysis.verdicts(analysis.Evidence(frame))   # claims C1 to C10
    analysis.compare("strings.csv", "2 GF")       # LSTM or GRU for your own strings
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "load": "analysis.records",
    "confirmed": "analysis.records",
    "estimate_capacity": "analysis.capacity",
    "capacity_ratio": "analysis.capacity",
    "continuous_reading": "analysis.capacity",
    "capacity_table": "analysis.tables",
    "ratio_table": "analysis.tables",
    "capacity_lines": "analysis.summary",
    "value_at": "analysis.passages",
    "first_passage": "analysis.passages",
    "rho_table": "analysis.gru_lstm",
    "self_table": "analysis.gru_lstm",
    "capacity_by": "analysis.capacity_dependence",
    "capacity_by_budget": "analysis.capacity_dependence",
    "plateau_table": "analysis.plateau",
    "size_table": "analysis.plateau",
    "importance_table": "analysis.importance",
    "clustered_contrast": "analysis.contrasts",
    "max_t_intervals": "analysis.contrasts",
    "interquartile_mean": "analysis.aggregates",
    "performance_profile": "analysis.aggregates",
    "kaplan_meier": "analysis.survival",
    "nested_components": "analysis.variance",
    "memorized_curves": "analysis.survival",
    "logrank_table": "analysis.survival",
    "variance_table": "analysis.variance",
    "CLAIMS": "analysis.claims",
    "Evidence": "analysis.claims.evidence",
    "verdicts": "analysis.claims.table",
    "claims_table": "analysis.claims.table",
    "step_time_ratios": "analysis.step_times",
    "FIGURES": "analysis.figures",
    "build_figures": "analysis.figures",
    "show": "analysis.figures",
    "Material": "analysis.material",
    "load_sources": "analysis.sources",
    "build_report": "analysis.report",
    "compare": "analysis.comparison.run",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'; it has: {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
