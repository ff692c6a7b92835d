"""Statements from stored runs: loading, estimates, claims, tables, figures and the report.

The names below are imported when they are first used, so `from seqmem import analysis` is cheap.

- `load` reads the records of a sweep as a data frame with one row per run.
- `capacity_table` estimates the capacity of each cell with its interval.
- `build_report` writes figures, tables, verdicts and `report.html`.
- `verdicts` judges the claims of the study that the records belong to.

Examples
--------
>>> from seqmem import analysis
>>> frame = analysis.load("runs/quick")  # doctest: +SKIP
>>> analysis.capacity_table(frame)  # doctest: +SKIP
"""

from seqmem.core.imports import lazy_exports

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
    "tuning_table": "seqmem.analysis.tables.tuning_table",
    "arms_table": "seqmem.analysis.tables.arms_table",
    "capacity_by": "seqmem.analysis.estimators.capacity_dependence",
    "capacity_by_budget": "seqmem.analysis.estimators.capacity_dependence",
    "plateau_table": "seqmem.analysis.estimators.stored_bits",
    "size_table": "seqmem.analysis.estimators.stored_bits",
    "importance_table": "seqmem.analysis.estimators.importance",
    "contrast": "seqmem.analysis.tables.contrast.contrast",
    "ContrastResult": "seqmem.analysis.tables.contrast.result",
    "saltelli_table": "seqmem.analysis.estimators.saltelli",
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
    "register_figure": "seqmem.analysis.figures",
    "show": "seqmem.analysis.figures.showing",
    "show_memorizer": "seqmem.analysis.figures.memorizer",
    "draw": "seqmem.analysis.figures.showing",
    "draw_memorizer": "seqmem.analysis.figures.memorizer",
    "Appearance": "seqmem.analysis.figures.parts.appearance",
    "ReportData": "seqmem.analysis.tables.report_data",
    "load_sources": "seqmem.analysis.records.sources",
    "build_report": "seqmem.analysis.report.build",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_exports(__name__, _HOMES)
