"""The scale-free time ratio: how much sooner one of two runs on the same string reaches the same threshold.

METHODS section 5. For each string the threshold is what both runs reached, q = min(.95, f_A(B), f_B(B)), f the running
maximum of the stored fraction, and rho = log2[T_B(q) / T_A(q)] with T the budget of first passage. Nothing is censored,
and there is no ceiling or floor to squeeze differences at easy and hard levels.
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


class Curves(NamedTuple):
    """Learning curves of n runs: `best` is the running maximum of the stored fraction at each of c checkpoints.

    Attributes
    ----------
    best : (n, c) never falls along a row; the last value is repeated after the end of a row, -inf stands before the
        first finite value (0 in a diverged run).
    times : clock -> (n, c) what each checkpoint had spent, positive; NaN after the end of a row.
    """

    best: Array
    times: dict[str, Array]

    @property
    def final(self) -> Array:
        """Best value within the whole budget: (n,)."""
        return self.best[:, -1] if self.best.shape[1] else np.full(len(self.best), -np.inf)

    def take(self, rows: NDArray[np.int64]) -> Curves:
        """The curves of some of the runs."""
        return Curves(self.best[rows], {clock: times[rows] for clock, times in self.times.items()})


class TimeRatios(NamedTuple):
    """One entry per pair of runs, each (n,).

    Attributes
    ----------
    rho : octaves by which the first run is sooner; NaN where the pair is uninformative.
    threshold : q.
    informative : whether q is at least .02.
    at_start : whether one of the two had reached q at its first checkpoint, so that its time is an upper bound.
    """

    rho: Array
    threshold: Array
    informative: NDArray[np.bool_]
    at_start: NDArray[np.bool_]


def learning_curves(runs: pd.DataFrame) -> Curves:
    """Learning curves of records, with their checkpoints on every clock.

    The budget clock is in parts of the budget. Where one step reached several fractions the record keeps the smallest;
    the run had then spent more, and that is the time taken here. The other clocks follow the steps, since all steps of
    a run have as many symbols.
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
    return Curves(best, times)


def running_maximum(values: Array) -> Array:
    """Running maximum along the last axis; NaN counts for nothing, and is -inf before the first number.

    Examples
    --------
    >>> running_maximum(np.array([[np.nan, 0.25, 0.125, np.nan]])).tolist()
    [[-inf, 0.25, 0.25, 0.25]]
    """
    found: Array = np.maximum.accumulate(np.where(np.isnan(values), -np.inf, values), axis=-1)
    return found


def log2_first_passage(times: Array, best: Array, threshold: Array) -> Array:
    """Log2 of the time at which each curve first reaches its threshold, interpolated linearly in log2 time.

    Parameters
    ----------
    times, best : (n, c) positive times, and running maxima that reach the threshold somewhere.
    threshold : (n,).

    Returns
    -------
    (n,); the first time where the first value is enough, NaN where the threshold is never reached.

    Examples
    --------
    >>> log2_first_passage(np.array([[1.0, 2, 4]]), np.array([[0.1, 0.2, 0.6]]), np.array([0.4])).tolist()
    [1.5]
    """
    if not best.shape[1]:
        return np.full(len(best), np.nan)
    reached = best >= threshold[:, None]
    after = reached.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(best))
    low, high = best[rows, before], best[rows, after]
    between = (after > 0) & np.isfinite(low)
    share = np.ones(len(best))
    share[between] = (threshold[between] - low[between]) / (high[between] - low[between])
    start, end = (
        np.log2(np.where(ends > 0, ends, np.nan))
        for ends in (times[rows, before], times[rows, after])
    )
    found: Array = np.where(reached.any(axis=1), end - (1 - share) * (end - start), np.nan)
    return found


def best_within(curves: Curves, clock: str, limits: Array) -> Array:
    """Best value of each run within a time on a clock, interpolated linearly in log2 time: (n,).

    After its last checkpoint a run keeps its best; before its first it has what it had there, if it had anything.

    Parameters
    ----------
    limits : (n,) positive.

    Examples
    --------
    >>> curves = Curves(np.array([[0.2, 0.4, 0.8]]), {"flops": np.array([[1.0, 2, 4]])})
    >>> best_within(curves, "flops", np.array([2.0 ** 1.5])).round(3).tolist()
    [0.6]
    """
    found = np.full(len(curves.best), -np.inf)
    for row, (best, times, limit) in enumerate(
        zip(curves.best, curves.times[clock], limits, strict=True)
    ):
        known = np.isfinite(best) & np.isfinite(times)
        if known.any() and np.isfinite(limit):
            found[row] = np.interp(np.log2(limit), np.log2(times[known]), best[known])
    return found


def whole_budget(runs: pd.DataFrame, clock: str = "flops") -> Array:
    """What each run would have spent on a clock with its whole budget, also where it stopped before: (n,)."""
    share = (runs["spent"] / runs["budget_amount"]).clip(upper=1.0).to_numpy(dtype=float)
    spent = runs[clock].to_numpy(dtype=float)
    found: Array = np.divide(spent, share, out=np.full(len(runs), np.nan), where=share > 0)
    return found


def time_ratios(first: Curves, second: Curves, clock: str = "budget") -> TimeRatios:
    """Rho of n pairs of runs: positive where `first` is sooner.

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
