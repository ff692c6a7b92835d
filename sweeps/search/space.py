"""The search space: Optuna's parameters and the options of a run that they stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice, product
from math import ceil, exp, log, log2
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from seqmem.core.interruption import interrupts_deferred
from seqmem.core.seeding import generator
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.section import IntegerRange, Range, UnitsRange

UNITS_PARAMETER = "units_index"


@dataclass(frozen=True)
class Dimension:
    """One searched hyper-parameter.

    Parameters
    ----------
    parameter : str
        Its name in Optuna.
    field : str
        The option of the run that it decides.
    distribution : optuna.distributions.BaseDistribution
        Optuna's range.
    decode, encode : callable
        Convert Optuna's value to the value of the option, and back. Units are searched by their
        index in the grid, which keeps their order.
    """

    parameter: str
    field: str
    distribution: IntDistribution | FloatDistribution
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


def dimensions(search: Search) -> list[Dimension]:
    """Return the searched hyper-parameters in a fixed order."""
    return [_dimension(name, interval) for name, interval in search.ranges.items()]


def distributions(search: Search) -> dict[str, BaseDistribution]:
    """Return Optuna's distributions by parameter."""
    return {dimension.parameter: dimension.distribution for dimension in dimensions(search)}


def decode(search: Search, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a run that Optuna's parameters stand for.

    Examples
    --------
    >>> decode(Search(), {"depth": 2, "units_index": 0, "learning_rate": 0.01})
    {'depth': 2, 'units': 8, 'learning_rate': 0.01}
    """
    return {
        dimension.field: dimension.decode(parameters[dimension.parameter])
        for dimension in dimensions(search)
    }


def encode(search: Search, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return Optuna's parameters for options of a run.

    Examples
    --------
    >>> encode(Search(), {"depth": 2, "units": 8, "learning_rate": 0.01})
    {'depth': 2, 'units_index': 0, 'learning_rate': 0.01}
    """
    return {
        dimension.parameter: dimension.encode(fields[dimension.field])
        for dimension in dimensions(search)
    }


def extremes(search: Search) -> list[dict[str, Any]]:
    """Return options of runs at the ends of the space.

    They cover every combination of depth and units, with all other options at their lowest and at
    their highest values.
    """
    space = dimensions(search)
    ends = [{d.parameter: getattr(d.distribution, end) for d in space} for end in ("low", "high")]
    shapes = product(range(search.depth.low, search.depth.high + 1), search.units.grid)
    fields = [decode(search, end) for end in ends]
    return [end | {"depth": depth, "units": units} for depth, units in shapes for end in fields]


def sobol_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first points of a scrambled Sobol sequence as Optuna parameters.

    Parameters
    ----------
    search : Search
        The space.
    count : int
        Number of points. More points begin with the same ones.
    seed : int
        Seed of the scrambling.
    """
    if not count:
        return []
    # At its first use SciPy reads tables in compiled code, where an interrupt would be lost.
    with interrupts_deferred():
        # Imported late: SciPy would take a third of the start-up time of every command.
        from scipy.stats import qmc

        sampler = qmc.Sobol(
            d=len(dimensions(search)), scramble=True, rng=np.random.default_rng(seed)
        )
    return _stretched(search, sampler.random_base2(ceil(log2(count)))[:count])


def random_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first points of an independent uniform sequence as Optuna parameters.

    The parameters are those of `sobol_parameters`.
    """
    return _stretched(
        search, generator("random points", seed).random((count, len(dimensions(search))))
    )


def grid_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first combinations of the grid's values as Optuna parameters.

    The parameters are those of `sobol_parameters`; the seed is not used.
    """
    values = search.grid_values
    combinations = islice(product(*values.values()), count)
    return [
        encode(search, dict(zip(values, combination, strict=True))) for combination in combinations
    ]


def _stretched(search: Search, unit_points: np.ndarray) -> list[dict[str, Any]]:
    """Return points of the unit cube, shape (points, dimensions), as Optuna parameters."""
    space = dimensions(search)
    return [
        {
            dimension.parameter: _stretch(dimension.distribution, float(x))
            for dimension, x in zip(space, point, strict=True)
        }
        for point in unit_points
    ]


def _dimension(name: str, interval: Range) -> Dimension:
    if isinstance(interval, UnitsRange):
        grid = interval.grid
        indices = IntDistribution(0, len(grid) - 1)
        return Dimension(UNITS_PARAMETER, name, indices, lambda index: grid[index], grid.index)
    if isinstance(interval, IntegerRange):
        return Dimension(
            name, name, IntDistribution(interval.low, interval.high, log=interval.log), int, int
        )
    return Dimension(
        name, name, FloatDistribution(interval.low, interval.high, log=interval.log), float, float
    )


def _stretch(distribution: IntDistribution | FloatDistribution, x: float) -> Any:
    """Map x in [0, 1) onto the distribution; an integer gets the share that Optuna gives it."""
    low = float(distribution.low)
    high = float(distribution.high)
    if isinstance(distribution, IntDistribution):
        low -= 0.5
        high += 0.5
    value = (
        exp(log(low) + x * (log(high) - log(low))) if distribution.log else low + x * (high - low)
    )
    if isinstance(distribution, IntDistribution):
        return min(max(round(value), distribution.low), distribution.high)
    return min(max(value, distribution.low), distribution.high)
