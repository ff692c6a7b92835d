"""Time to memorize as survival data.

A run that spends its budget without having memorized is censored: its time is only known to be
longer than the budget.
"""

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
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.loading import confirmed
from seqmem.core.argument_kinds import PROPORTION
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds

CURVE_COLUMNS = "level cell fraction spent budget_unit memorized low high at_risk".split()
TEST_COLUMNS = (
    "level first second statistic p_value first_memorized second_memorized first_runs second_runs"
).split()


class MemorizedCurve(NamedTuple):
    """Kaplan-Meier estimate of the fraction memorized.

    Attributes
    ----------
    times : array of float, shape (m,)
        Times at which a run memorized.
    memorized : array of float, shape (m,)
        Estimated fraction memorized by each time.
    low, high : array of float, shape (m,)
        Pointwise limits.
    at_risk : array of float, shape (m,)
        Runs that had not yet memorized or been censored before each time.
    """

    times: Array
    memorized: Array
    low: Array
    high: Array
    at_risk: Array


def times_to_memorize(runs: pd.DataFrame) -> tuple[Array, Array]:
    """Return the time at which each run memorized, or until which it was watched.

    A run that spent its budget or diverged would not have memorized within the budget. It is
    censored at 1. A run that stopped early for another reason is censored where it stopped.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with their checkpoints.

    Returns
    -------
    times : array of float, shape (n,)
        Fractions of the budget.
    censored : array of float, shape (n,)
        1.0 for runs that did not memorize, otherwise 0.0.
    """
    first = memorized_first(
        runs["checkpoint_fractions"], runs["checkpoint_exact_prefixes"], runs["period"]
    )
    watched = (runs["spent"] / runs["budget_amount"]).clip(upper=1.0).to_numpy(dtype=float)
    stopped = runs["status"].isin(["converged", "stalled"]).to_numpy()
    censored = np.isnan(first)
    return np.where(censored, np.where(stopped, watched, 1.0), first), censored.astype(float)


@argument_kinds(confidence=PROPORTION)
def kaplan_meier(times: ArrayLike, censored: ArrayLike, confidence: float = 0.95) -> MemorizedCurve:
    """Return the Kaplan-Meier curve with its pointwise log-log interval.

    The interval takes strings as independent. SciPy's `ecdf` computes both (Kaplan and Meier 1958).

    Parameters
    ----------
    times : array of float, shape (n,)
        Time of the event, or until which a run was watched.
    censored : array of bool, shape (n,)
        Whether the event did not happen.
    confidence : float, default 0.95
        Pointwise coverage of the interval.

    Returns
    -------
    MemorizedCurve
        The curve. Limits are NaN where they are not defined, for example where every run memorized.

    Examples
    --------
    >>> kaplan_meier([0.25, 0.5, 1.0, 1.0], [False, False, True, True]).memorized.tolist()
    [0.25, 0.5]
    """
    times = np.asarray(times, dtype=float)
    censored = np.asarray(censored, dtype=bool)
    empty = np.empty(0)
    if censored.all():
        return MemorizedCurve(empty, empty, empty, empty, empty)
    events = np.unique(times[~censored])
    survival = ecdf(CensoredData(uncensored=times[~censored], right=times[censored])).sf
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # If every run has memorized, or none yet, the log-log limits are not defined (NaN).
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


@argument_kinds(frame=RECORDS)
def memorized_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the fraction of strings memorized by each time.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, level, cell, time at which a run memorized). After the group's columns:
        `level`, `cell`; `fraction` of the budget; `spent`, in `budget_unit`; `memorized` with its
        pointwise 95 % log-log interval `low`, `high` over strings as if independent; `at_risk`, the
        runs not yet memorized or censored.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.memorized_curves(frame)  # doctest: +SKIP
    """
    rows = []
    for group, runs in split_groups(confirmed(frame)):
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            amount = some["budget_amount"].iloc[0]
            unit = some["budget_unit"].iloc[0]
            for time, *values, at_risk in zip(*kaplan_meier(*times_to_memorize(some)), strict=True):
                rows.append([*group, level, cell, time, time * amount, unit, *values, at_risk])
    return pd.DataFrame(rows, columns=[*Group._fields, *CURVE_COLUMNS])


@argument_kinds(frame=RECORDS)
def logrank_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Test at each level whether the times to memorize of two cells have one distribution.

    The log-rank test takes strings as independent and so ignores the luck of a search. It is a
    description, not a verdict.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, level, pair of cells), with statistic, p value and counts. Statistic and
        p value are NaN if no run of either cell memorized.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.logrank_table(frame)  # doctest: +SKIP
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
                test = _logrank(cells[first], cells[second])
                rows.append([*group, level, first, second, *test, *counts, *sizes])
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
        # If all runs memorized at one checkpoint, there is no variance to test against.
        test = logrank(*samples)
    return float(test.statistic), float(test.pvalue)
