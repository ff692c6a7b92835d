"""Time ratios of one cell against another, by level and on every clock.

A time ratio compares the times to the same stored fraction, see `estimators.time_ratios`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, search_pairs
from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.claims.rules.verdict import OPPOSITE, SUPPORTED, judge
from seqmem.analysis.estimators.contrasts import BONFERRONI, Contrast, clustered_contrast
from seqmem.analysis.estimators.time_ratios import CLOCKS, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.loading import confirmed
from seqmem.core.python_arguments import argument_kinds

RHO_COLUMNS = (
    "level first second clock rho low high low_bonferroni high_bonferroni"
    " searches freedom strings uninformative at_start"
).split()
SELF_COLUMNS = (
    "levels searches strings rho low high low_bonferroni high_bonferroni freedom verdict".split()
)


@argument_kinds(frame=RECORDS)
def rho_table(frame: pd.DataFrame, first: str = "gru", second: str = "lstm") -> pd.DataFrame:
    """Compute the mean of rho at each level on each clock.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    first, second : str, default "gru" and "lstm"
        The two cells.

    Returns
    -------
    DataFrame
        One row per (group, level, clock). After the group's columns: `level`, `first`, `second`;
        `clock` (budget, flops, symbols or steps); `rho` in octaves, positive where `first` is
        sooner; its 95 % interval `low`, `high` and its 99.4 % (Bonferroni) interval, both t
        intervals over searches with NaN limits for one search; counts `searches`, `freedom`,
        `strings` (informative pairs), `uninformative` (pairs with a threshold below .02, left out)
        and `at_start` (pairs in which a run had reached the threshold at its first checkpoint).

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.rho_table(frame)  # doctest: +SKIP
    """
    rows = []
    for group, level, evidence in _levels(frame):
        pairs = pair_cells(evidence.runs, first, second)
        curves = evidence.curves.take(pairs.first), evidence.curves.take(pairs.second)
        for clock in CLOCKS if len(pairs) else ():
            ratios = time_ratios(*curves, clock)
            contrast = clustered_contrast(ratios.rho, pairs.strata, pairs.clusters)
            counts = [contrast.clusters, contrast.freedom, contrast.values]
            left = [int((~ratios.informative).sum()), int(ratios.at_start.sum())]
            rows.append([*group, level, first, second, clock, *_estimate(contrast), *counts, *left])
    return pd.DataFrame(rows, columns=[*Group._fields, *RHO_COLUMNS])


@argument_kinds(frame=RECORDS)
def self_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compare each cell with itself, in independent searches of the same levels.

    This negative control has a known answer: no difference. Strings of two searches differ, so
    they are paired by their number. The unit is a pair of searches at a level, with all cells
    together, because they met the same strings.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per group with enough searches. `verdict` is "differs" if the rule of a claim finds
        a difference (margin .15 octaves, 99.4 % interval), otherwise "agrees".

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.self_table(frame)  # doctest: +SKIP
    """
    rows = []
    for group, some in split_groups(_usable(frame)):
        evidence = Evidence(some)
        pairs = search_pairs(evidence.runs)
        if not len(pairs):
            continue
        first, second = (evidence.curves.take(indices) for indices in (pairs.first, pairs.second))
        contrast = clustered_contrast(time_ratios(first, second).rho, pairs.strata, pairs.clusters)
        verdict, tag = judge(*contrast.interval(BONFERRONI), RATIO_MARGIN)
        result = DIFFERS if verdict == SUPPORTED or tag == OPPOSITE else AGREES
        used = evidence.runs.loc[np.concatenate([pairs.first, pairs.second])]
        counts = [
            used["level"].nunique(),
            len(used.drop_duplicates(["stratum", "cell", "cluster"])),
            contrast.values,
        ]
        rows.append([*group, *counts, *_estimate(contrast), contrast.freedom, result])
    table = pd.DataFrame(rows, columns=[*Group._fields, *SELF_COLUMNS])
    return table[table["freedom"] > 0].reset_index(drop=True)


def _levels(frame: pd.DataFrame) -> list[tuple[Group, int, Evidence]]:
    levels = []
    for group, runs in split_groups(_usable(frame)):
        for level, some in runs.groupby("level", sort=True):
            levels.append((group, int(level), Evidence(some)))
    return levels


def _usable(frame: pd.DataFrame) -> pd.DataFrame:
    runs = confirmed(frame)
    return runs[answers_smaller_budgets(runs)]


def _estimate(contrast: Contrast) -> list[float]:
    return [contrast.estimate, *contrast.interval(), *contrast.interval(BONFERRONI)]
