"""Coverage, false alarms and power of paired searches, on simulated searches."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, largest_t
from seqmem.analysis.estimators.tuning.tuning_curves import efforts
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.contrasts import Interval, covered
from seqmem.analysis.simulation.searches import (
    Effort,
    Surface,
    curves,
    simulate_searches,
    winners_confirmed,
    winners_rotated,
)
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Scores of two cells at one point correlate .83 and .55 on them, on one tuning string.
SURFACES = {
    "points alike": Surface(),
    "points less alike, noisy runs": Surface(shared=0.5, own=0.4, run=0.5, shift=0.15),
}


class SearchDesign(NamedTuple):
    """Searches of a study and how the best point of each is valued.

    Attributes
    ----------
    effort : Effort
        Runs of a search.
    searches : int
        Searches of a study.
    is_rotated : bool
        Whether each selection string selects once and the others give the value. Otherwise
        confirmation runs give it, and without these the weights of the tuning curve do.
    box : float
        Share of each range that is searched, see `Surface`.
    """

    effort: Effort
    searches: int
    is_rotated: bool = False
    box: float = 1.0


# The default sweep, whose second half is suggested by a model, against paired searches. Numbers of
# searches make the runs of a study nearly equal, in the order given.
DESIGNS = {
    "12 shared and 12 guided points, winner confirmed": SearchDesign(
        Effort(12, 12, tune=2, confirm=4, finalists=3), 8
    ),
    "32 shared points, winner confirmed": SearchDesign(Effort(32, confirm=6), 9),
    "32 shared points, 3 finalists, winner confirmed": SearchDesign(
        Effort(32, confirm=6, finalists=3), 10
    ),
    "32 shared points, 3 finalists, strings rotated": SearchDesign(
        Effort(32, select=4, finalists=3), 10, is_rotated=True
    ),
    "32 shared points, tuning curve": SearchDesign(Effort(32), 10),
    "16 shared points, winner confirmed": SearchDesign(
        Effort(16, select=1, confirm=6, finalists=3), 18
    ),
    "16 shared points, tuning curve": SearchDesign(Effort(16), 16),
}
BAND_SEARCHES = (8, 14, 40)


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
    surface: Surface, design: SearchDesign, count: int, seed: str
) -> dict[int, Array]:
    """Return the contrast of the cells in each of b simulated searches.

    Parameters
    ----------
    surface : Surface
        Variation of the values.
    design : SearchDesign
        Runs of a search, and how the best point is valued.
    count : int
        Number of searches b.
    seed : str
        Name of the draws.

    Returns
    -------
    dict of int to array of float, shape (b,)
        Contrasts in octaves by n, the size of a subset. They are those of the winners of all
        points, or from the weights of the tuning curve those of N/2 and of N points.
    """
    effort = design.effort
    rng = generator("simulation", "paired", seed, *map(str, vars(effort).values()))
    searches = simulate_searches(surface, effort, rng, count)
    points = effort.points + effort.guided
    if effort.confirm or design.is_rotated:
        valued = winners_rotated if design.is_rotated else winners_confirmed
        both = valued(searches, surface, effort, rng)
        return {points: both[:, 0] - both[:, 1]}
    both = curves(searches, effort.finalists)
    contrast: Array = both[:, 0] - both[:, 1]
    sizes = efforts(points)
    return {size: contrast[:, sizes.index(size)] for size in (points // 2, points)}


def design_results(
    surface: str, design: SearchDesign, margin: float, simulations: int = SIMULATIONS
) -> dict[int, DesignResult]:
    """Return coverage, false alarms and power of one design on one surface.

    Parameters
    ----------
    surface : str
        Name of the surface in `SURFACES`.
    design : SearchDesign
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
    searches = design.searches
    count = searches * simulations
    differing = contrasts_by_subset(noise, design, count, surface)
    same = contrasts_by_subset(replace(noise, shift=0.0), design, count, f"{surface}, itself")
    return {
        size: _result(differing[size], same[size], searches, margin, simulations)
        for size in differing
    }


def _result(
    values: Array, same: Array, searches: int, margin: float, simulations: int
) -> DesignResult:
    about = values - values.mean()
    plain = intervals(about, searches, PLAIN)
    strict = intervals(about, searches, BONFERRONI)
    return DesignResult(
        float(values.std()),
        covered(plain, 0.0),
        round((1 - covered(intervals(same, searches, PLAIN), 0.0)) * simulations),
        float(np.median(plain.high - plain.estimate)),
        float(np.quantile(margin - strict.low, 0.8)),
    )


def intervals(values: Array, searches: int, confidence: float) -> Interval:
    """Return the t intervals of studies of equal numbers of searches.

    Parameters
    ----------
    values : array of float, shape (studies * searches,)
        One value per search, study by study.
    searches : int
        Searches of a study.
    confidence : float
        Coverage of an interval.

    Returns
    -------
    Interval
        Means and limits, one per study.
    """
    studies = values.reshape(-1, searches)
    estimate = studies.mean(axis=1)
    error = studies.std(axis=1, ddof=1) / np.sqrt(searches)
    half = float(stdtrit(searches - 1, (1 + confidence) / 2)) * error
    return Interval(estimate, estimate - half, estimate + half)
