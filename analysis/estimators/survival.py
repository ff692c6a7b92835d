"""Time to memorize as survival data: a run that spends its budget without having memorized is censored, not slow."""

from __future__ import annotations

import warnings
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import CensoredData, ecdf, logrank

from seqmem.analysis.records.checkpoint_curves import memorized_first
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.core.arrays import Array

CURVE_COLUMNS = "level cell fraction spent budget_unit memorized low high at_risk".split()
TEST_COLUMNS = "level first second statistic p_value first_memorized second_memorized first_runs second_runs".split()


class MemorizedCurve(NamedTuple):
    """Kaplan-Meier estimate of the fraction memorized by each time at which a run memorized, all (m,)."""

    times: Array
    memorized: Array
    low: Array
    high: Array
    at_risk: Array


def times_to_memorize(runs: pd.DataFrame) -> tuple[Array, Array]:
    """Budget fraction at which each run had memorized, or until which it was watched, and whether it is censored.

    A run that spent its budget or diverged would not have memorized within the budget: it is censored at 1. One that
    early stopping ended is censored where it ended.
    """
    first = memorized_first(
        runs["checkpoint_fractions"], runs["checkpoint_exact_prefixes"], runs["period"]
    )
    watched = (runs["spent"] / runs["budget_amount"]).clip(upper=1.0).to_numpy(dtype=float)
    stopped = runs["status"].isin(["converged", "stalled"]).to_numpy()
    censored = np.isnan(first)
    return np.where(censored, np.where(stopped, watched, 1.0), first), censored.astype(float)


def kaplan_meier(times: ArrayLike, censored: ArrayLike, confidence: float = 0.95) -> MemorizedCurve:
    """Kaplan-Meier curve with its pointwise log-log interval, which takes strings as independent.

    Parameters
    ----------
    times : (n,) time of the event, or until which it was watched for.
    censored : (n,) booleans.

    Examples
    --------
    >>> kaplan_meier([0.25, 0.5, 1.0, 1.0], [False, False, True, True]).memorized.tolist()
    [0.25, 0.5]
    """
    times, censored = np.asarray(times, dtype=float), np.asarray(censored, dtype=bool)
    empty = np.empty(0)
    if censored.all():
        return MemorizedCurve(empty, empty, empty, empty, empty)
    events = np.unique(times[~censored])
    survival = ecdf(CensoredData(uncensored=times[~censored], right=times[censored])).sf
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # Where everything is memorized, or nothing yet, the log-log limits are not defined: NaN, said in the docstring.
        warnings.simplefilter("ignore", RuntimeWarning)
        limits = survival.confidence_interval(confidence, method="log-log")
    at_risk = (times >= events[:, None]).sum(axis=1).astype(float)
    return MemorizedCurve(
        events,
        1 - survival.evaluate(events),
        1 - limits.high.evaluate(events),
        1 - limits.low.evaluate(events),
        at_risk,
    )


def memorized_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Fraction of strings memorized by each time: one row per (group, level, cell, time at which a run memorized).

    Columns after the group's: `level`, `cell`, `fraction` (of the budget) and `spent` (in `budget_unit`), `memorized`
    with `low`, `high` (pointwise 95 % log-log interval over strings as if independent; NaN where not defined) and
    `at_risk` (runs not yet memorized nor censored).
    """
    rows = []
    for group, runs in split_groups(confirmed(frame)):
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            amount, unit = some["budget_amount"].iloc[0], some["budget_unit"].iloc[0]
            for time, *values, at_risk in zip(*kaplan_meier(*times_to_memorize(some)), strict=True):
                rows.append([*group, level, cell, time, time * amount, unit, *values, at_risk])
    return pd.DataFrame(rows, columns=[*Group._fields, *CURVE_COLUMNS])


def logrank_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Log-rank test of every two cells at each level: whether their times to memorize could be of one distribution.

    It takes strings as independent, so it leaves out the luck of a search: a description, not a verdict. NaN where
    no run of either cell memorized.
    """
    rows = []
    for group, runs in split_groups(confirmed(frame)):
        for level, some in runs.groupby("level", sort=True):
            cells = {
                str(cell): times_to_memorize(part) for cell, part in some.groupby("cell", sort=True)
            }
            for first, second in combinations(cells, 2):
                counts = [
                    int((~censored.astype(bool)).sum())
                    for _, censored in (cells[first], cells[second])
                ]
                sizes = [len(cells[first][0]), len(cells[second][0])]
                rows.append(
                    [
                        *group,
                        level,
                        first,
                        second,
                        *_logrank(cells[first], cells[second]),
                        *counts,
                        *sizes,
                    ]
                )
    return pd.DataFrame(rows, columns=[*Group._fields, *TEST_COLUMNS])


def _logrank(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[float, float]:
    if first[1].all() and second[1].all():
        return float("nan"), float("nan")
    samples = [
        CensoredData(uncensored=times[censored == 0], right=times[censored == 1])
        for times, censored in (first, second)
    ]
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        # Everything memorized at one and the same checkpoint leaves no variance to test against.
        found = logrank(*samples)
    return float(found.statistic), float(found.pvalue)
