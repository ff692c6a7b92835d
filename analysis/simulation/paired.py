"""Coverage, false alarms and power of paired searches, on simulated points of searches.

A point has a value in octaves for each cell: a smooth surface over the unit cube, a residual that
the cells share and one of its own. A run adds noise. The value stands for log2 of the speed of
memorizing, so rho of two points is the difference of their values, and a curve of rho is the
difference of two additive curves. So the curves of all simulated searches are products of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit
from scipy.stats import qmc

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, largest_t
from seqmem.analysis.estimators.subset_weights import rank_weights
from seqmem.analysis.estimators.tuning_curves import SELECTION, basis, efforts
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.contrasts import Interval, covered
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

_DIMENSIONS = 3
# Octaves lost at the far end of each dimension, and the optimum of the first cell there.
_STEEPNESS = np.array([6.0, 2.5, 1.0])
_OPTIMUM = np.array([0.55, 0.6, 0.3])
# Trials that a model of the results suggests lie around the best point so far.
_GUIDED_SPREAD = 0.12


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
    """

    shared: float = 0.6
    own: float = 0.15
    run: float = 0.25
    shift: float = 0.1


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


class DesignResult(NamedTuple):
    """Results of one design at one number of searches.

    Attributes
    ----------
    deviation : float
        Standard deviation of rho between searches, in octaves.
    coverage : float
        Coverage of the 95 % interval.
    alarms : int
        Rejections at 5 % in comparisons of a cell with itself.
    half_width : float
        Median half-width of the 95 % interval, in octaves.
    detected : float
        Smallest rho that is supported with 80 % power beyond the margin, in octaves.
    """

    deviation: float
    coverage: float
    alarms: int
    half_width: float
    detected: float


# Scores of two cells at one point correlate .83 and .55 on them, on one tuning string.
SURFACES = {
    "points alike": Surface(),
    "points less alike, noisy runs": Surface(shared=0.5, own=0.4, run=0.5, shift=0.15),
}
# The default sweep, whose second half is suggested by a model, against paired searches. Numbers of
# searches make the runs of a study nearly equal, in the order given.
DESIGNS = {
    "12 shared and 12 guided points, winner confirmed": (
        Effort(12, 12, tune=2, confirm=4, finalists=3),
        8,
    ),
    "32 shared points, winner confirmed": (Effort(32, confirm=6), 9),
    "32 shared points, tuning curve": (Effort(32), 10),
    "16 shared points, tuning curve": (Effort(16), 16),
}
BAND_SEARCHES = (8, 14, 40)


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
    places = np.repeat(_sobol_sets(effort.points, rng, count)[:, None], 2, axis=1)
    residual = surface.shared * rng.normal(size=(count, 1, effort.points))
    values = _values(surface, places, residual, rng)
    scores = _runs(values, surface, effort.tune, rng)
    if effort.guided:
        best = scores.mean(axis=2).argmax(axis=2)[..., None, None]
        centre = np.take_along_axis(places, best, axis=2)
        spread = _GUIDED_SPREAD * rng.normal(size=(count, 2, effort.guided, _DIMENSIONS))
        # Points beyond a range are reflected at its edge.
        near = 1 - np.abs(1 - np.abs(centre + spread))
        residual = surface.shared * rng.normal(size=near.shape[:-1])
        further = _values(surface, near, residual, rng)
        values = np.concatenate([values, further], axis=2)
        scores = np.concatenate([scores, _runs(further, surface, effort.tune, rng)], axis=3)
    selection = _runs(values, surface, effort.select, rng).mean(axis=2)
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
            _of_others(searches.scores), np.argsort(-searches.scores, axis=-1), axis=-1
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
    order = np.argsort(-searches.scores.mean(axis=2), axis=-1)[..., : effort.finalists]
    chosen = np.take_along_axis(searches.selection, order, axis=-1).argmax(axis=-1)[..., None]
    won = np.take_along_axis(searches.values, np.take_along_axis(order, chosen, axis=-1), axis=-1)
    confirmed: Array = _runs(won, surface, effort.confirm, rng).mean(axis=2)[..., 0]
    return confirmed


def band_coverage(
    searches: int, contrast: bool, simulations: int = SIMULATIONS
) -> tuple[float, float]:
    """Return the share of studies whose 95 % bands hold the whole tuning curve.

    Parameters
    ----------
    searches : int
        Searches of a study.
    contrast : bool
        Whether the curve is that of the contrast, instead of one cell's.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    together, pointwise : float
        The share with the studentized maximum modulus, and with t intervals that are meant for one
        n alone.
    """
    effort = Effort(16, tune=2)
    rng = generator("simulation", "bands", searches)
    both = curves(
        simulate_searches(Surface(), effort, rng, searches * simulations), effort.finalists
    )
    values = both[:, 0] - both[:, 1] if contrast else both[:, 0]
    truth = values.mean(axis=0)
    studies = values.reshape(simulations, searches, -1)
    errors = studies.std(axis=1, ddof=1) / np.sqrt(searches)
    largest = (np.abs(studies.mean(axis=1) - truth) / errors).max(axis=1)
    freedom = searches - 1
    one = float(stdtrit(freedom, (1 + PLAIN) / 2))
    return (
        float((largest <= largest_t(len(truth), freedom, PLAIN)).mean()),
        float((largest <= one).mean()),
    )


