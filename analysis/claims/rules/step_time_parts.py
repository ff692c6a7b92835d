"""Ratios of step times as parts of a verdict, for C5 and C9."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from seqmem.analysis.claims.rules.requirements import fewer, missing_cells
from seqmem.analysis.claims.rules.verdict import VerdictPart, judge
from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.estimators.step_times import SHAPE, step_time_ratios

STEP_TIME_MARGIN = 0.98
TIMED_PROCESSES = 8
TIMED_SHAPES = 12
TIMED_ENGINES = ("fused", "torch")
DECIDING_ENGINE = "fused"


def timing_needs(timings: pd.DataFrame | None, work: str) -> list[str]:
    """Return phrases for what the timings lack; empty if they are complete.

    Parameters
    ----------
    timings : DataFrame or None
        Step times as `seqmem time` writes them.
    work : str
        "train" or "inference".
    """
    if timings is None:
        return [
            "timings of GRU and LSTM (run seqmem time and put its timings.parquet"
            " into the sweep's folder)"
        ]
    rows = timings[timings["work"] == work]
    if rows.empty:
        return [f"timings of {work}"]
    absent = [engine for engine in TIMED_ENGINES if engine not in set(rows["engine"])]
    phrases = [f"timings on the {' and '.join(absent)} engine"] if absent else []
    for engine in sorted(set(rows["engine"]) & set(TIMED_ENGINES)):
        some = rows[rows["engine"] == engine]
        lacking = missing_cells(some, ("gru", "lstm")) + _lacks_pairs(some)
        phrases += [phrase for phrase in lacking if phrase not in phrases]
    return phrases


def _lacks_pairs(rows: pd.DataFrame) -> list[str]:
    """Return phrases for missing processes and shapes in which both cells were timed."""
    timed = rows[rows["cell"].isin(["gru", "lstm"]) & (rows["seconds_per_symbol"] > 0)]
    paired = timed[timed.groupby(["process", *SHAPE])["cell"].transform("nunique") == 2]
    phrases = fewer(paired, "process", TIMED_PROCESSES, "processes")
    shapes = len(paired[SHAPE].drop_duplicates())
    return phrases + (
        []
        if shapes >= TIMED_SHAPES
        else [f"{TIMED_SHAPES} shapes (there {'is' if shapes == 1 else 'are'} {shapes})"]
    )


def ratio_parts(
    timings: pd.DataFrame,
    work: str,
    by: tuple[str, ...] = ("engine",),
    judged: Callable[[float, float, float], tuple[str, str]] = judge,
) -> list[VerdictPart]:
    """Return the geometric mean ratio of step times, GRU over LSTM, for each value of `by`.

    A part is supported if the upper limit of the ratio is below .98.

    Parameters
    ----------
    timings : DataFrame
        Step times as `seqmem time` writes them.
    work : str
        "train" or "inference".
    by : tuple of str
        Columns that separate the parts.
    judged : callable
        `judge`, or `judge_direction` for the words of study 2.

    Returns
    -------
    list of VerdictPart
        Parts whose estimate is the ratio itself; the process is the independent unit.
    """
    rows = timings[(timings["work"] == work) & timings["engine"].isin(TIMED_ENGINES)]
    plain, wide = (
        step_time_ratios(rows, "gru", "lstm", by=by, interval=confidence)
        for confidence in (PLAIN, BONFERRONI)
    )
    parts = []
    for first, second in zip(plain.to_dict("records"), wide.to_dict("records"), strict=True):
        low = second["low"]
        high = second["high"]
        verdict, tag = judged(-math.log(high), -math.log(low), -math.log(STEP_TIME_MARGIN))
        name = f"{work}, " + ", ".join(f"{key} {first[key]}" for key in by)
        basis = (
            f"{first['processes']} processes x {first['shapes']} shapes; the process is the unit"
        )
        parts.append(
            VerdictPart(
                name, "seconds of GRU over LSTM", first["ratio"], low, high, first["low"],
                first["high"], STEP_TIME_MARGIN, verdict, tag, basis,
            )
        )  # fmt: skip
    return parts
