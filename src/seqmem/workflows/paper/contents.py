"""The presets of study 1, and what the paper shows of their sweeps."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import NamedTuple

from seqmem.analysis.tables.report_data import IMPORTANCE

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
# The levels were chosen by the pilots, so they are not evidence.
PILOTS = "paper-pilot*"
# Depth fixed as in `paper-depth`, but with forget bias 1 in the LSTM.
OPEN_GATES = "paper-controls-open-gate-d?"


class Section(NamedTuple):
    """What is shown of some sweeps.

    Attributes
    ----------
    name : str
        Begins the names of its tables.
    title : str
        Follows the heading of a table.
    sweeps : tuple of str
        Patterns of the names of the sweeps.
    figures : tuple of str
        Names in `analysis.figures.FIGURES`.
    tables : tuple of str
        Names in `analysis.tables.report_data.TABLES`, or `importance`.
    pooled : bool
        Whether its levels enter the mean of rho over all of them.
    """

    name: str
    title: str
    sweeps: tuple[str, ...]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    pooled: bool = False

    def choose(self, sweeps: Iterable[str]) -> list[str]:
        """Return the names of sweeps that belong here.

        Parameters
        ----------
        sweeps : iterable of str
            Names of sweeps.

        Returns
        -------
        list of str
            Those that match a pattern, in the given order.
        """
        return [name for name in sweeps if any(fnmatch(name, pattern) for pattern in self.sweeps)]


# Tables of the first section carry no prefix.
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
)


def section_named(name: str) -> Section:
    """Return a section by its name.

    Parameters
    ----------
    name : str
        Name of a section.

    Returns
    -------
    Section
        The only one of this name.

    Examples
    --------
    >>> section_named("depth").sweeps
    ('paper-depth-*',)
    """
    (section,) = [section for section in SECTIONS if section.name == name]
    return section
