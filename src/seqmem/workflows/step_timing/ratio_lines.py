"""Show the ratios of step times as a table for a terminal."""

from __future__ import annotations

import math
from collections.abc import Hashable
from itertools import combinations
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.step_times import step_time_ratios

LINE = "{:<10} {:<7} {:>5}  {:<10} {:<6} {:<14} {}"
HEAD = LINE.format(
    "work", "engine", "batch", "cells", "ratio", "95 % interval", "processes x shapes"
)


def ratio_lines(frame: pd.DataFrame) -> list[str]:
    """Return the ratio of every two cells for each kind of work and engine, as a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Timings, as `measurement.measure_timings` returns them.

    Returns
    -------
    list of str
        A head, then one line over all batches and one for each batch. Empty if the frame has one
        cell only.
    """
    tables = [
        step_time_ratios(frame, *pair, by=by).assign(**batch)
        for pair in combinations(frame["cell"].unique(), 2)
        for by, batch in ((("work", "engine"), {"batch": "all"}), (("work", "engine", "batch"), {}))
    ]
    if not tables:
        return []
    rows = pd.concat(tables).sort_values(["work", "engine"], kind="stable").to_dict("records")
    return [HEAD, *(_line(row) for row in rows)]


def _line(row: dict[Hashable, Any]) -> str:
    interval = "none" if math.isnan(row["low"]) else f"{row['low']:.3f}–{row['high']:.3f}"
    pair = f"{row['numerator']}/{row['denominator']}"
    counts = f"{row['processes']} x {row['shapes']}"
    return LINE.format(
        row["work"], row["engine"], row["batch"], pair, f"{row['ratio']:.3f}", interval, counts
    )
