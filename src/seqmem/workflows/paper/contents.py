"""What the study consists of: the presets to run, and what the paper shows of the sweeps that they gave."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import NamedTuple

from seqmem.analysis.tables.report_data import IMPORTANCE

REPORT = "report"
TIMINGS_FOLDER, TIMINGS = "paper-cost", "timings.parquet"

# In the order of running: what the pilots found is part of what comes after.
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
# Not evidence: the ladder was laid by them.
PILOTS = "paper-pilot*"
# Depth fixed, as in `paper-depth`, but the LSTM's forget gate opened.
OPEN_GATES = "paper-controls-open-gate-d?"


class Section(NamedTuple):
    """What is shown of some sweeps.

    Attributes
    ----------
    name, title : the latter follows the heading of a table.
    sweeps : patterns of their names.
    figures, tables : names, as of `analysis.figures.FIGURES` and `analysis.tables.report_data.TABLES` (or `importance`).
    pooled : whether its levels enter the mean of rho over all of them.
    """

    name: str
    title: str
    sweeps: tuple[str, ...]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    pooled: bool = False

    def choose(self, sweeps: Iterable[str]) -> list[str]:
        """Those of the names that belong here."""
        return [name for name in sweeps if any(fnmatch(name, pattern) for pattern in self.sweeps)]


# The first is the one whose tables carry no prefix.
SECTIONS = (
    Section(
        "complexity",
        "the study of complexity",
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
)
