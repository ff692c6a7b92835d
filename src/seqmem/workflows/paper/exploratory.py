"""Exploratory tables, asked after the data were seen: pooled rho, and the gain of depth."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.time_ratios import CLOCKS, learning_curves, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.records.sources import Sources
from seqmem.workflows.paper.sections import HeadedTables, Section

ALL_BUDGETS = "all"
POOLED = "pooled"
DEPTH = "depth"
DEPTH_GAINS = "depth-gains"
# Depth fixed as in `paper-depth`, but with forget bias 1 in the LSTM.
OPEN_GATES = "paper-controls-open-gate-d?"
DEPTH_GAIN_COLUMNS = "budget design depth cell gain low high searches".split()
POOLED_RHO_COLUMNS = "budget clock levels searches strings rho low high".split()


def exploratory_tables(sources: Sources, chosen: Mapping[Section, list[str]]) -> HeadedTables:
    """Return both tables of study 1, with their headings.

    Parameters
    ----------
    sources : Sources
        Records without the pilots.
    chosen : mapping of Section to list of str
        Names of the sweeps of each section.

    Returns
    -------
    dict of str to tuple
        Heading and table by name.
    """
    low_and_high = [name for section, names in chosen.items() if section.pooled for name in names]
    fixed = [name for section, names in chosen.items() if section.name == DEPTH for name in names]
    opened = [name for name in sources.configs if fnmatch(name, OPEN_GATES)]
    gains = [
        depth_gains(sources.only(names).frame).assign(forget_bias=bias)
        for bias, names in ((0, fixed), (1, opened))
    ]
    return {
        POOLED: (
            "GRU against LSTM over all levels (exploratory)",
            pooled_rho(sources.only(low_and_high).frame),
        ),
        DEPTH_GAINS: (
            "Gain of depth for each cell (exploratory)",
            pd.concat(gains, ignore_index=True),
        ),
    }


def pooled_rho(frame: pd.DataFrame) -> pd.DataFrame:
    """Return mean rho over the levels of each budget, and over all of them.

    A level is an alphabet size with an LZW level. All levels weigh the same.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of sweeps with a GRU and an LSTM.

    Returns
    -------
    pandas.DataFrame
        One row per (``budget``, ``clock``); the last budget is "all". ``rho`` is in octaves,
        positive if the GRU is sooner, with its 95 % t interval (``low``, ``high``) over searches.
        ``levels``, ``searches`` and ``strings`` count levels, clusters and informative pairs.
    """
    evidence = Evidence(frame)
    rows = []
    usable = evidence.runs[answers_smaller_budgets(evidence.runs)]
    for budget in [*sorted(usable["budget"].astype(str).unique()), ALL_BUDGETS]:
        runs = usable if budget == ALL_BUDGETS else usable[usable["budget"] == budget]
        pairs = pair_cells(runs, "gru", "lstm")
        curves = evidence.curves.take(pairs.first), evidence.curves.take(pairs.second)
        for clock in CLOCKS:
            rho = time_ratios(*curves, clock).rho
            contrast = clustered_contrast(rho, pairs.strata, pairs.clusters)
            counts = [contrast.strata, contrast.clusters, contrast.values]
            rows.append([budget, clock, *counts, contrast.estimate, *contrast.interval()])
    return pd.DataFrame(rows, columns=POOLED_RHO_COLUMNS)


def depth_gains(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the gain in stored fraction over depth 1, for each cell.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of sweeps that hold the depth fixed and share their strings. The names of the sweeps
        give the design: in "matched", deeper networks have as many parameters as those of depth 1;
        in "units", as many units.

    Returns
    -------
    pandas.DataFrame
        One row per (``budget``, ``design``, ``depth``, ``cell``): ``gain`` with its 95 % t interval
        (``low``, ``high``) over the ``searches``, within levels.
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
            contrast = clustered_contrast(
                pairs["stored"] - pairs["single"], levels.tolist(), clusters.tolist()
            )
            limits = contrast.interval()
            rows.append(
                [budget, design, depth, cell, contrast.estimate, *limits, contrast.clusters]
            )
    return pd.DataFrame(rows, columns=DEPTH_GAIN_COLUMNS)
