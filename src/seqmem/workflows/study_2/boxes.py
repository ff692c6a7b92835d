"""The box of each level of study 2, from the records of its pilot.

The rule is in docs/preregistration/study-2.md, section 2. Of each cell, the best tenth of the
points counts, by the score of the search. Over the points of both cells, each dimension has its 5
and 95 % quantiles. The box is one grid step wider on each side. A level without a pilot takes the
hull of its neighbours' boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import ceil, floor, inf, log10
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem.core.errors import InputError
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.search.score import score_trial

# An alphabet size and a level.
Place = tuple[int, int]

CELLS = ("lstm", "gru")
BEST_SHARE = 0.1
QUANTILES = (0.05, 0.95)
DEPTHS = (1, 2, 3)
# Powers of two for which the cost table has step times.
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
LENGTHS = (8, 16, 32, 64, 128, 256)
# A grid step of the learning rate is half an octave.
RATE_STEP = 2**0.5
# The largest power of two that is not above the period of every string of the level.
LONGEST_LENGTHS: Mapping[Place, int] = {(4, 16): 16, (4, 32): 32, (4, 64): 64, (2, 16): 16}
# Levels of study 2 that its pilot lacks, and the boxes whose hull they take.
NEIGHBOURS: Mapping[Place, tuple[Place, Place]] = {
    (4, 32): ((4, 16), (4, 128)),
    (4, 64): ((4, 16), (4, 128)),
    (4, 256): ((4, 128), (4, 512)),
    (4, 1024): ((4, 512), (4, 2048)),
    (4, 1448): ((4, 512), (4, 2048)),
    (2, 16): ((2, 64), (4, 16)),
    (2, 2048): ((2, 512), (4, 2048)),
}
PILOTED: tuple[Place, ...] = ((4, 16), (4, 128), (4, 512), (4, 2048), (2, 64), (2, 512))


class Box(NamedTuple):
    """Closed ranges of one level: low and high end of each dimension."""

    depth: tuple[int, int]
    units: tuple[int, int]
    learning_rate: tuple[float, float]
    batch: tuple[int, int]
    length: tuple[int, int]


def study_2_boxes(records: pd.DataFrame) -> dict[Place, Box]:
    """Return the box of every level of study 2, by alphabet size and level.

    Parameters
    ----------
    records : DataFrame
        Records of all parts of the pilot.

    Returns
    -------
    dict of tuple to Box
        First four symbols, then two, levels ascending.

    Raises
    ------
    InputError
        If a level of the pilot is missing, or a search is incomplete.
    """
    boxes = {place: box_of(best_points(records, place)) for place in PILOTED}
    for place, (first, second) in NEIGHBOURS.items():
        boxes[place] = hull(boxes[first], boxes[second])
    return {
        place: _short_enough(boxes[place], LONGEST_LENGTHS.get(place, LENGTHS[-1]))
        for place in sorted(boxes, key=lambda place: (-place[0], place[1]))
    }


def best_points(records: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the best tenth of the points of each cell at one level.

    Points rank by the score of the search; of equal scores, the lower slot comes first.

    Parameters
    ----------
    records : DataFrame
        Records of the pilot.
    place : tuple of (int, int)
        Alphabet size and level.

    Returns
    -------
    DataFrame
        Columns ``cell``, ``trial``, ``score``, the five dimensions, and ``seconds``: a list with
        the calibrated seconds after which each string was memorized, inf if it was not.

    Raises
    ------
    InputError
        If a cell has no points there, or its points have different numbers of strings.
    """
    alphabet_size, level = place
    tuned = records[
        (records["role"] == "tune")
        & (records["alphabet_size"] == alphabet_size)
        & (records["level"] == level)
    ]
    tables = []
    for cell in CELLS:
        points = _points(tuned[tuned["cell"] == cell])
        if not points:
            raise InputError(
                f"the pilot has no runs of {cell} at level {level} with {alphabet_size} symbols; "
                "give the folders of both of its parts"
            )
        if len({len(point["seconds"]) for point in points}) > 1:
            raise InputError(
                f"the pilot's search of {cell} at level {level} with {alphabet_size} symbols is "
                "incomplete; run `seqmem sweep study2-pilot` again"
            )
        ranked = sorted(points, key=lambda point: (-point["score"], point["trial"]))
        tables += ranked[: ceil(BEST_SHARE * len(points))]
    return pd.DataFrame(tables)


def box_of(best: pd.DataFrame) -> Box:
    """Return the box around the best points of both cells.

    Quantiles are values that occur: the smallest value up to which 5 or 95 % of the points lie. A
    grid step is one value of `DEPTHS`, `UNITS_GRID`, `BATCHES` or `LENGTHS`, and half an octave of
    the learning rate. Ends of the learning rate are rounded outward to two digits. Where a grid
    ends, the box ends too.

    Parameters
    ----------
    best : DataFrame
        The points, as `best_points` returns them.

    Examples
    --------
    >>> point = {"depth": 1, "units": 32, "learning_rate": 0.01, "batch": 16, "length": 16}
    >>> box = box_of(pd.DataFrame([point]))
    >>> box.depth, box.units, box.learning_rate, box.batch, box.length
    ((1, 2), (24, 48), (0.007, 0.015), (8, 32), (8, 32))
    """
    low, high = (
        {name: np.quantile(best[name], share, method="inverted_cdf") for name in Box._fields}
        for share in QUANTILES
    )
    grids = {"depth": DEPTHS, "units": UNITS_GRID, "batch": BATCHES, "length": LENGTHS}
    ranges: dict[str, Any] = {
        name: (_below(grid, low[name]), _above(grid, high[name])) for name, grid in grids.items()
    }
    rates = (
        _rounded(float(low["learning_rate"]) / RATE_STEP, floor),
        _rounded(float(high["learning_rate"]) * RATE_STEP, ceil),
    )
    return Box(**ranges, learning_rate=rates)


def hull(first: Box, second: Box) -> Box:
    """Return the smallest box that holds two boxes."""
    ends: Iterable[Any] = (
        (min(one[0], other[0]), max(one[1], other[1]))
        for one, other in zip(first, second, strict=True)
    )
    return Box(*ends)


def _points(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the points of one search with their scores and times, trials ascending."""
    by_trial: dict[int, list[dict[str, Any]]] = {}
    for row in runs.sort_values(["trial", "replicate"]).to_dict("records"):
        fraction = row["memorized_fraction"]
        row["memorized_fraction"] = None if pd.isna(fraction) else float(fraction)
        by_trial.setdefault(row["trial"], []).append(row)
    return [
        {name: rows[0][name] for name in ("cell", "trial", *Box._fields)}
        | {"score": score_trial(rows), "seconds": [_seconds(row) for row in rows]}
        for rows in by_trial.values()
    ]


def _seconds(run: Mapping[str, Any]) -> float:
    fraction = run["memorized_fraction"]
    return inf if fraction is None else float(fraction * run["budget_amount"])


def _below(grid: tuple[int, ...], value: float) -> int:
    return grid[max(grid.index(int(value)) - 1, 0)]


def _above(grid: tuple[int, ...], value: float) -> int:
    return grid[min(grid.index(int(value)) + 1, len(grid) - 1)]


def _rounded(value: float, towards: Callable[[float], int]) -> float:
    """Round to two significant digits, down or up."""
    digits = 1 - floor(log10(value))
    scale: float = 10.0**digits
    return round(towards(round(value * scale, 9)) / scale, digits)


def _short_enough(box: Box, longest: int) -> Box:
    low, high = box.length
    return box._replace(length=(min(low, longest), min(high, longest)))
