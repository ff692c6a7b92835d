"""The scale-free time ratio: how much sooner one of two runs reaches a threshold.

The definition is in the pre-registration of study 1, section 5 (docs/preregistration/study-1.md).
Both runs are on the same string. f is the running maximum of the stored fraction, and B is the
budget. The threshold is what both runs reached: q = min(.95, f_A(B), f_B(B)). With T the budget of
first passage, rho = log2[T_B(q) / T_A(q)]. Both runs reach the threshold, so no time is
missing at the end. Easy and hard levels do not shrink the differences.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.records.checkpoint_curves import padded, stored_fractions
from seqmem.core.arrays import Array

HIGHEST_THRESHOLD = 0.95
LEAST_THRESHOLD = 0.02
CLOCKS = ("budget", "flops", "symbols", "steps")
# Column with log2 of measured over table step time. Runs that have it have the clock `measured`.
OVER_TABLE = "log2_measured_over_table"


class Curves(NamedTuple):
    """Learning curves of n runs with c checkpoints each.

    Attributes
    ----------
    best : array of float, shape (n, c)
        Running maximum of the stored fraction, which never falls along a row. The last value is
        repeated after the end of a row. Before the first finite value it is -inf, or 0 in a
        diverged run.
    times : dict of str to array of float, shape (n, c)
        What each checkpoint had spent on each clock, positive; NaN after the end of a row.
    """

    best: Array
    times: dict[str, Array]

    @property
    def final(self) -> Array:
        """Best value of each run within the whole budget, shape (n,)."""
        return self.best[:, -1] if self.best.shape[1] else np.full(len(self.best), -np.inf)

    def take(self, rows: NDArray[np.int64]) -> Curves:
        """Return the curves of some of the runs.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Indices of the runs.

        Returns
        -------
        Curves
            Their curves.
        """
        return Curves(self.best[rows], {clock: times[rows] for clock, times in self.times.items()})


class TimeRatios(NamedTuple):
    """Time ratios of n pairs of runs.

    Attributes
    ----------
    rho : array of float, shape (n,)
        Octaves by which the first run is sooner; NaN where the pair is uninformative.
    threshold : array of float, shape (n,)
        The threshold q.
    informative : array of bool, shape (n,)
        Whether q is at least .02.
    at_start : array of bool, shape (n,)
        Whether one of the two runs had reached q at its first checkpoint. Its time is then an upper
        bound.
    """

    rho: Array
    threshold: Array
    informative: NDArray[np.bool_]
    at_start: NDArray[np.bool_]


def learning_curves(runs: pd.DataFrame) -> Curves:
    """Return the learning curves of records, with their checkpoints on every clock.

    The budget clock is in fractions of the budget. If one step reached several fractions, the
    record keeps the smallest. The run had then spent more, and that larger value is the time here.
    The other clocks follow the steps, because all steps of a run have equally many symbols.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with their checkpoints, and perhaps the column `log2_measured_over_table`.

    Returns
    -------
    Curves
        One curve per run, with the clocks `budget`, `steps`, `flops` and `symbols`. With the
        column, the clock `measured` is the budget in measured in place of table time.
    """
    fractions = padded(runs["checkpoint_fractions"])
    reference = runs["reference_bits"].to_numpy(dtype=float)
    best = running_maximum(
        stored_fractions(padded(runs["checkpoint_nll_bits"]), reference[:, None])
    )
    lost = (runs["status"] == "diverged").to_numpy()
    best[lost] = np.maximum(best[lost], 0.0)
    spent = padded(runs["checkpoint_spent"]) / runs["budget_amount"].to_numpy(dtype=float)[:, None]
    steps = padded(runs["checkpoint_steps"])
    total = np.maximum(runs["steps"].to_numpy(dtype=float), 1.0)
    per_step = {
        name: (runs[name].to_numpy(dtype=float) / total)[:, None] for name in ("flops", "symbols")
    }
    times = {"budget": np.fmax(fractions, spent), "steps": steps}
    times |= {name: steps * size for name, size in per_step.items()}
    if OVER_TABLE in runs:
        octaves = runs[OVER_TABLE].to_numpy(dtype=float)
        times["measured"] = times["budget"] * np.exp2(octaves)[:, None]
    return Curves(best, times)


def running_maximum(values: Array) -> Array:
    """Return the running maximum along the last axis, ignoring NaN.

    Parameters
    ----------
    values : array of float, shape (..., c)
        Values.

    Returns
    -------
    array of float, shape (..., c)
        Running maximum; -inf before the first number.

    Examples
    --------
    >>> running_maximum(np.array([[np.nan, 0.25, 0.125, np.nan]])).tolist()
    [[-inf, 0.25, 0.25, 0.25]]
    """
    best: Array = np.maximum.accumulate(np.where(np.isnan(values), -np.inf, values), axis=-1)
    return best


def log2_first_passage(times: Array, best: Array, threshold: Array) -> Array:
    """Return log2 of the time at which each curve first reaches its threshold.

    The time is interpolated linearly in log2 time.

    Parameters
    ----------
    times : array of float, shape (n, c)
        Positive times of the checkpoints.
    best : array of float, shape (n, c)
        Running maxima.
    threshold : array of float, shape (n,)
        Threshold of each curve.

    Returns
    -------
    array of float, shape (n,)
        The first time where the first value already suffices; NaN where the threshold is never
        reached.

    Examples
    --------
    >>> times = np.array([[1.0, 2, 4]])
    >>> log2_first_passage(times, np.array([[0.1, 0.2, 0.6]]), np.array([0.4])).tolist()
    [1.5]
    """
    if not best.shape[1]:
        return np.full(len(best), np.nan)
    reached = best >= threshold[:, None]
    after = reached.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(best))
    low = best[rows, before]
    high = best[rows, after]
    between = (after > 0) & np.isfinite(low)
    share = np.ones(len(best))
    share[between] = (threshold[between] - low[between]) / (high[between] - low[between])
    start, end = (
        np.log2(np.where(ends > 0, ends, np.nan))
        for ends in (times[rows, before], times[rows, after])
    )
    passage: Array = np.where(reached.any(axis=1), end - (1 - share) * (end - start), np.nan)
    return passage


def best_within(curves: Curves, clock: str, limits: Array) -> Array:
    """Return the best value of each run within a time on a clock.

    The value is interpolated linearly in log2 time. After its last checkpoint a run keeps its best
    value. Before its first checkpoint it has the value of that checkpoint.

    Parameters
    ----------
    curves : Curves
        Learning curves of n runs.
    clock : str
        A clock of the curves.
    limits : array of float, shape (n,)
        Positive times.

    Returns
    -------
    array of float, shape (n,)
        Values; -inf for runs without a finite value.

    Examples
    --------
    >>> curves = Curves(np.array([[0.2, 0.4, 0.8]]), {"flops": np.array([[1.0, 2, 4]])})
    >>> best_within(curves, "flops", np.array([2.0 ** 1.5])).round(3).tolist()
    [0.6]
    """
    values = np.full(len(curves.best), -np.inf)
    for row, (best, times, limit) in enumerate(
        zip(curves.best, curves.times[clock], limits, strict=True)
    ):
        known = np.isfinite(best) & np.isfinite(times)
        if known.any() and np.isfinite(limit):
            values[row] = np.interp(np.log2(limit), np.log2(times[known]), best[known])
    return values


def whole_budget(runs: pd.DataFrame, clock: str = "flops") -> Array:
    """Return what each run would have spent on a clock with its whole budget.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records. Runs may have stopped before they spent their budget.
    clock : str, default "flops"
        Column of the clock.

    Returns
    -------
    array of float, shape (n,)
        Amounts in units of the clock; NaN for runs that spent nothing.

    Examples
    --------
    >>> runs = pd.DataFrame({"spent": [1.0], "budget_amount": [4.0], "flops": [10.0]})
    >>> whole_budget(runs).tolist()
    [40.0]
    """
    share = (runs["spent"] / runs["budget_amount"]).clip(upper=1.0).to_numpy(dtype=float)
    spent = runs[clock].to_numpy(dtype=float)
    whole: Array = np.divide(spent, share, out=np.full(len(runs), np.nan), where=share > 0)
    return whole


def time_ratios(first: Curves, second: Curves, clock: str = "budget") -> TimeRatios:
    """Return rho of n pairs of runs, positive where the first run is sooner.

    Parameters
    ----------
    first, second : Curves
        Learning curves of the pairs, in the same order.
    clock : str, default "budget"
        A clock of the curves.

    Returns
    -------
    TimeRatios
        rho, thresholds and flags.

    Examples
    --------
    >>> fast = Curves(np.array([[0.2, 0.4, 0.8]]), {"budget": np.array([[1.0, 2, 4]])})
    >>> slow = Curves(np.array([[0.1, 0.2, 0.4]]), {"budget": np.array([[1.0, 2, 4]])})
    >>> time_ratios(fast, slow).rho.tolist()  # 0.4 after 2 instead of 4
    [1.0]
    """
    threshold = np.minimum(HIGHEST_THRESHOLD, np.minimum(first.final, second.final))
    informative = threshold >= LEAST_THRESHOLD
    safe = np.where(informative, threshold, 0.0)
    logs = [
        log2_first_passage(curves.times[clock], curves.best, safe) for curves in (first, second)
    ]
    starts = [
        curves.best[:, 0] if curves.best.shape[1] else curves.final for curves in (first, second)
    ]
    at_start = informative & ((starts[0] >= safe) | (starts[1] >= safe))
    return TimeRatios(
        np.where(informative, logs[1] - logs[0], np.nan), threshold, informative, at_start
    )
