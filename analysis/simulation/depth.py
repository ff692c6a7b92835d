"""Coverage, false verdicts and power of the ratios of depths, on simulated searches.

Four ratios are judged together: depths 2 and 4 over depth 1, at the budget B and at B/4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, largest_t
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.searches import (
    Effort,
    Surface,
    point_values,
    run_values,
    sobol_sets,
)
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

LEVELS = 2
SEARCHES = 10
RATIOS = 4
# Depths share the runs of depth 1. Both budgets share points, and many winners.
_CORRELATIONS = np.kron([[1.0, 0.5], [0.5, 1.0]], [[1.0, 0.6], [0.6, 1.0]])
_HEAVY_FREEDOM = 4
_NOISY_LEVEL = 3.0

Slots = NDArray[np.int64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    drawn: Array = rng.standard_t(_HEAVY_FREEDOM, size=shape) / np.sqrt(2)
    return drawn


def _skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.exponential(size=shape) - 1


@dataclass(frozen=True)
class Scenario:
    """How the ratios of searches vary about their mean.

    Attributes
    ----------
    draw : callable
        Draws values with standard deviation 1.
    noise : tuple of float
        Factors on the standard deviation of each level.
    """

    draw: Draw
    noise: tuple[float, ...] = (1.0,) * LEVELS


SCENARIOS = {
    "normal": Scenario(lambda rng, shape: rng.normal(size=shape)),
    "heavy tails": Scenario(_heavy),
    "skewed": Scenario(_skewed),
    "one level three times as noisy": Scenario(
        lambda rng, shape: rng.normal(size=shape), (_NOISY_LEVEL, 1.0)
    ),
}


class Limits(NamedTuple):
    """Limits of s simulated studies.

    Attributes
    ----------
    low, high : array of float, shape (s, 4)
        Limits of each ratio alone.
    all_low, all_high : array of float, shape (s, 4)
        Limits that hold together.
    """

    low: Array
    high: Array
    all_low: Array
    all_high: Array


def study_limits(values: Array, confidence: float) -> Limits:
    """Return the limits of simulated studies, as `max_t_intervals` gives them for one.

    Parameters
    ----------
    values : array of float, shape (s, levels, searches, d)
        Ratios of each search.
    confidence : float
        Coverage.

    Returns
    -------
    Limits
        t intervals with levels as strata.
    """
    _, levels, searches, contrasts = values.shape
    centres = values.mean(axis=2, keepdims=True)
    freedom = levels * (searches - 1)
    variance = ((values - centres) ** 2).sum(axis=(1, 2)) / freedom
    errors = np.sqrt(variance / (levels * searches))
    estimate = centres.mean(axis=(1, 2))
    alone = float(stdtrit(freedom, (1 + confidence) / 2)) * errors
    together = largest_t(contrasts, freedom, confidence) * errors
    return Limits(estimate - alone, estimate + alone, estimate - together, estimate + together)


def simulate_ratios(
    scenario: Scenario, truth: tuple[float, ...], deviation: float, seed: str, simulations: int
) -> Array:
    """Return ratios of simulated searches, shape (simulations, levels, searches, 4).

    Parameters
    ----------
    scenario : Scenario
        How they vary.
    truth : tuple of 4 float
        Mean ratios in octaves: depth 2 at B and B/4, depth 4 at B and B/4.
    deviation : float
        Standard deviation between searches, in octaves.
    seed : str
        Name of the draws.
    simulations : int
        Number of studies.
    """
    rng = generator("simulation", "depth", seed, deviation)
    shape = (simulations, LEVELS, SEARCHES, RATIOS)
    drawn = scenario.draw(rng, shape) @ np.linalg.cholesky(_CORRELATIONS).T
    by_level = np.array(scenario.noise)[:, None, None]
    values: Array = np.array(truth) + deviation * by_level * drawn
    return values


def ratio_coverage(
    name: str, deviation: float = 0.3, simulations: int = SIMULATIONS
) -> tuple[float, float]:
    """Return the shares of studies in which one interval, and all four together, hold at 95 %.

    Parameters
    ----------
    name : str
        Name of the scenario.
    deviation : float, default 0.3
        Standard deviation between searches, in octaves.
    simulations : int, default 2000
        Number of studies.
    """
    values = simulate_ratios(SCENARIOS[name], (0.0,) * RATIOS, deviation, name, simulations)
    limits = study_limits(values, PLAIN)
    alone = (limits.low <= 0) & (limits.high >= 0)
    together = (limits.all_low <= 0) & (limits.all_high >= 0)
    return float(alone.mean()), float(together.all(axis=1).mean())


class DepthVerdicts(NamedTuple):
    """Shares of simulated studies with each verdict.

    Attributes
    ----------
    somewhere : float
        C3a is supported.
    nowhere : float
        C3b is supported.
    gains : float
        C3b is refuted.
    """

    somewhere: float
    nowhere: float
    gains: float


def depth_verdicts(
    truth: tuple[float, ...], deviation: float, margin: float, simulations: int = SIMULATIONS
) -> DepthVerdicts:
    """Return how often each verdict is reached at 99.4 %.

    Parameters
    ----------
    truth : tuple of 4 float
        Mean ratios in octaves, see `simulate_ratios`.
    deviation : float
        Standard deviation between searches, in octaves.
    margin : float
        Smallest gain that counts, in octaves.
    simulations : int, default 2000
        Number of studies.
    """
    seed = "verdicts " + " ".join(map(str, truth))
    values = simulate_ratios(SCENARIOS["normal"], truth, deviation, seed, simulations)
    limits = study_limits(values, BONFERRONI)
    return DepthVerdicts(
        float((limits.all_high < margin).any(axis=1).mean()),
        float((limits.high < margin).all(axis=1).mean()),
        float((limits.all_low > margin).any(axis=1).mean()),
    )


class QuarterResult(NamedTuple):
    """A rule for the winner at a quarter of the budget.

    Attributes
    ----------
    loss : float
        Octaves by which its winners are behind those of a search at that budget.
    bias : float
        Mean ratio of two networks minus that of such searches, in octaves.
    deviation : float
        Standard deviation of the ratio between searches, in octaves.
    """

    loss: float
    bias: float
    deviation: float


_POINTS = 32
# Standard deviation of what a point gains at a quarter of the budget, and octaves that the second
# network gains there along the first dimension. Both budgets are then as alike as in study 1, see
# `quarter_likeness`.
_QUARTER_POINT = 0.55
_QUARTER_SHIFT = 1.2


def quarter_results(simulations: int = SIMULATIONS) -> dict[str, QuarterResult]:
    """Return how well rules find the winner at a quarter of the budget.

    The optimum of the second network moves by a tenth of the range of the first dimension.

    Parameters
    ----------
    simulations : int, default 2000
        Number of searches.

    Returns
    -------
    dict of str to QuarterResult
        Results by rule.
    """
    rng = generator("simulation", "depth", "quarter")
    surface, effort = Surface(), Effort(_POINTS, confirm=6)
    values, early = _both_budgets(surface, rng, simulations)
    tuned, tuned_early = (run_values(one, surface, 1, rng)[:, :, 0] for one in (values, early))
    selected, selected_early = (
        run_values(one, surface, effort.select, rng) for one in (values, early)
    )
    finalists = _best(tuned, effort.finalists)
    whole = _best_among(selected.mean(axis=2), finalists)
    own = _best_among(selected_early.mean(axis=2), _best(tuned_early, effort.finalists))
    kept, searched = (
        _valued(run_values(early, surface, effort.confirm, rng).mean(axis=2), points)
        for points in (whole, own)
    )
    rotated = []
    truly = []
    for string in range(effort.select):
        others = np.delete(selected_early, string, axis=2).sum(axis=2) + tuned_early
        point = _best_among(others, finalists)
        rotated.append(_valued(selected_early[:, :, string], point))
        truly.append(_valued(early, point))
    target = _valued(early, own)
    rules = {
        "search at B/4 (reference)": (searched, target),
        "winner at B, not tuned again (not used)": (kept, _valued(early, whole)),
        "winner chosen again among the finalists": (
            np.mean(rotated, axis=0),
            np.mean(truly, axis=0),
        ),
    }
    reference = float((target[:, 0] - target[:, 1]).mean())
    return {
        name: QuarterResult(
            float((target - true).mean()),
            float((true[:, 0] - true[:, 1]).mean()) - reference,
            float((measured[:, 0] - measured[:, 1]).std()),
        )
        for name, (measured, true) in rules.items()
    }


def quarter_likeness(simulations: int = SIMULATIONS) -> tuple[float, float]:
    """Return how alike simulated searches are at the budget and at a quarter of it.

    Parameters
    ----------
    simulations : int, default 2000
        Number of searches.

    Returns
    -------
    correlation, share : float
        Mean rank correlation of points at both budgets, and the share of searches whose best point
        at the quarter is a finalist at the budget.
    """
    rng = generator("simulation", "depth", "likeness")
    surface, effort = Surface(), Effort(_POINTS)
    both = [
        run_values(one, surface, 1, rng)[:, :, 0].reshape(-1, _POINTS)
        for one in _both_budgets(surface, rng, simulations)
    ]
    ranks = [one.argsort(axis=1).argsort(axis=1) - (_POINTS - 1) / 2 for one in both]
    correlation = (ranks[0] * ranks[1]).sum(axis=1) / (ranks[0] ** 2).sum(axis=1)
    finalists = _best(both[0], effort.finalists)
    share = (finalists == both[1].argmax(axis=1)[:, None]).any(axis=1)
    return float(correlation.mean()), float(share.mean())


def _both_budgets(surface: Surface, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Return the values of points at the budget and at a quarter of it, shape (count, 2, N)."""
    places = np.repeat(sobol_sets(_POINTS, rng, count)[:, None], 2, axis=1)
    residual = surface.shared * rng.normal(size=(count, 1, _POINTS))
    values = point_values(surface, places, residual, rng)
    moved = np.array([0.0, _QUARTER_SHIFT])[:, None] * (places[..., 0] - 0.5)
    return values, values + moved + _QUARTER_POINT * rng.normal(size=values.shape)


def _best(ranks: Array, count: int) -> Slots:
    """Return the points with the best ranks, shape (..., count)."""
    points: Slots = np.argsort(-ranks, axis=-1)[..., :count]
    return points


def _best_among(ranks: Array, points: Slots) -> Slots:
    """Return the best of some points, shape (..., 1)."""
    chosen = np.take_along_axis(ranks, points, axis=-1).argmax(axis=-1)[..., None]
    best: Slots = np.take_along_axis(points, chosen, axis=-1)
    return best


def _valued(values: Array, points: Slots) -> Array:
    """Return the values of one point each, without the last axis."""
    won: Array = np.take_along_axis(values, points, axis=-1)[..., 0]
    return won
