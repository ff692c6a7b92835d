"""Bias and coverage of the mean ratio of times, on whole simulated learning curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqmem.analysis.estimators.time_ratios import Curves, running_maximum, time_ratios
from seqmem.analysis.records.checkpoint_curves import FRACTIONS
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.contrasts import Layout, clustered, covered
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

_MEMORIZED = 0.97


@dataclass(frozen=True)
class Learning:
    """A model of learning: f = 1 - 2^-(b 2^m)^exponent, plus noise at each checkpoint.

    f is the stored fraction after the fraction b of the budget.

    Attributes
    ----------
    margin : float
        Mean of m in octaves. At 0, half of the string is stored within the budget.
    effect : float
        True rho: octaves by which the first cell is sooner.
    search : float
        Standard deviation of m between the searches of a cell.
    string : float
        Standard deviation of m between strings; both cells share its draws.
    run : float
        Standard deviation of m between runs.
    noise : float
        Standard deviation of the stored fraction at a checkpoint.
    exponent : float
        Shape of the curve.
    skew : bool
        Whether string and run effects are exponential instead of normal.
    """

    margin: float = 0.0
    effect: float = 0.3
    search: float = 0.1
    string: float = 0.3
    run: float = 0.3
    noise: float = 0.01
    exponent: float = 0.9
    skew: bool = False


class RatioCoverage(NamedTuple):
    """Results of one scenario.

    Attributes
    ----------
    bias : float
        Mean estimate minus truth, in octaves.
    coverage : float
        Coverage of the 95 % interval.
    informative : float
        Share of informative pairs.
    at_start : float
        Share of pairs in which a time is an upper bound.
    """

    bias: float
    coverage: float
    informative: float
    at_start: float


LEARNING = {
    "half stored": Learning(),
    "no effect": Learning(effect=0.0),
    "all memorized": Learning(margin=3.5),
    "little stored": Learning(margin=-3.0),
    "near the threshold of .02": Learning(margin=-5.5),
    # Both times are upper bounds here. In the pre-registration of study 1, section 5, rho is not
    # censored; this scenario is the exception.
    "over the threshold at the first checkpoint": Learning(margin=9.5),
    "large search variance": Learning(search=0.3),
    "noisy checkpoints": Learning(noise=0.04),
    "skewed strings and runs": Learning(skew=True),
    "large effect": Learning(effect=1.5),
}


def simulate_curves(layout: Layout, truth: Learning, simulations: int) -> tuple[Curves, Curves]:
    """Return the curves of both cells on the same strings.

    Parameters
    ----------
    layout : Layout
        The design.
    truth : Learning
        The model of learning.
    simulations : int
        Number of simulated sweeps.

    Returns
    -------
    first, second : Curves
        Curves with rows in the order (sweep, stratum, search, string).
    """
    rng = generator("simulation", "times", *map(str, vars(truth).values()))
    shape = layout.shape(simulations)
    shared = truth.margin + truth.string * _draw(rng, shape, truth.skew)
    cells = []
    for sign in (0.5, -0.5):
        luck = truth.search * rng.normal(size=(*shape[:3], 1))
        margin = shared + sign * truth.effect + luck + truth.run * _draw(rng, shape, truth.skew)
        cells.append(_curves(margin.reshape(-1, 1), truth, rng))
    return cells[0], cells[1]


def ratio_coverage(layout: Layout, simulations: int = SIMULATIONS) -> dict[str, RatioCoverage]:
    """Return the bias and the coverage of the mean of rho in each scenario.

    Parameters
    ----------
    layout : Layout
        The design.
    simulations : int, default 2000
        Simulated sweeps per scenario.

    Returns
    -------
    dict of str to RatioCoverage
        Results by scenario.
    """
    results = {}
    for name, truth in LEARNING.items():
        ratios = time_ratios(*simulate_curves(layout, truth, simulations))
        table = ratios.rho.reshape(layout.shape(simulations))
        whole = np.isfinite(table).any(axis=3).reshape(simulations, -1).all(axis=1)
        interval = clustered(table[whole])
        bias = float(interval.estimate.mean() - truth.effect)
        results[name] = RatioCoverage(
            bias,
            covered(interval, truth.effect),
            float(ratios.informative.mean()),
            float(ratios.at_start.mean()),
        )
    return results


def _draw(rng: np.random.Generator, shape: tuple[int, ...], skew: bool) -> Array:
    return rng.exponential(size=shape) - 1 if skew else rng.normal(size=shape)


def _curves(margin: Array, truth: Learning, rng: np.random.Generator) -> Curves:
    values = 1 - np.exp2(-((FRACTIONS * np.exp2(margin)) ** truth.exponent))
    values += truth.noise * rng.normal(size=values.shape)
    best = running_maximum(np.minimum(values, 1.0))
    # A run stops at the first checkpoint where it has memorized, and keeps its value there.
    done = best >= _MEMORIZED
    first = np.where(done.any(axis=1), done.argmax(axis=1), best.shape[1] - 1)
    best = np.minimum(best, best[np.arange(len(best)), first][:, None])
    return Curves(best, {"budget": np.broadcast_to(FRACTIONS, best.shape)})
