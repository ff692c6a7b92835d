"""Coverage, false alarms and power of the contrast of two settings, by each of its routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import nctdtrinc, stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.estimators.tuning.subset_weights import rank_weights
from seqmem.analysis.estimators.two_samples import POWER
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.paired import SURFACES
from seqmem.analysis.simulation.searches import (
    DIMENSIONS,
    Effort,
    Surface,
    of_others,
    point_values,
    run_values,
    simulate_searches,
    sobol_sets,
    winners_confirmed,
)
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Standard deviation of the mean difficulty of the strings of a search, in octaves. It is the same
# for both settings if their searches have the same strings.
STRINGS = 0.3
_EFFORT = Effort(16, tune=2, confirm=6)

# Values of b searches of both sides: (surface, rng, b) -> two arrays of shape (b,).
Draw = Callable[[Surface, np.random.Generator, int], tuple[Array, Array]]


class Route(NamedTuple):
    """One way in which two settings are contrasted.

    Attributes
    ----------
    draw : callable
        Draws the values of searches of both sides.
    searches : tuple of int
        Searches of a and of b.
    is_paired : bool
        Whether both sides have the same strings.
    """

    draw: Draw
    searches: tuple[int, int]
    is_paired: bool


class RouteResult(NamedTuple):
    """Results of one route.

    Attributes
    ----------
    coverage : float
        Coverage of the 95 % interval.
    alarms : int
        Rejections at 5 % where both sides are one setting.
    half_width : float
        Median half-width of the 95 % interval, in octaves.
    detected : float
        Smallest difference that is supported with 80 % beyond the margin, in octaves.
    predicted : float
        Median over studies of the difference that each names as the smallest it could have found.
    """

    coverage: float
    alarms: int
    half_width: float
    detected: float
    predicted: float


class Estimates(NamedTuple):
    """Estimates of n studies, with their errors and degrees of freedom, each of shape (n,)."""

    estimate: Array
    error: Array
    freedom: Array

    def half(self, confidence: float) -> Array:
        """Return the half-widths of the t intervals."""
        half: Array = stdtrit(self.freedom, (1 + confidence) / 2) * self.error
        return half


def confirmed(surface: Surface, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Draw confirmed winners of searches with the same points and strings, such as of two cells."""
    searches = simulate_searches(surface, _EFFORT, rng, count)
    both = winners_confirmed(searches, surface, _EFFORT, rng)
    return both[:, 0], both[:, 1]


