"""Points of a search that depend on no result: Sobol, random, grid and Saltelli's blocks."""

from collections.abc import Callable
from itertools import islice, product
from math import ceil, log2
from typing import Any

import numpy as np

from seqmem.core.arrays import Array
from seqmem.core.interruption import interrupts_deferred
from seqmem.core.seeding import generator
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.search.space import encode, stretched


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
    points = _sobol(len(search.coordinates), ceil(log2(count)), seed)
    return stretched(search, points[:count])


def random_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first points of an independent uniform sequence as Optuna parameters.

    The parameters are those of `sobol_parameters`.
    """
    shape = count, len(search.coordinates)
    return stretched(search, generator("random points", seed).random(shape))


def grid_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the first combinations of the grid's values as Optuna parameters.

    The parameters are those of `sobol_parameters`; the seed is not used.
    """
    values = search.grid_values
    combinations = islice(product(*values.values()), count)
    return [
        encode(search, dict(zip(values, combination, strict=True))) for combination in combinations
    ]


def saltelli_parameters(search: Search, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the points of Saltelli's design for Sobol indices as Optuna parameters.

    A scrambled Sobol sequence of twice as many dimensions gives the two base points A and B of
    each row (Saltelli et al. 2010, section 5). Its point A_B^i has the value of B in the searched
    option i, and those of A in all others. The points of one row are neighbours: A, B and then
    A_B^i for each option of ``search.varied``. Equal points of a row are kept.

    Parameters
    ----------
    search : Search
        The space.
    count : int
        Number of points: ``search.rows`` times the varied options and two.
    seed : int
        Seed of the scrambling.
    """
    coordinates, rows = search.coordinates, search.rows
    assert rows is not None
    width = len(coordinates)
    base = _sobol(2 * width, rows.bit_length() - 1, seed)
    first, second = base[:, :width], base[:, width:]
    blocks = [first, second]
    for name in search.varied:
        mixed = first.copy()
        mixed[:, coordinates.index(name)] = second[:, coordinates.index(name)]
        blocks.append(mixed)
    points = np.stack(blocks, axis=1).reshape(-1, width)
    assert len(points) == count
    return stretched(search, points)


# By sampler: (search, count, seed) -> Optuna parameters. With a larger count, the sequences begin
# with the same points, which Optuna's own samplers do not guarantee. Saltelli's design is whole.
POINT_SEQUENCES: dict[str, Callable[[Search, int, int], list[dict[str, Any]]]] = {
    "tpe": sobol_parameters,
    "sobol": sobol_parameters,
    "random": random_parameters,
    "grid": grid_parameters,
    "saltelli": saltelli_parameters,
}


def _sobol(width: int, exponent: int, seed: int) -> Array:
    """Return the first 2^exponent points of a scrambled Sobol sequence."""
    # At its first use SciPy reads tables in compiled code, where an interrupt would be lost.
    with interrupts_deferred():
        # Imported late: SciPy would take a third of the start-up time of every command.
        from scipy.stats import qmc

        sampler = qmc.Sobol(d=width, scramble=True, rng=np.random.default_rng(seed))
    points: Array = sampler.random_base2(exponent)
    return points
