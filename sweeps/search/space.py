"""The search space: Optuna's parameters and the options of a run that they stand for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.searched_values import Choices, PowersRange, Searched, log2
from seqmem.sweeps.config.section import IntegerRange, UnitsRange

INDEX = "_index"
UNITS_PARAMETER = f"units{INDEX}"
EXPONENT = "_log2"
Distribution = IntDistribution | FloatDistribution | CategoricalDistribution


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
        Convert Optuna's value to the value of the option, and back. Units and other numbers of a
        list are searched by their index, powers of two by their exponent; both keep the order.
    """

    parameter: str
    field: str
    distribution: Distribution
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


def dimensions(search: Search) -> list[Dimension]:
    """Return the searched hyper-parameters in a fixed order."""
    return [_dimension(name, values) for name, values in search.ranges.items()]


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


def stretched(search: Search, unit_points: np.ndarray) -> list[dict[str, Any]]:
    """Return points of the unit cube as Optuna parameters.

    Parameters
    ----------
    search : Search
        The search of one cell.
    unit_points : array of float, shape (points, coordinates)
        One column for each of ``search.coordinates``. Those of other cells are ignored.
    """
    columns = {name: column for column, name in enumerate(search.coordinates)}
    space = [(dimension, columns[dimension.field]) for dimension in dimensions(search)]
    return [
        {
            dimension.parameter: _stretch(dimension.distribution, float(point[column]))
            for dimension, column in space
        }
        for point in unit_points
    ]


def _dimension(name: str, values: Searched) -> Dimension:
    if isinstance(values, Choices) and not values.are_numbers:
        names = CategoricalDistribution(values.values)
        return Dimension(name, name, names, _unchanged, _unchanged)
    if isinstance(values, Choices | UnitsRange):
        return _listed(name, list(values.values))
    if isinstance(values, PowersRange) and values.powers_of_two:
        exponents = IntDistribution(log2(values.low), log2(values.high))
        return Dimension(f"{name}{EXPONENT}", name, exponents, lambda e: 1 << e, log2)
    if isinstance(values, IntegerRange):
        numbers = IntDistribution(values.low, values.high, log=values.log)
        return Dimension(name, name, numbers, int, int)
    return Dimension(
        name, name, FloatDistribution(values.low, values.high, log=values.log), float, float
    )


def _listed(name: str, numbers: Sequence[Any]) -> Dimension:
    """Return a dimension whose values are numbers of a list, in its order."""
    indices = IntDistribution(0, len(numbers) - 1)
    return Dimension(f"{name}{INDEX}", name, indices, lambda i: numbers[i], numbers.index)


def _unchanged(value: Any) -> Any:
    return value


def _stretch(distribution: Distribution, x: float) -> Any:
    """Map x in [0, 1) onto the distribution; an integer gets the share that Optuna gives it."""
    if isinstance(distribution, CategoricalDistribution):
        choices = distribution.choices
        return choices[min(int(x * len(choices)), len(choices) - 1)]
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
