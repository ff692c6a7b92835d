"""Ratios of the seconds per symbol of two cells, for the claims C5 (training) and C9 (inference).

The rules are in the pre-registration of study 1, section 5 (docs/preregistration/study-1.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.records.kinds import TIMINGS
from seqmem.core.argument_kinds import PROPORTION
from seqmem.core.errors import unknown
from seqmem.core.python_arguments import argument_kinds

# Work of rows that measure the winners of searches, with their table seconds.
WINNER_WORK = "winner"
SHAPE = ["depth", "units", "batch", "length", "alphabet_size"]
STEP_TIME_COLUMNS = "numerator denominator ratio low high processes shapes".split()


@argument_kinds(frame=TIMINGS, interval=PROPORTION)
def step_time_ratios(
    frame: pd.DataFrame,
    numerator: str = "gru",
    denominator: str = "lstm",
    *,
    by: Sequence[str] = ("work", "engine"),
    interval: float = 0.95,
) -> pd.DataFrame:
    """Return the geometric mean ratio of seconds per symbol, with a t interval over processes.

    The shapes are a fixed list. Every process gives one mean of the log ratio over them. The
    interval describes how another process would do on the same shapes.

    Parameters
    ----------
    frame : DataFrame
        One row per (process, work, engine, cell, shape), as `seqmem time` writes them.
    numerator, denominator : str, default "gru" and "lstm"
        The two cells.
    by : sequence of str, default ("work", "engine")
        Columns. The result has one row for each of their combinations that both cells have.
    interval : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    DataFrame
        Columns: `by`; `numerator`, `denominator`, `ratio`, `low`, `high`; counts `processes` and
        `shapes`. One process gives NaN limits.

    Examples
    --------
    >>> rows = [("gru", 0, 3.0), ("lstm", 0, 4.0), ("gru", 1, 3.0), ("lstm", 1, 5.0)]
    >>> frame = pd.DataFrame(rows, columns=["cell", "process", "seconds_per_symbol"])
    >>> frame = frame.assign(work="train", engine="fused", depth=1, units=8, batch=1)
    >>> ratios = step_time_ratios(frame.assign(length=64, alphabet_size=4))
    >>> ratios[["ratio", "processes"]].round(3).to_numpy().tolist()  # sqrt(3/4 * 3/5)
    [[0.671, 2.0]]
    """
    for name in by:
        if name not in frame:
            raise unknown("column in by", name, frame.columns)
    cells = set(frame["cell"])
    for what, cell in (("numerator", numerator), ("denominator", denominator)):
        if cell not in cells:
            raise unknown(what, cell, cells)
    keys = list(dict.fromkeys([*by, "process", *SHAPE]))
    seconds = frame.pivot(index=keys, columns="cell", values="seconds_per_symbol").reset_index()
    paired = seconds[(seconds[numerator] > 0) & (seconds[denominator] > 0)]
    paired = paired.assign(log_ratio=np.log(paired[numerator] / paired[denominator]))
    rows = []
    for key, group in paired.groupby(list(by), sort=True):
        processes = group["process"].tolist()
        log_ratio = clustered_mean(group[["log_ratio"]], processes, processes, interval)
        ratio, low, high = np.exp([log_ratio.mean[0], log_ratio.low[0], log_ratio.high[0]])
        counts = (group["process"].nunique(), len(group[SHAPE].drop_duplicates()))
        rows.append([*key, numerator, denominator, ratio, low, high, *counts])
    return pd.DataFrame(rows, columns=[*by, *STEP_TIME_COLUMNS])


def log2_of_table(timings: pd.DataFrame, visits: int) -> pd.Series:
    """Return log2 of measured over table seconds of the shapes of winners.

    Parameters
    ----------
    timings : DataFrame
        Step times. The rows whose work is "winner" are used, which `seqmem time --winners` writes.
    visits : int
        Number of processes in which a shape must have been measured.

    Returns
    -------
    Series of float
        Mean over processes, by cell, depth, units, batch, length and alphabet size. Shapes with
        fewer visits are missing.

    Examples
    --------
    >>> row = {"work": "winner", "cell": "gru", "depth": 1, "units": 8, "batch": 8, "length": 16}
    >>> row |= {"alphabet_size": 4, "seconds_per_symbol": 2e-7, "table_seconds_per_symbol": 1e-7}
    >>> log2_of_table(pd.DataFrame([row | {"process": 0}, row | {"process": 1}]), 2).tolist()
    [1.0]
    """
    rows = timings[timings["work"] == WINNER_WORK]
    keys = ["cell", *SHAPE]
    if rows.empty:
        return pd.Series(dtype=float, index=pd.MultiIndex.from_frame(rows[keys]))
    logs = np.log2(rows["seconds_per_symbol"] / rows["table_seconds_per_symbol"])
    by_visit = logs.groupby([rows[name] for name in [*keys, "process"]]).mean()
    table = by_visit.groupby(level=keys).agg(["mean", "size"])
    return table.loc[table["size"] >= visits, "mean"]