def confirmed_apart(surface: Surface, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Draw confirmed winners of independent searches, each on strings of its own."""
    first, second = (confirmed(surface, rng, count)[side] for side in (0, 1))
    luck = STRINGS * rng.normal(size=(2, count))
    return first + luck[0], second + luck[1]


def chosen(share: float) -> Draw:
    """Return a draw of the best of n points of one search, whose field splits its points.

    Parameters
    ----------
    share : float
        Share of the points with the first value. The field has no effect of its own. n is the
        smaller number of points.
    """

    def draw(surface: Surface, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        sides = split_scores(surface, share, rng, count)
        subset = min(side.shape[-1] for side in sides)
        first, second = (expected_best(side, subset) for side in sides)
        return first, second

    return draw


ROUTES = {
    "paired, confirmed winners": Route(confirmed, (8, 8), True),
    "unpaired, confirmed winners": Route(confirmed_apart, (8, 8), False),
    "unpaired, confirmed winners, fewer of b": Route(confirmed_apart, (12, 5), False),
    "paired, best of 8 of 8 and 8 points": Route(chosen(0.5), (8, 8), True),
    "paired, best of 4 of 4 and 12 points": Route(chosen(0.25), (8, 8), True),
}


def split_scores(
    surface: Surface, share: float, rng: np.random.Generator, count: int
) -> tuple[Array, Array]:
    """Return the scores of the points of Sobol searches, split by a further dimension.

    Parameters
    ----------
    surface : Surface
        Variation of the values.
    share : float
        Share of the points of the first side.
    rng : numpy.random.Generator
        Source of the draws.
    count : int
        Number of searches b.

    Returns
    -------
    first, second : array of float, shape (b, t, points of the side)
        Score of each point on each tuning string.
    """
    places = sobol_sets(_EFFORT.points, rng, count, DIMENSIONS + 1)
    order = np.argsort(places[..., -1], axis=1)[..., None]
    own = np.take_along_axis(places[..., :-1], order, axis=1)
    both = np.repeat(own[:, None], 2, axis=1)
    residual = surface.shared * rng.normal(size=(count, 1, _EFFORT.points))
    scores = run_values(point_values(surface, both, residual, rng), surface, _EFFORT.tune, rng)
    first = round(share * _EFFORT.points)
    return scores[:, 0, :, :first], scores[:, 1, :, first:]


def expected_best(scores: Array, subset: int) -> Array:
    """Return the expected best of n points, ranked by one string and valued by the others.

    Parameters
    ----------
    scores : array of float, shape (b, t, N)
        Scores; no two are equal.
    subset : int
        n, points of a subset.

    Returns
    -------
    array of float, shape (b,)
        What `value_weights` gives for each search.
    """
    others = of_others(scores[:, None])[:, 0]
    by_rank = np.take_along_axis(others, np.argsort(-scores, axis=-1), axis=-1)
    best: Array = (by_rank @ rank_weights(scores.shape[-1], subset)[::-1]).mean(axis=-1)
    return best


def route_result(
    surface: str, name: str, margin: float, simulations: int = SIMULATIONS
) -> RouteResult:
    """Return coverage, false alarms and power of one route on one surface.

    Parameters
    ----------
    surface : str
        Name of the surface.
    name : str
        Name of the route in `ROUTES`.
    margin : float
        Margin that the 99.4 % interval of a supported difference must exceed, in octaves.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    RouteResult
        The results. The estimand is the mean over all simulated searches.
    """
    noise = SURFACES[surface]
    differing = _studies(noise, surface, name, simulations)
    same = _studies(replace(noise, shift=0.0), f"{surface}, itself", name, simulations)
    truth = float(differing.estimate.mean())
    plain = differing.half(PLAIN)
    low = differing.estimate - truth - differing.half(BONFERRONI)
    critical = stdtrit(differing.freedom, (1 + BONFERRONI) / 2)
    found = margin + nctdtrinc(differing.freedom, 1 - POWER, critical) * differing.error
    return RouteResult(
        float((np.abs(differing.estimate - truth) <= plain).mean()),
        int((np.abs(same.estimate) > same.half(PLAIN)).sum()),
        float(np.median(plain)),
        float(np.quantile(margin - low, POWER)),
        float(np.median(found)),
    )


def paired_estimates(differences: Array) -> Estimates:
    """Return the t estimates of studies of paired searches, shape (studies, searches)."""
    count = differences.shape[1]
    error = differences.std(axis=1, ddof=1) / np.sqrt(count)
    return Estimates(differences.mean(axis=1), error, np.full(len(differences), count - 1.0))


def welch_estimates(first: Array, second: Array) -> Estimates:
    """Return Welch's estimates of studies, each side of shape (studies, searches)."""
    parts = [side.var(axis=1, ddof=1) / side.shape[1] for side in (first, second)]
    total = parts[0] + parts[1]
    each = sum(part**2 / (side.shape[1] - 1)
               for part, side in zip(parts, (first, second), strict=True))  # fmt: skip
    return Estimates(first.mean(axis=1) - second.mean(axis=1), np.sqrt(total), total**2 / each)


def _studies(surface: Surface, seed: str, name: str, simulations: int) -> Estimates:
    route = ROUTES[name]
    rng = generator("simulation", "settings", name, seed)
    first, second = (
        values.reshape(simulations, -1)
        for values in route.draw(surface, rng, max(route.searches) * simulations)
    )
    if route.is_paired:
        return paired_estimates(first - second)
    return welch_estimates(first[:, : route.searches[0]], second[:, : route.searches[1]])
