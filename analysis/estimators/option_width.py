"""How many octaves around the optimum of a hyper-parameter cost little time.

A Sobol index depends on the ranges that were searched. The width does not: it is the distance in
octaves between the two values at which memorizing takes longer than at the optimum by a given cost.

Base rows of Saltelli's design have pairs of points, A and A_B^i, which differ in hyper-parameter i
alone. With log2 T = g(x_i) + (a function of the others) near the optimum, the log2 ratio of their
times is g(x_B) - g(x_A). A parabola g is fitted to these differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.saltelli_rows import Configs, row_runs
from seqmem.analysis.estimators.time_ratios import learning_curves, time_ratios
from seqmem.analysis.records.groups import Group
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Octaves on each side of the optimum within which a parabola is fitted.
REACH = 2.0
FEWEST_VALUES = 5
FEWEST_PAIRS = 20
_MOST_STEPS = 20
_CLOSE = 0.01


class Width(NamedTuple):
    """Octaves around the optimum that cost little time.

    Attributes
    ----------
    optimum : float
        log2 of the best value; NaN without an optimum inside the range.
    width : float
        Octaves between the values that have the cost; NaN without an optimum.
    low, high : float
        Percentile interval of the width over rows; infinite where resamples have no optimum.
    pairs : int
        Pairs of runs within reach of the optimum.
    """

    optimum: float
    width: float
    low: float
    high: float
    pairs: int


class Differences(NamedTuple):
    """Pairs of points that differ in one hyper-parameter alone.

    Attributes
    ----------
    first, second : array of float, shape (n,)
        log2 of its values at A and at A_B^i.
    octaves : array of float, shape (n,)
        log2 of the time at A_B^i over the time at A.
    """

    first: Array
    second: Array
    octaves: Array


def option_width(
    pairs: Differences, cost: float, confidence: float = 0.95, resamples: int = 500
) -> Width:
    """Return the width of the optimum, with an interval over rows drawn with replacement.

    Parameters
    ----------
    pairs : Differences
        One pair for each base row.
    cost : float
        Octaves of time that the values at both ends of the width cost.
    confidence : float, default 0.95
        Of the interval.
    resamples : int, default 500
        Draws of rows, with a fixed seed.

    Returns
    -------
    Width
        The width.

    Examples
    --------
    Time is .15 octave longer at one octave from the optimum at log2 x = 1.

    >>> at_a = np.linspace(-1, 3, 50)
    >>> at_b = np.roll(at_a, 20)
    >>> octaves = 0.15 * ((at_b - 1) ** 2 - (at_a - 1) ** 2)
    >>> found = option_width(Differences(at_a, at_b, octaves), cost=0.15)
    >>> round(found.optimum, 6), round(found.width, 6)
    (1.0, 2.0)
    """
    known = np.isfinite(pairs.octaves)
    pairs = Differences(*(values[known] for values in pairs))
    count = len(pairs.octaves)
    if count < FEWEST_PAIRS:
        nan = float("nan")
        return Width(nan, nan, nan, nan, count)
    optimum, curvature, used = _parabola(pairs)
    rng = generator("analysis", "option width", "bootstrap")
    widths = []
    for _ in range(resamples):
        rows = rng.integers(count, size=count)
        drawn = Differences(*(values[rows] for values in pairs))
        widths.append(_width(_parabola(drawn)[1], cost))
    tail = (1 - confidence) / 2
    # A flat resample has an infinite width, so quantiles must not be interpolated.
    low, high = np.quantile(widths, [tail, 1 - tail], method="nearest")
    width = _width(curvature, cost)
    return Width(
        optimum, width if np.isfinite(width) else float("nan"), float(low), float(high), used
    )


def width_differences(
    frame: pd.DataFrame, configs: Configs
) -> Iterator[tuple[Group, int, str, str, Differences]]:
    """Yield each (group, level, cell, hyper-parameter) with the pairs of its points.

    Hyper-parameters with fewer than five values, or with values that are not positive, have no
    width in octaves.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    """
    for group, level, cell, (names, runs, rows) in row_runs(frame, configs):
        curves = learning_curves(runs)
        for place, name in enumerate(names):
            values = runs[name].to_numpy(dtype=float)
            if not (values > 0).all() or len(np.unique(values)) < FEWEST_VALUES:
                continue
            first, second = rows[:, 0], rows[:, 2 + place]
            ratios = time_ratios(curves.take(first), curves.take(second))
            # The ratio is positive if A is sooner.
            yield (
                group,
                level,
                cell,
                name,
                Differences(np.log2(values[first]), np.log2(values[second]), ratios.rho),
            )


def _parabola(pairs: Differences) -> tuple[float, float, int]:
    """Return the optimum, the curvature and the pairs within reach; NaN without an optimum."""
    nothing = float("nan"), float("nan"), 0
    values = np.concatenate([pairs.first, pairs.second])
    lowest, highest = values.min(), values.max()
    centre = (lowest + highest) / 2
    reach = highest - lowest
    curvature = float("nan")
    used = 0
    for _ in range(_MOST_STEPS):
        near = (np.abs(pairs.first - centre) <= reach) & (np.abs(pairs.second - centre) <= reach)
        used = int(near.sum())
        if used < FEWEST_PAIRS:
            return nothing
        first, second = pairs.first[near] - centre, pairs.second[near] - centre
        apart, squares = second - first, second**2 - first**2
        linear, mixed, curved = apart @ apart, apart @ squares, squares @ squares
        determinant = linear * curved - mixed**2
        if determinant <= 0:
            return nothing
        right = apart @ pairs.octaves[near], squares @ pairs.octaves[near]
        slope = float(right[0] * curved - right[1] * mixed) / determinant
        curvature = float(right[1] * linear - right[0] * mixed) / determinant
        if curvature <= 0:
            return nothing
        moved = float(np.clip(centre - slope / (2 * curvature), lowest, highest))
        if reach == REACH and abs(moved - centre) < _CLOSE:
            break
        centre, reach = moved, REACH
    inside = lowest < centre < highest
    return (centre, curvature, used) if inside else nothing


def _width(curvature: float, cost: float) -> float:
    return float(2 * np.sqrt(cost / curvature)) if curvature > 0 else float("inf")
