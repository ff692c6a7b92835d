"""Ratios of the seconds per symbol of two cells: METHODS section 5, C5 (training) and C9 (inference)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import clustered_mean

SHAPE = ["depth", "units", "batch", "length", "alphabet_size"]
COLUMNS = "numerator denominator ratio low high processes shapes".split()


def step_time_ratios(
    frame: pd.DataFrame,
    numerator: str = "gru",
    denominator: str = "lstm",
    *,
    by: Sequence[str] = ("work", "engine"),
    interval: float = 0.95,
) -> pd.DataFrame:
    """Geometric mean ratio of seconds per symbol, with a t interval of its logarithm over processes.

    The shapes are a fixed list: every process has one mean over them, and the interval says how another process would
    do on the same shapes. One process gives no interval (NaN limits).

    Parameters
    ----------
    frame : one row per (process, work, engine, cell, shape), as `seqmem time` writes them.
    by : columns; one row of the result for each of their combinations that both cells have.

    Returns
    -------
    Columns: `by`; `numerator`, `denominator`, `ratio`, `low`, `high`; counts `processes`, `shapes`.

    Examples
    --------
    >>> rows = [("gru", 0, 3.0), ("lstm", 0, 4.0), ("gru", 1, 3.0), ("lstm", 1, 5.0)]
    >>> frame = pd.DataFrame(rows, columns=["cell", "process", "seconds_per_symbol"])
    >>> frame = frame.assign(work="train", engine="fused", depth=1, units=8, batch=1, length=64, alphabet_size=4)
    >>> step_time_ratios(frame)[["ratio", "processes"]].round(3).to_numpy().tolist()  # sqrt(3/4 * 3/5)
    [[0.671, 2.0]]
    """
    keys = list(dict.fromkeys([*by, "process", *SHAPE]))
    seconds = frame.pivot(index=keys, columns="cell", values="seconds_per_symbol").reset_index()
    paired = seconds[(seconds[numerator] > 0) & (seconds[denominator] > 0)]
    paired = paired.assign(log_ratio=np.log(paired[numerator] / paired[denominator]))
    rows = []
    for key, group in paired.groupby(list(by), sort=True):
        found = clustered_mean(
            group[["log_ratio"]], group["process"].tolist(), group["process"].tolist(), interval
        )
        ratio, low, high = np.exp([found.mean[0], found.low[0], found.high[0]])
        counts = (group["process"].nunique(), len(group[SHAPE].drop_duplicates()))
        rows.append([*key, numerator, denominator, ratio, low, high, *counts])
    return pd.DataFrame(rows, columns=[*by, *COLUMNS])
