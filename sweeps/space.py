"""The search space: what Optuna sees, and what it means for a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, exp, log, log2
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from scipy.stats import qmc

from sweeps.config import IntegerRange, Range, Search

UNITS_PARAMETER = "units_index"
OPTIONAL_FIELDS = ("batch", "length", "gradient_clip", "weight_decay", "dropout", "forget_bias")


@dataclass(frozen=True)
class Dimension:
    """One searched hyper-parameter.

    Parameters
    ----------
    parameter : str
        Optuna's name of it.
    field : str
        The field of the run that it decides.
    decode : callable
        From Optuna's value to the field's (units are searched by their place in the grid, which
        keeps their order).
    """

    parameter: str
    field: str
    distribution: IntDistribution | FloatDistribution
    decode: Callable[[Any], Any]


def dimensions(search: Search) -> list[Dimension]:
    """Return the searched hyper-parameters in a fixed order."""
    grid = search.units.grid
    found = [
        _dimension("depth", search.depth),
        Dimension(UNITS_PARAMETER, "units", IntDistribution(0, len(grid) - 1), lambda index: grid[index]),
        _dimension("learning_rate", search.learning_rate),
    ]
    ranges = {name: getattr(search, name) for name in OPTIONAL_FIELDS}
    return found + [_dimension(name, interval) for name, interval in ranges.items() if interval]


def distributions(search: Search) -> dict[str, BaseDistribution]:
    """Return Optuna's view of the space."""
    return {dimension.parameter: dimension.distribution for dimension in dimensions(search)}


def decode(search: Search, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run fields that Optuna's parameters stand for.

    >>> decode(Search(), {"depth": 2, "units_index": 0, "learning_rate": 0.01})
    {'depth': 2, 'units': 8, 'learning_rate': 0.01}
    """
    return {dimension.field: dimension.decode(parameters[dimension.parameter]) for dimension in dimensions(search)}


def extremes(search: Search) -> list[dict[str, Any]]:
    """Return run fields that cover every shape (depth, units), with the others at their low and at their high end."""
    space = dimensions(search)
    ends = [{d.parameter: getattr(d.distribution, end) for d in space} for end in ("low", "high")]
    shapes = product(range(search.depth.low, search.depth.high + 1), search.units.grid)
    fields = [decode(search, end) for end in ends]
    return [end | {"depth": depth, "units": units} for depth, units in shapes for end in fields]


def sobol_points(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first ``count`` points of a scrambled Sobol sequence, as Optuna parameters."""
    space = dimensions(search)
    sampler = qmc.Sobol(d=len(space), scramble=True, rng=np.random.default_rng(seed))
    unit_points = sampler.random_base2(ceil(log2(count)))[:count]
    return [
        {
            dimension.parameter: _stretch(dimension.distribution, float(x))
            for dimension, x in zip(space, point, strict=True)
        }
        for point in unit_points
    ]


def _dimension(name: str, interval: Range) -> Dimension:
    if isinstance(interval, IntegerRange):
        integers = IntDistribution(interval.low, interval.high, log=interval.log)
        return Dimension(name, name, integers, int)
    return Dimension(name, name, FloatDistribution(interval.low, interval.high, log=interval.log), float)


def _stretch(distribution: IntDistribution | FloatDistribution, x: float) -> Any:
    """Map x in [0, 1) onto the distribution, every integer with the share that Optuna gives it."""
    low, high = float(distribution.low), float(distribution.high)
    if isinstance(distribution, IntDistribution):
        low, high = low - 0.5, high + 0.5
    value = exp(log(low) + x * (log(high) - log(low))) if distribution.log else low + x * (high - low)
    if isinstance(distribution, IntDistribution):
        return min(max(round(value), distribution.low), distribution.high)
    return min(max(value, distribution.low), distribution.high)