def contrasts_by_subset(
    surface: Surface, effort: Effort, count: int, seed: str
) -> dict[int, Array]:
    """Return the contrast of the cells in each of b simulated searches.

    Parameters
    ----------
    surface : Surface
        Variation of the values.
    effort : Effort
        Runs of a search.
    count : int
        Number of searches b.
    seed : str
        Name of the draws.

    Returns
    -------
    dict of int to array of float, shape (b,)
        Contrasts in octaves by n, the size of a subset. With confirmation runs, they are those of
        the confirmed winners of all points. Otherwise they are those of N/2 and of N points.
    """
    rng = generator("simulation", "paired", seed, *map(str, vars(effort).values()))
    searches = simulate_searches(surface, effort, rng, count)
    points = effort.points + effort.guided
    if effort.confirm:
        both = winners_confirmed(searches, surface, effort, rng)
        return {points: both[:, 0] - both[:, 1]}
    both = curves(searches, effort.finalists)
    contrast: Array = both[:, 0] - both[:, 1]
    sizes = efforts(points)
    return {size: contrast[:, sizes.index(size)] for size in (points // 2, points)}


def design_results(
    surface: str, effort: Effort, searches: int, margin: float, simulations: int = SIMULATIONS
) -> dict[int, DesignResult]:
    """Return coverage, false alarms and power of one design on one surface.

    Parameters
    ----------
    surface : str
        Name of the surface in `SURFACES`.
    effort : Effort
        Runs of a search.
    searches : int
        Searches of a study.
    margin : float
        Margin that the 99.4 % interval of a supported claim must exceed, in octaves.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    dict of int to DesignResult
        Results by n, the size of a subset. The estimand is the mean over all simulated searches.
    """
    noise = SURFACES[surface]
    count = searches * simulations
    differing = contrasts_by_subset(noise, effort, count, surface)
    same = contrasts_by_subset(replace(noise, shift=0.0), effort, count, f"{surface}, itself")
    return {
        size: _result(differing[size], same[size], searches, margin, simulations)
        for size in differing
    }


def _result(
    values: Array, same: Array, searches: int, margin: float, simulations: int
) -> DesignResult:
    about = values - values.mean()
    plain = _intervals(about, searches, PLAIN)
    strict = _intervals(about, searches, BONFERRONI)
    return DesignResult(
        float(values.std()),
        covered(plain, 0.0),
        round((1 - covered(_intervals(same, searches, PLAIN), 0.0)) * simulations),
        float(np.median(plain.high - plain.estimate)),
        float(np.quantile(margin - strict.low, 0.8)),
    )


def _intervals(values: Array, searches: int, confidence: float) -> Interval:
    """Return the t intervals of studies of equal numbers of searches."""
    studies = values.reshape(-1, searches)
    estimate = studies.mean(axis=1)
    error = studies.std(axis=1, ddof=1) / np.sqrt(searches)
    half = float(stdtrit(searches - 1, (1 + confidence) / 2)) * error
    return Interval(estimate, estimate - half, estimate + half)


def _sobol_sets(points: int, rng: np.random.Generator, count: int) -> Array:
    """Return scrambled Sobol sets, shape (count, points, dimensions)."""
    power = int(np.ceil(np.log2(points)))
    sets = [
        qmc.Sobol(_DIMENSIONS, scramble=True, rng=rng).random_base2(power)[:points]
        for _ in range(count)
    ]
    return np.stack(sets)


def _values(surface: Surface, places: Array, residual: Array, rng: np.random.Generator) -> Array:
    """Return the values of points, shape (b, 2, N)."""
    optima = _OPTIMUM + surface.shift * np.array([[0.0], [1.0]])
    smooth = -((places - optima[:, None]) ** 2) @ _STEEPNESS
    values: Array = smooth + residual + surface.own * rng.normal(size=smooth.shape)
    return values


def _runs(values: Array, surface: Surface, strings: int, rng: np.random.Generator) -> Array:
    """Return the values of runs, shape (b, 2, strings, N)."""
    noise = surface.run * rng.normal(size=(*values.shape[:2], strings, values.shape[2]))
    runs: Array = values[:, :, None] + noise
    return runs


def _of_others(scores: Array) -> Array:
    """Return the means over the other tuning strings; one string has no others."""
    strings = scores.shape[2]
    if strings == 1:
        return scores
    others: Array = (scores.sum(axis=2, keepdims=True) - scores) / (strings - 1)
    return others
