"""Coverage and verdicts of the slope of log2 stored bits on log2 parameters, and of its gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator
from seqmem.study.memorizers.identifiable import identifiable_parameters

UNITS = (8, 12, 16, 24, 32)
STRINGS = 6
DOUBLINGS = 2
GATE = 0.03
_ALPHABET = 4


@dataclass(frozen=True)
class Storing:
    """How log2 stored bits vary about a line on log2 parameters.

    Attributes
    ----------
    size : float
        Standard deviation of a size, in octaves: its learning rate is one of four, chosen once.
        Equal at all exposures.
    exposure : float
        Standard deviation of a size at one exposure, in octaves: the learning rate suits some
        exposures better.
    string : float
        Standard deviation of a string, in octaves; equal at all exposures.
    run : float
        Standard deviation of a run, in octaves.
    bend : float
        Change of the slope from the smallest to the largest size.
    """

    size: float = 0.02
    exposure: float = 0.01
    string: float = 0.02
    run: float = 0.02
    bend: float = 0.0


STORING = {
    "small noise": Storing(),
    "sizes differ by 4 %": Storing(size=0.06),
    "rates suit exposures": Storing(exposure=0.04),
    "noisy runs": Storing(string=0.05, run=0.08),
    "the line bends by .1": Storing(bend=0.1),
}


class SlopeResult(NamedTuple):
    """Shares of simulated studies.

    Attributes
    ----------
    coverage : float
        The 95 % interval holds the slope.
    linear : tuple of float
        The 99.4 % interval is inside [.9, 1.1], at a true slope of 1, of 1.05 and of .9. The last
        one is a false verdict.
    disjoint : float
        The 99.4 % interval is disjoint from [.9, 1.1] at a true slope of .8.
    passed : tuple of float
        The gate is passed if the slope moves by 0, .03 and .05 in each doubling.
    """

    coverage: float
    linear: tuple[float, ...]
    disjoint: float
    passed: tuple[float, ...]


def slope_limits(log_sizes: Array, log_values: Array, confidence: float) -> tuple[Array, Array]:
    """Return the least-squares slopes of s studies, as `log_slope` gives them for one.

    Parameters
    ----------
    log_sizes : array of float, shape (n,)
        log2 of the sizes.
    log_values : array of float, shape (s, n)
        log2 of the values.
    confidence : float
        Coverage of the t intervals.

    Returns
    -------
    slopes : array of float, shape (s,)
        Slopes.
    limits : array of float, shape (2, s)
        Low and high limits.
    """
    x = log_sizes - log_sizes.mean()
    y = log_values - log_values.mean(axis=1, keepdims=True)
    spread = float(x @ x)
    slopes = y @ x / spread
    rest = y - slopes[:, None] * x
    freedom = len(x) - 2
    error = np.sqrt((rest**2).sum(axis=1) / freedom / spread)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return slopes, np.stack([slopes - half, slopes + half])


def slope_results(
    name: str, cell: str, low: float, high: float, simulations: int = SIMULATIONS
) -> SlopeResult:
    """Return coverage, verdicts and passes of the gate in one scenario.

    Parameters
    ----------
    name : str
        Name of the scenario in `STORING`.
    cell : str
        The cell, whose identifiable parameters are the sizes.
    low, high : float
        Slopes that count as linear.
    simulations : int, default 2000
        Number of studies.
    """
    sizes = np.log2([identifiable_parameters(cell, _ALPHABET, 1, units) for units in UNITS])
    values = _simulated(STORING[name], sizes, cell, name, simulations)
    last = values[-1]
    centred = sizes - sizes.mean()
    # The estimand with a bend is the slope of the line through the curve.
    bent = STORING[name].bend * _curve(sizes)
    truth = float(bent @ centred / (centred @ centred))
    _, plain = slope_limits(sizes, last, PLAIN)
    coverage = ((plain[0] <= truth) & (plain[1] >= truth)).mean()
    _, strict = slope_limits(sizes, last, BONFERRONI)
    linear = tuple(
        float(((strict[0] + slope >= low) & (strict[1] + slope <= high)).mean())
        for slope in (1.0, 1.05, low - truth)
    )
    disjoint = float((strict[1] + 0.8 < low).mean())
    slopes = np.stack([slope_limits(sizes, one, PLAIN)[0] for one in values])
    moves = np.diff(slopes, axis=0)
    passed = tuple(
        float((np.abs(moves + moved) < GATE).all(axis=0).mean()) for moved in (0, 0.03, 0.05)
    )
    return SlopeResult(float(coverage), linear, disjoint, passed)


def _simulated(
    storing: Storing, sizes: Array, cell: str, name: str, simulations: int
) -> list[Array]:
    """Return log2 of mean stored bits by exposure, each of shape (simulations, sizes)."""
    rng = generator("simulation", "slopes", cell, name)
    shape = simulations, len(sizes)
    common = storing.bend * _curve(sizes) + storing.size * rng.normal(size=shape)
    strings = storing.string * rng.normal(size=(*shape, STRINGS))
    values = []
    for _ in range(DOUBLINGS + 1):
        runs = strings + storing.run * rng.normal(size=strings.shape)
        own = storing.exposure * rng.normal(size=shape)
        values.append(common + own + np.log2(np.exp2(runs).mean(axis=2)))
    return values


def _curve(sizes: Array) -> Array:
    """Return a parabola whose slope changes by 1 from the first size to the last."""
    curve: Array = (sizes - sizes[0]) ** 2 / (2 * (sizes[-1] - sizes[0]))
    return curve
