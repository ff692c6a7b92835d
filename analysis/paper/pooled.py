"""Exploratory: rho over all levels of the study of complexity, not only those that a claim names."""

from __future__ import annotations

import pandas as pd

from analysis.claims.evidence import Evidence, pair_cells
from analysis.contrasts import clustered_contrast
from analysis.passages import answers_smaller_budgets
from analysis.time_ratios import CLOCKS, time_ratios

HEADING = "GRU against LSTM over all levels (exploratory)"
ALL = "all"
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
            found = clustered_contrast(time_ratios(*curves, clock).rho, pairs.strata, pairs.clusters)
            counts = [found.strata, found.clusters, found.values]
            rows.append([budget, clock, *counts, found.estimate, *found.interval()])
    return pd.DataFrame(rows, columns=COLUMNS)
