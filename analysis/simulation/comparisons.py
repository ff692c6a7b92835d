"""Designs of `seqmem compare` at equal compute, and its gate, on simulated searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.estimators.tuning.tuning_curves import efforts
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.contrasts import covered
from seqmem.analysis.simulation.paired import (
    SURFACES,
    SearchDesign,
    contrasts_by_subset,
    intervals,
)
from seqmem.analysis.simulation.searches import Effort, simulate_searches, winning_points
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Two questions share the 5 % of a comparison: which cell memorizes more, and which is sooner.
CONFIDENCE = 1 - (1 - PLAIN) / 2
# The box of the default is half as wide in each dimension as the wide box. It has more runs, which
# train for less time; the others have at most 124 runs of each cell.
COMPARISONS = {
    "before: 12 shared and 12 guided points, winner confirmed": SearchDesign(
        Effort(12, 12, select=1, confirm=4, finalists=3), 4
    ),
    "32 shared points, winner confirmed": SearchDesign(
        Effort(32, select=1, confirm=6, finalists=3), 3
    ),
    "16 shared points, winner confirmed": SearchDesign(
        Effort(16, select=1, confirm=2, finalists=2), 6
    ),
    "16 shared points, 4 finalists, winner confirmed": SearchDesign(
        Effort(16, select=1, confirm=4, finalists=4), 5
    ),
    "16 shared points, strings rotated": SearchDesign(
        Effort(16, select=2, finalists=2), 6, is_rotated=True
    ),
    "16 shared points, tuning curve": SearchDesign(Effort(16, select=1, finalists=4), 6),
    "4 shared points of half of the box, winner confirmed": SearchDesign(
        Effort(4, select=1, confirm=2, finalists=2), 15, box=0.5
    ),
    "default: the same with more searches": SearchDesign(
        Effort(4, select=1, confirm=2, finalists=2), 24, box=0.5
    ),
}


class ComparisonResult(NamedTuple):
    """Results of one design of a comparison, for the best of all N points.

    Attributes
    ----------
    deviation : float
        Standard deviation of rho between searches, in octaves.
    coverage : float
        Coverage of the 97.5 % interval, of which a comparison has two.
    alarms : int
        Rejections by that interval in comparisons of a cell with itself.
    half_width : float
        Median half-width of the interval, in octaves.
    found : float
        Smallest rho that is found with 80 % power, in octaves.
    winner : float
        Mean true value of the winners of one cell, in octaves.
    """

    deviation: float
    coverage: float
    alarms: int
    half_width: float
    found: float
    winner: float


def comparison_results(
    surface: str, design: SearchDesign, simulations: int = SIMULATIONS
) -> ComparisonResult:
    """Return coverage, false alarms and power of one design of a comparison.

    Parameters
    ----------
    surface : str
        Name of the surface in `SURFACES`.
    design : SearchDesign
        Searches of a comparison.
    simulations : int, default 2000
        Number of comparisons.

    Returns
    -------
    ComparisonResult
        The estimand is the mean over all simulated searches.
    """
    noise = replace(SURFACES[surface], box=design.box)
    count = design.searches * simulations
    points = design.effort.points + design.effort.guided
    values = contrasts_by_subset(noise, design, count, f"{surface}, compare")[points]
    own = replace(noise, shift=0.0)
    same = contrasts_by_subset(own, design, count, f"{surface}, compare itself")[points]
    limits = intervals(values - values.mean(), design.searches, CONFIDENCE)
    itself = intervals(same, design.searches, CONFIDENCE)
    return ComparisonResult(
        float(values.std()),
        covered(limits, 0.0),
        round((1 - covered(itself, 0.0)) * simulations),
        float(np.median(limits.high - limits.estimate)),
        float(np.quantile(-limits.low, 0.8)),
        _winner(surface, design, simulations),
    )


def _winner(surface: str, design: SearchDesign, simulations: int) -> float:
    """Return the mean true value of the points that win on the selection strings."""
    rng = generator("simulation", "winners", surface, *map(str, vars(design.effort).values()))
    noise = replace(SURFACES[surface], box=design.box)
    searches = simulate_searches(noise, design.effort, rng, simulations)
    won = winning_points(searches, design.effort)[..., None]
    return float(np.take_along_axis(searches.values, won, axis=-1)[:, 0].mean())


# Searches over which the contrast of N/2 and of N points is compared.
GATES = {
    "a comparison": SearchDesign(Effort(4, select=1, finalists=2), 24, box=0.5),
    "a comparison in the wide box": SearchDesign(Effort(16, select=1, finalists=2), 6),
    "a claim of study 2": SearchDesign(Effort(32, select=2, finalists=6), 36),
}


class GateAlarms(NamedTuple):
    """How often a search is in doubt because the contrast moves.

    Attributes
    ----------
    deviation : float
        Standard deviation of the mean move, in octaves.
    estimate : float
        Share of studies in doubt by the estimate alone.
    interval : float
        Share of studies in doubt if the 95 % interval of the move excludes 0 too.
    """

    deviation: float
    estimate: float
    interval: float


def gate_alarms(
    surface: str,
    gate: SearchDesign,
    moved: Sequence[float],
    margin: float,
    simulations: int = SIMULATIONS,
) -> list[GateAlarms]:
    """Return how often a search is in doubt because the contrast moves, for each true move.

    Parameters
    ----------
    surface : str
        Name of the surface in `SURFACES`.
    gate : SearchDesign
        Searches of a study, valued by the weights of the tuning curve.
    moved : sequence of float
        Octaves by which the contrast truly moves between N/2 and N points.
    margin : float
        Largest move without a doubt, in octaves.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    list of GateAlarms
        Results by true move. All are of the same simulated studies.
    """
    noise = replace(SURFACES[surface], box=gate.box)
    searches = gate.searches
    curves = contrasts_by_subset(noise, gate, searches * simulations, f"{surface}, gate")
    half, whole = (curves[size] for size in efforts(gate.effort.points)[-2:])
    moves = whole - half
    means, errors = _means(moves - moves.mean(), searches)
    certain_beyond = float(stdtrit(searches - 1, (1 + PLAIN) / 2)) * errors
    results = []
    for true_move in moved:
        sizes = np.abs(means + true_move)
        beyond = sizes > margin
        doubted = beyond & (sizes > certain_beyond)
        results.append(GateAlarms(float(means.std()), float(beyond.mean()), float(doubted.mean())))
    return results


def _means(values: Array, searches: int) -> tuple[Array, Array]:
    """Return the mean of each study and its standard error."""
    studies = values.reshape(-1, searches)
    return studies.mean(axis=1), studies.std(axis=1, ddof=1) / np.sqrt(searches)
