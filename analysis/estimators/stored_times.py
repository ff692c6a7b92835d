"""The time in which a run stored a share of its string, censored where its budget ended first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.time_ratios import Curves, log2_first_passage, whole_budget
from seqmem.core.arrays import Array


def log2_stored_times(
    runs: pd.DataFrame, curves: Curves, share: float, clock: str = "budget"
) -> tuple[Array, NDArray[np.bool_]]:
    """Return log2 of the time in which each run stored a share of its string.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records.
    curves : Curves
        Their learning curves.
    share : float
        Share of the bits of the string.
    clock : str, default "budget"
        A clock of the curves.

    Returns
    -------
    times : array of float, shape (n,)
        On the clock, or in the unit of the budget, interpolated between checkpoints. Where a run
        did not get there, log2 of what its whole budget is on the clock.
    censored : array of bool, shape (n,)
        Whether it did not get there.

    Examples
    --------
    >>> runs = pd.DataFrame({"budget_amount": [8.0, 8.0]})
    >>> best = np.array([[0.0, 0.9, 1.0], [0.0, 0.1, 0.2]])
    >>> curves = Curves(best, {"budget": np.array([[0.25, 0.5, 1.0]] * 2)})
    >>> times, censored = log2_stored_times(runs, curves, 0.9)
    >>> times.tolist(), censored.tolist()
    ([2.0, 3.0], [False, True])
    """
    passage = log2_first_passage(curves.times[clock], curves.best, np.full(len(runs), share))
    if clock == "budget":
        whole = np.log2(runs["budget_amount"].to_numpy(dtype=float))
        # Curves have this clock in fractions of the budget.
        passage = passage + whole
    else:
        whole = np.log2(whole_budget(runs, clock))
    censored: NDArray[np.bool_] = np.isnan(passage)
    return np.where(censored, whole, passage), censored
