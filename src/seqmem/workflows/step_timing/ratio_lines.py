"""Show step times, or their ratios, as a table for a terminal."""

from __future__ import annotations

import math
from collections.abc import Hashable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.step_times import step_time_ratios

LINE = "{:<10} {:<7} {:>5}  {:<10} {:<6} {:<14} {}"
HEAD = LINE.format(
    "work", "engine", "batch", "cells", "ratio", "95 % interval", "processes x shapes"
)
TIME_LINE = "{:<10} {:<7} {:>5}  {:<10} {}"
TIME_HEAD = TIME_LINE.format("work", "engine", "batch", "cell", "microseconds per symbol")


def ratio_lines(frame: pd.DataFrame) -> list[str]:
    """Return the ratio of every two cells for each kind of work and engine, as a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Timings, as `measurement.measure_timings` returns them.

    Returns
    -------
    list of str
        A head, then one line over all batches and one for each batch. A single cell has no ratio;
        the lines are then its times for each batch.
    """
    if frame["cell"].nunique() == 1:
        return _time_lines(frame)
    tables = [
        step_time_ratios(frame, *pair, by=by).assign(**batch)
        for pair in combinations(frame["cell"].unique(), 2)
        for by, batch in ((("work", "engine"), {"batch": "all"}), (("work", "engine", "batch"), {}))
    ]
    rows = pd.concat(tables).sort_values(["work", "engine"], kind="stable").to_dict("records")
    return [HEAD, *(_line(row) for row in rows)]


def _time_lines(frame: pd.DataFrame) -> list[str]:
    """Return the geometric mean over shapes and processes of the times of one cell."""
    logs = np.log(frame["seconds_per_symbol"]).groupby(
        [frame[column] for column in ("work", "engine", "batch", "cell")], sort=True
    )
    return [
        TIME_HEAD,
        *(
            TIME_LINE.format(work, engine, batch, cell, f"{1e6 * math.exp(mean):.3g}")
            for (work, engine, batch, cell), mean in logs.mean().items()
        ),
    ]


def _line(row: dict[Hashable, Any]) -> str:
    interval = "none" if math.isnan(row["low"]) else f"{row['low']:.3f}–{row['high']:.3f}"
    pair = f"{row['numerator']}/{row['denominator']}"
    counts = f"{row['processes']} x {row['shapes']}"
    return LINE.format(
        row["work"], row["engine"], row["batch"], pair, f"{row['ratio']:.3f}", interval, counts
    )
