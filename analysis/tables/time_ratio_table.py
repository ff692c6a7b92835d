"""One cell against another: ratio of the times to the same stored fraction, by level and on every clock."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, search_pairs
from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.verdict import OPPOSITE, SUPPORTED, judge
from seqmem.analysis.estimators.contrasts import BONFERRONI, Contrast, clustered_contrast
from seqmem.analysis.estimators.time_ratios import CLOCKS, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.loading import confirmed

RHO_COLUMNS = (
    "level first second clock rho low high low_bonferroni high_bonferroni"
    " searches freedom strings uninformative at_start"
).split()
SELF_COLUMNS = (
    "levels searches strings rho low high low_bonferroni high_bonferroni freedom verdict".split()
)
MARGIN = 0.15


def rho_table(frame: pd.DataFrame, first: str = "gru", second: str = "lstm") -> pd.DataFrame:
    """Mean rho at each level on each clock: one row per (group, level, clock).

    Columns after the group's: `level`, `first`, `second`, `clock` (budget, flops, symbols, steps); `rho` in octaves,
    positive where `first` is sooner, with its 95 % (`low`, `high`) and Bonferroni (99.4 %) t intervals over searches,
    NaN with a single one; counts `searches`, `freedom`, `strings` (informative pairs), `uninformative` (thresholds
    below .02, left out), `at_start` (pairs in which a run was over the threshold at its first checkpoint).
    """
    rows = []
    for group, level, evidence in _levels(frame):
        pairs = pair_cells(evidence.runs, first, second)
        curves = evidence.curves.take(pairs.first), evidence.curves.take(pairs.second)
        for clock in CLOCKS if len(pairs) else ():
            found = time_ratios(*curves, clock)
            contrast = clustered_contrast(found.rho, pairs.strata, pairs.clusters)
            counts = [contrast.clusters, contrast.freedom, contrast.values]
            left = [int((~found.informative).sum()), int(found.at_start.sum())]
            rows.append([*group, level, first, second, clock, *_estimate(contrast), *counts, *left])
    return pd.DataFrame(rows, columns=[*Group._fields, *RHO_COLUMNS])


def self_table(frame: pd.DataFrame) -> pd.DataFrame:
    """A check with a known answer: each cell against itself, in independent searches of the same levels (A/A).

    Strings of two searches differ, so they are paired by their number; the unit is a pair of searches at a level, all
    cells together, which met the same strings. One row per group with enough searches; `verdict` is "agrees", or
    "differs" where the rule of a claim (margin .15 octaves, 99.4 % interval) would find a difference.
    """
    rows = []
    for group, some in split_groups(_usable(frame)):
        evidence = Evidence(some)
        pairs = search_pairs(evidence.runs)
        if not len(pairs):
            continue
        first, second = (evidence.curves.take(places) for places in (pairs.first, pairs.second))
        contrast = clustered_contrast(time_ratios(first, second).rho, pairs.strata, pairs.clusters)
        verdict, tag = judge(*contrast.interval(BONFERRONI), MARGIN)
        words = DIFFERS if verdict == SUPPORTED or tag == OPPOSITE else AGREES
        used = evidence.runs.loc[np.concatenate([pairs.first, pairs.second])]
        counts = [
            used["level"].nunique(),
            len(used.drop_duplicates(["stratum", "cell", "cluster"])),
            contrast.values,
        ]
        rows.append([*group, *counts, *_estimate(contrast), contrast.freedom, words])
    table = pd.DataFrame(rows, columns=[*Group._fields, *SELF_COLUMNS])
    return table[table["freedom"] > 0].reset_index(drop=True)


def _levels(frame: pd.DataFrame) -> list[tuple[Group, int, Evidence]]:
    found = []
    for group, runs in split_groups(_usable(frame)):
        for level, some in runs.groupby("level", sort=True):
            found.append((group, int(level), Evidence(some)))
    return found


def _usable(frame: pd.DataFrame) -> pd.DataFrame:
    runs = confirmed(frame)
    return runs[answers_smaller_budgets(runs)]


def _estimate(contrast: Contrast) -> list[float]:
    return [contrast.estimate, *contrast.interval(), *contrast.interval(BONFERRONI)]
