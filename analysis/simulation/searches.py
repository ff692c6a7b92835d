"""Simulated searches: points with values for two cells, and what a search finds of them.

A point has a value in octaves for each cell: a smooth surface over the unit cube, a residual that
the cells share and one of its own. A run adds noise. The value stands for log2 of the speed of
memorizing, so rho of two points is the difference of their values, and a curve of rho is the
difference of two additive curves. So the curves of all simulated searches are products of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from seqmem.analysis.estimators.tuning.subset_weights import rank_weights
from seqmem.analysis.estimators.tuning.tuning_curves import SELECTION, basis, efforts
from seqmem.core.arrays import Array

DIMENSIONS = 3
# Octaves lost at the far end of each dimension, and the optimum of the first cell there.
_STEEPNESS = np.array([6.0, 2.5, 1.0])
_OPTIMUM = np.array([0.55, 0.6, 0.3])
# Trials that a model of the results suggests lie around the best point so far.
_GUIDED_SPREAD = 0.12
# Bits of a coordinate of a Sobol point, and sets that are scrambled at once.
_BITS = 30
_AT_ONCE = 500


@dataclass(frozen=True)
class Surface:
    """Variation of the values of points, in octaves.

    Attributes
    ----------
    shared : float
        Standard deviation of the residual of a point that both cells share.
    own : float
        Standard deviation of the residual of a point that each cell has by itself.
    run : float
        Standard deviation of a run about its point.
    shift : float
        Distance of the optima of the cells in each dimension, as a share of the range.
    box : float
        Share of the range of each dimension that is searched, around its middle.
    """

    shared: float = 0.6
    own: float = 0.15
    run: float = 0.25
    shift: float = 0.1
    box: float = 1.0


@dataclass(frozen=True)
class Effort:
    """Runs of one search of one cell.

    Attributes
    ----------
    points : int
        Shared points, or with `guided` points the first of them.
    guided : int
        Further points around the best one so far, other ones for each cell.
    tune, select, confirm : int
        Strings of each role.
    finalists : int
        Points that run on the selection strings.
    """

    points: int
    guided: int = 0
    tune: int = 1
    select: int = 2
    confirm: int = 0
    finalists: int = 6

    @property
    def runs(self) -> int:
        """Runs of a search of one cell."""
        tuning = (self.points + self.guided) * self.tune
        return tuning + self.finalists * self.select + self.confirm


class SimulatedSearches(NamedTuple):
    """Values of b searches of two cells.

    Attributes
    ----------
    scores : array of float, shape (b, 2, t, N)
        Value of each point on each tuning string.
    selection : array of float, shape (b, 2, N)
        Mean value of each point on the selection strings. Only those of finalists are used.
    values : array of float, shape (b, 2, N)
        True value of each point.
    """

    scores: Array
    selection: Array
    values: Array


def simulate_searches(
    surface: Surface, effort: Effort, rng: np.random.Generator, count: int
) -> SimulatedSearches:
    """Return simulated searches whose cells share their points, except guided ones.

    Parameters
    ----------
    surface : Surface
        Variation of the values.
    effort : Effort
        Runs of a search.
    rng : numpy.random.Generator
        Source of the draws.
    count : int
        Number of searches b.

    Returns
    -------
    SimulatedSearches
        Their values.
    """
    points = 0.5 + surface.box * (sobol_sets(effort.points, rng, count) - 0.5)
    places = np.repeat(points[:, None], 2, axis=1)
    residual = surface.shared * rng.normal(size=(count, 1, effort.points))
    values = point_values(surface, places, residual, rng)
    scores = run_values(values, surface, effort.tune, rng)
    if effort.guided:
        best = scores.mean(axis=2).argmax(axis=2)[..., None, None]
        centre = np.take_along_axis(places, best, axis=2)
        spread = _GUIDED_SPREAD * rng.normal(size=(count, 2, effort.guided, DIMENSIONS))
        # Points beyond a range are reflected at its edge.
        near = 1 - np.abs(1 - np.abs(centre + spread))
        residual = surface.shared * rng.normal(size=near.shape[:-1])
        further = point_values(surface, near, residual, rng)
        values = np.concatenate([values, further], axis=2)
        scores = np.concatenate([scores, run_values(further, surface, effort.tune, rng)], axis=3)
    selection = run_values(values, surface, effort.select, rng).mean(axis=2)
    return SimulatedSearches(scores, selection, values)


def curves(searches: SimulatedSearches, finalists: int) -> Array:
    """Return the tuning curves of n searches at once, as `additive_curve` does for one.

    Parameters
    ----------
    searches : SimulatedSearches
        The searches. No scores are equal.
    finalists : int
        F, finalists of a search.

    Returns
    -------
    array of float, shape (b, 2, m)
        Curves of both cells at `efforts(N)`.
    """
    strings, points = searches.scores.shape[2:]
    order = np.argsort(-searches.scores.mean(axis=2), axis=-1)[..., :finalists]
    chosen = np.take_along_axis(searches.selection, order, axis=-1)
    columns = []
    for subset in efforts(points):
        weights = rank_weights(points, subset)[::-1]
        if basis(points, subset, strings) == SELECTION:
            used = np.append(weights[: finalists - 1], weights[finalists - 1 :].sum())
            columns.append(chosen @ used)
            continue
        by_rank = np.take_along_axis(
            of_others(searches.scores), np.argsort(-searches.scores, axis=-1), axis=-1
        )
        columns.append((by_rank @ weights).mean(axis=-1))
    return np.stack(columns, axis=-1)


def winners_confirmed(
    searches: SimulatedSearches, surface: Surface, effort: Effort, rng: np.random.Generator
) -> Array:
    """Return the mean of the confirmation runs of the best selected finalist.

    Parameters
    ----------
    searches : SimulatedSearches
        The searches.
    surface : Surface
        Variation of the runs.
    effort : Effort
        Numbers of finalists and of confirmation strings.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of float, shape (b, 2)
        Values of both cells.
    """
    winners = winning_points(searches, effort)[..., None]
    won = np.take_along_axis(searches.values, winners, axis=-1)
    confirmed: Array = run_values(won, surface, effort.confirm, rng).mean(axis=2)[..., 0]
    return confirmed


def winners_rotated(
    searches: SimulatedSearches, surface: Surface, effort: Effort, rng: np.random.Generator
) -> Array:
    """Return the values of winners for which each selection string selects once.

    The other selection strings then give the value, and the mean over the strings is returned.
    There are no confirmation runs.

    Parameters
    ----------
    searches : SimulatedSearches
        The searches.
    surface : Surface
        Variation of the runs.
    effort : Effort
        Numbers of finalists and of selection strings, at least two.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of float, shape (b, 2)
        Values of both cells.
    """
    order = np.argsort(-searches.scores.mean(axis=2), axis=-1)[..., : effort.finalists]
    values = np.take_along_axis(searches.values, order, axis=-1)
    runs = run_values(values, surface, effort.select, rng)
    chosen = runs.argmax(axis=-1)[..., None]
    won = np.take_along_axis(of_others(runs), chosen, axis=-1)[..., 0]
    means: Array = won.mean(axis=-1)
    return means


def winning_points(searches: SimulatedSearches, effort: Effort) -> NDArray[np.int64]:
    """Return the finalist that is best on the selection strings, as a point, shape (b, 2)."""
    order = np.argsort(-searches.scores.mean(axis=2), axis=-1)[..., : effort.finalists]
    chosen = np.take_along_axis(searches.selection, order, axis=-1).argmax(axis=-1)[..., None]
    points: NDArray[np.int64] = np.take_along_axis(order, chosen, axis=-1)[..., 0]
    return points


def sobol_sets(
    points: int, rng: np.random.Generator, count: int, dimensions: int = DIMENSIONS
) -> Array:
    """Return scrambled Sobol sets, shape (count, points, dimensions).

    They are those of `scipy.stats.qmc.Sobol` with as many calls, in a seventh of the time. The
    scrambling is linear in the bits of a point (Matousek 1998): the bits of the plain point times
    a random lower triangular matrix, plus a random shift.
    """
    power = int(np.ceil(np.log2(points)))
    plain = qmc.Sobol(dimensions, scramble=False).random_base2(power)[:points].T
    high_bits = (plain * 2**power).astype(np.uint32)
    return np.concatenate(
        [
            _scrambled(high_bits, power, rng, min(_AT_ONCE, count - start))
            for start in range(0, count, _AT_ONCE)
        ]
    )


def _scrambled(
    high_bits: NDArray[np.uint32], power: int, rng: np.random.Generator, count: int
) -> Array:
    """Return scrambled sets of plain points, which have as many bits as `power`."""
    dimensions = len(high_bits)
    worth = (1 << np.arange(_BITS, dtype=np.uint32)).astype(np.uint32)
    each = dimensions * _BITS * (1 + _BITS)
    drawn = np.stack([own.integers(2, size=each, dtype=np.uint32) for own in rng.spawn(count)])
    shift = drawn[:, : dimensions * _BITS].reshape(count, dimensions, _BITS) @ worth
    matrices = drawn[:, dimensions * _BITS :].reshape(count, dimensions, _BITS, _BITS)
    lower = np.tril(np.ones((_BITS, power), dtype=np.uint32), -1)
    columns = worth[::-1] @ (matrices[..., :power] * lower) + worth[::-1][:power]
    scrambled = np.repeat(shift[..., None], high_bits.shape[1], axis=-1)
    for bit in range(power):
        scrambled ^= columns[..., bit, None] * (high_bits >> (power - 1 - bit) & 1)
    return np.swapaxes(scrambled * 2.0**-_BITS, 1, 2)


def point_values(
    surface: Surface, places: Array, residual: Array, rng: np.random.Generator
) -> Array:
    """Return the values of points, shape (b, 2, N)."""
    optima = _OPTIMUM + surface.shift * np.array([[0.0], [1.0]])
    smooth = -((places - optima[:, None]) ** 2) @ _STEEPNESS
    values: Array = smooth + residual + surface.own * rng.normal(size=smooth.shape)
    return values


def run_values(values: Array, surface: Surface, strings: int, rng: np.random.Generator) -> Array:
    """Return the values of runs, shape (b, 2, strings, N)."""
    noise = surface.run * rng.normal(size=(*values.shape[:2], strings, values.shape[2]))
    runs: Array = values[:, :, None] + noise
    return runs


def of_others(scores: Array) -> Array:
    """Return the means over the other tuning strings; one string has no others."""
    strings = scores.shape[2]
    if strings == 1:
        return scores
    others: Array = (scores.sum(axis=2, keepdims=True) - scores) / (strings - 1)
    return others
