"""What was asked after the data were seen: rho over other levels than a claim's, and what depth gives each cell."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.time_ratios import CLOCKS, learning_curves, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.loading import confirmed

ALL = "all"
DEPTH_COLUMNS = "budget design depth cell gain low high searches".split()
COLUMNS = "budget clock levels searches strings rho low high".split()


def pooled_rho(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean rho over the (alphabet, level) of each budget, and over all of them: one row per (budget, clock).

    `rho` in octaves, positive where the GRU is sooner, with its 95 % t interval over searches; `levels` counts
    (alphabet, level), `searches` the clusters, `strings` the informative pairs. The last budget is "all".
    """
    evidence, rows = Evidence(frame), []
    usable = evidence.runs[answers_smaller_budgets(evidence.runs)]
    for budget in [*sorted(usable["budget"].astype(str).unique()), ALL]:
        runs = usable if budget == ALL else usable[usable["budget"] == budget]
        pairs = pair_cells(runs, "gru", "lstm")
        curves = evidence.curves.take(pairs.first), evidence.curves.take(pairs.second)
        for clock in CLOCKS:
            found = clustered_contrast(
                time_ratios(*curves, clock).rho, pairs.strata, pairs.clusters
            )
            counts = [found.strata, found.clusters, found.values]
            rows.append([budget, clock, *counts, found.estimate, *found.interval()])
    return pd.DataFrame(rows, columns=COLUMNS)


def depth_gains(frame: pd.DataFrame) -> pd.DataFrame:
    """Gain in stored fraction over depth 1, for each cell alone: one row per (budget, design, depth, cell).

    Parameters
    ----------
    frame : records of sweeps that hold the depth fixed and share their strings; in a design "matched" (by the names of
        its sweeps) deeper networks have as many parameters as those of depth 1, in "units" as many units.

    Returns
    -------
    `gain` with its 95 % t interval (`low`, `high`) over the `searches`, within levels.
    """
    runs = confirmed(frame).assign(stored=lambda some: learning_curves(some).final)
    matched = runs["sweep"].astype(str).str.contains("matched")
    strings = ["budget", "cell", "level", "search", "string_id", "repeat"]
    single = runs.loc[runs["depth"] == 1, [*strings, "stored"]].rename(columns={"stored": "single"})
    rows = []
    for design, some in (("units", runs[~matched]), ("matched", runs[matched])):
        paired = some[some["depth"] > 1].merge(single, on=strings)
        for (budget, depth, cell), pairs in paired.groupby(["budget", "depth", "cell"], sort=True):
            levels = pairs["level"].astype(str)
            clusters = levels + "/" + pairs["search"].astype(str)
            found = clustered_contrast(
                pairs["stored"] - pairs["single"], levels.tolist(), clusters.tolist()
            )
            rows.append(
                [budget, design, depth, cell, found.estimate, *found.interval(), found.clusters]
            )
    return pd.DataFrame(rows, columns=DEPTH_COLUMNS)
