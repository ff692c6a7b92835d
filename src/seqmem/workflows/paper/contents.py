"""Study 1: its presets, and what the paper shows of their sweeps."""

from __future__ import annotations

from seqmem.analysis.tables.report_data import IMPORTANCE
from seqmem.workflows.paper.exploratory import exploratory_tables
from seqmem.workflows.paper.sections import Section, Study

REPORT = "report"
TIMINGS_FOLDER = "paper-cost"
TIMINGS_FILE = "timings.parquet"

# In the order of running: later presets build on the results of the pilots.
PRESETS = (
    "paper-pilot",
    "paper-pilot-further",
    "paper-complexity",
    "paper-controls",
    "paper-depth",
    "paper-importance",
    "paper-capacity",
    "paper-curves",
    "paper-gradients",
    "paper-sources",
    "paper-protocol",
)

SECTIONS = (
    Section(
        "complexity",
        "complexity",
        ("paper-complexity-k?", "paper-complexity-k?-below"),
        (
            "capacity_curve",
            "capacity_by_budget",
            "gru_against_lstm",
            "landscape",
            "time_to_memorize",
            "anytime",
        ),
        ("capacity", "ratios", "levels", "winners", "rho", "self", "logrank", "variance"),
        pooled=True,
    ),
    Section(
        "low",
        "low complexity",
        ("paper-complexity-k?-low",),
        ("gru_against_lstm", "time_to_memorize"),
        ("levels", "winners", "rho", "self"),
        pooled=True,
    ),
    Section("matched", "parameters matched", ("paper-complexity-matched*",), (), ("levels", "rho")),
    Section("controls", "controls", ("paper-controls-*",), (), ("levels", "rho")),
    Section("depth", "depth fixed", ("paper-depth-*",), ("depth_at_budgets",), ("levels",)),
    Section(
        "importance", "wide ranges", ("paper-importance-wide-*",), ("importance",), (IMPORTANCE,)
    ),
    Section("narrow", "learning rates halved", ("paper-importance-narrow-*",), (), (IMPORTANCE,)),
    Section("capacity", "sizes", ("paper-capacity-*",), ("stored_bits",), ("plateau",)),
    Section(
        "curves",
        "own learning rates",
        ("paper-curves-own",),
        ("learning_curves", "loss_volatility"),
    ),
    Section("gradients", "default forget bias", ("paper-gradients-default",), ("gradient_by_lag",)),
    Section("cost", "seconds a symbol", (), ("cost_by_units",)),
    Section("sources", "sources", ("paper-sources-*",), (), ("levels", "rho", "winners")),
    Section("protocol", "window protocol", ("paper-protocol-*",), (), ("levels", "rho")),
    # Figures of study 2, drawn from all levels. Nobody asked for them before the data.
    Section(
        "scaling",
        "all levels",
        ("paper-complexity-k?", "paper-complexity-k?-below", "paper-complexity-k?-low"),
        ("time_by_bits", "winners_by_budget"),
    ),
)
STUDY_1 = Study(
    number=1,
    sections=SECTIONS,
    pilots="paper-pilot*",
    timings=TIMINGS_FOLDER,
    later_tables=exploratory_tables,
)
