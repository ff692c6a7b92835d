"""Runs that go on after memorizing, by learning rate: what C6 and C7 compare."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.claims.evidence import Evidence, Pairs, pair_cells
from analysis.claims.requirements import fewer, fewer_within, missing_cells
from analysis.claims.verdict import Part, contrast_part
from analysis.contrasts import clustered_contrast
from analysis.psychometric import Array

OWN = "own learning rates"
LEVELS, STRINGS = 2, 12


def by_learning_rate(evidence: Evidence, column: str) -> dict[str, pd.DataFrame]:
    """Runs with a probe's column, by whether the cells had their own learning rates or one and the same.

    Sweeps in which one learning rate alone was tried are matched; the others tuned one for each cell.
    """
    runs = evidence.runs
    if column not in runs:
        return {}
    runs = runs[~runs["stop_on_memorized"].eq(True) & runs["cell"].isin(["gru", "lstm"])]
    rates = evidence.frame.groupby("sweep")["learning_rate"].agg(["nunique", "first"])
    matched = {sweep: rate["first"] for sweep, rate in rates.iterrows() if rate["nunique"] == 1}
    names = runs["sweep"].map(lambda sweep: f"learning rate {matched[sweep]:g}" if sweep in matched else OWN)
    return {str(name): rows for name, rows in runs.groupby(names, sort=True)}


def design_needs(groups: dict[str, pd.DataFrame], rates: int, probe: str) -> list[str]:
    """What is missing of strings and levels at own learning rates and at so many matched ones."""
    if not groups:
        return [f"GRU and LSTM with the probe {probe} and stop_on_memorized = false"]
    found = [] if OWN in groups else ["runs with each cell's own, searched, learning rate"]
    matched = len(groups) - (OWN in groups)
    if matched < rates:
        found.append(f"{rates} matched learning rate{'s' if rates > 1 else ''} (there are {matched})")
    for name, rows in groups.items():
        lacking = missing_cells(rows, ("gru", "lstm")) + fewer(rows, "stratum", LEVELS, "levels")
        lacking += fewer_within(rows, ["stratum", "cell"], ["unit"], STRINGS, "strings per level")
        found += [f"{words} at {name}" for words in lacking]
    return found


def independent(evidence: Evidence, rows: pd.DataFrame, pairs: Pairs) -> list[str]:
    """The independent unit of each pair: its search where a configuration was searched, else its string and seed."""
    sweeps = rows["sweep"].unique()
    tune = evidence.frame[(evidence.frame["role"] == "tune") & evidence.frame["sweep"].isin(sweeps)]
    searched = bool((tune.groupby(["sweep", "condition", "search"])["trial"].nunique() > 1).any())
    return pairs.clusters if searched else pairs.units


def difference_part(
    evidence: Evidence,
    rows: pd.DataFrame,
    measured: Callable[[pd.DataFrame], Array],
    name: str,
    quantity: str,
    margin: float,
) -> tuple[Part, int]:
    """LSTM's minus GRU's value of `measured` on the same strings, and how many pairs lack a value."""
    pairs = pair_cells(rows, "gru", "lstm")
    gru, lstm = (measured(evidence.runs.loc[places]) for places in (pairs.first, pairs.second))
    difference = lstm - gru
    found = clustered_contrast(difference, pairs.strata, independent(evidence, rows, pairs))
    return contrast_part(name, quantity, found, margin), int((~np.isfinite(difference)).sum())
