"""Coverage of the capacity interval and power of the ratio of two capacities, on simulated sweeps.

All sweeps of a design share one table of likelihoods (a row per level and number of memorized strings), so that a
posterior is one product of counts and table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from seqmem.analysis.estimators.psychometric import (
    LAPSES,
    THETA_STEP,
    Cluster,
    Grid,
    log_likelihoods,
    make_grid,
)
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

SIMULATIONS = 2000
# True log2 capacities are uniform over an octave, so that it does not matter where they fall between two levels.
THETAS = (7.2, 8.2)
OCTAVES = (16, 32, 64, 128, 256, 512, 1024, 2048)
DENSE = (16, 64, 128, 181, 256, 362, 512, 2048)
_SEED = 20260101
_TAIL = 0.025
_CHUNK = 50


@dataclass(frozen=True)
class Design:
    """Levels, independent searches per level, confirmation strings per search."""

    name: str
    levels: tuple[int, ...]
    searches: int
    strings: int


@dataclass(frozen=True)
class Truth:
    """Slope, spread of searches, lapse rate; `skew` 1 or -1 gives Gumbel string effects, or their mirror image.

    Their standard deviation is then that of a logistic with slope `spread`, their median 0.
    """

    spread: float
    tau: float
    lapse: float = 0.0
    skew: int = 0


class Coverage(NamedTuple):
    """Share of sweeps whose interval holds the truth, its median width (octaves), and that of an oracle's interval."""

    coverage: float
    width: float
    oracle_width: float


DEFAULT = Design("dense ladder, 3 x 8 strings", DENSE, 3, 8)
DESIGNS = (Design("8 octaves, 6 strings", OCTAVES, 1, 6), DEFAULT)
TRUTHS = {
    "plain": Truth(0.2, 0.0),
    "search variance": Truth(0.2, 0.15),
    "large search variance": Truth(0.2, 0.3),
    "separated": Truth(0.02, 0.05),
    "shallow": Truth(0.5, 0.15),
    "lapses": Truth(0.2, 0.15, lapse=0.05),
    "strings skewed up": Truth(0.2, 0.15, skew=1),
    "strings skewed down": Truth(0.2, 0.15, skew=-1),
}


def simulate(design: Design, truth: Truth, theta: Array, rng: np.random.Generator) -> Array:
    """Strings memorized in each cluster, for one log2 capacity per sweep: (n, levels, searches)."""
    shape = (len(theta), len(design.levels), design.searches)
    margin = (
        theta[:, None, None] + truth.tau * rng.normal(size=shape) - np.log2(design.levels)[:, None]
    )
    if truth.skew:
        gumbel = rng.gumbel(size=(*shape, design.strings)) + np.log(np.log(2))
        hits: Array = (margin[..., None] + truth.skew * truth.spread * np.sqrt(2) * gumbel > 0).sum(
            axis=-1
        )
        return hits
    return np.asarray(
        rng.binomial(design.strings, (1 - truth.lapse) * expit(margin / truth.spread))
    )


def tables(design: Design, grid: Grid) -> Array:
    """Log likelihoods of every possible cluster: (levels * (strings + 1), grid points)."""
    clusters = [
        Cluster(float(x), design.strings, k)
        for x in design.levels
        for k in range(design.strings + 1)
    ]
    return log_likelihoods(grid, clusters).reshape(len(clusters), -1)


def tally(design: Design, hits: Array) -> Array:
    """How many clusters of each kind each simulated sweep holds: (n, levels * (strings + 1))."""
    kinds = np.arange(design.strings + 1)
    counts: Array = (hits[..., None] == kinds).sum(axis=2).reshape(len(hits), -1).astype(float)
    return counts


def posteriors(grid: Grid, counts: Array, table: Array, log_prior: Array) -> Array:
    """Posterior mass of theta of each sweep: (n, T)."""
    masses = []
    for start in range(0, len(counts), _CHUNK):
        log_posterior = counts[start : start + _CHUNK] @ table
        log_posterior += log_prior
        log_posterior -= log_posterior.max(axis=1, keepdims=True)
        mass = (
            np.exp(log_posterior, out=log_posterior)
            .reshape(len(log_posterior), len(grid.theta), -1)
            .sum(axis=2)
        )
        masses.append(mass / mass.sum(axis=1, keepdims=True))
    return np.concatenate(masses)


def limits(first: float, mass: Array) -> Array:
    """Equal-tailed 95 % limits of n distributions (n, T) on a grid that starts at `first`: (n, 2) octaves."""
    edges = first - THETA_STEP / 2 + THETA_STEP * np.arange(mass.shape[1] + 1)
    cumulative = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
    return np.array([np.interp([_TAIL, 1 - _TAIL], row, edges) for row in cumulative])


def capacity_coverage(
    design: Design, truths: dict[str, Truth], simulations: int = SIMULATIONS
) -> dict[str, Coverage]:
    """Coverage in each scenario."""
    grid = make_grid(min(design.levels), max(design.levels))
    table, log_prior = tables(design, grid), grid.log_prior.ravel()
    found = {}
    for place, (name, truth) in enumerate(truths.items()):
        rng = np.random.default_rng([_SEED, place])
        theta = rng.uniform(*THETAS, size=simulations)
        counts = tally(design, simulate(design, truth, theta, rng))
        ends = limits(grid.theta[0], posteriors(grid, counts, table, log_prior))
        inside = (ends[:, 0] <= theta) & (theta <= ends[:, 1])
        width = float(np.median(np.diff(ends)))
        found[name] = Coverage(
            float(inside.mean()), width, _oracle_width(design, truth, grid, counts)
        )
    return found


def ratio_rejections(
    design: Design, truth: Truth, ratios: tuple[float, ...], simulations: int = SIMULATIONS
) -> Array:
    """Share of pairs of sweeps whose interval of the ratio excludes 1, for each true ratio; at 1 false alarms."""
    grid = make_grid(min(design.levels), max(design.levels))
    table, log_prior = tables(design, grid), grid.log_prior.ravel()
    rng = generator("simulation", "ratio", design.name, truth.tau)
    theta = rng.uniform(*THETAS, size=simulations) - 0.25
    below = posteriors(grid, tally(design, simulate(design, truth, theta, rng)), table, log_prior)
    rejected = []
    for ratio in ratios:
        above = posteriors(
            grid,
            tally(design, simulate(design, truth, theta + np.log2(ratio), rng)),
            table,
            log_prior,
        )
        ends = limits(grid.theta[0] - grid.theta[-1], convolved(above, below))
        rejected.append(float(((ends[:, 0] > 0) | (ends[:, 1] < 0)).mean()))
    return np.array(rejected)


def convolved(numerators: Array, denominators: Array) -> Array:
    """Distribution of the difference of two quantities on one grid, for each row: (n, 2 T - 1)."""
    width = numerators.shape[1] + denominators.shape[1] - 1
    spectrum = np.fft.rfft(numerators, width) * np.fft.rfft(denominators[:, ::-1], width)
    mass = np.maximum(np.fft.irfft(spectrum, width), 0.0)
    found: Array = mass / mass.sum(axis=1, keepdims=True)
    return found


def detectable(ratios: tuple[float, ...], rejections: Array, power: float = 0.8) -> float:
    """The smallest ratio detected with a power, interpolated in its logarithm; NaN if none is.

    Examples
    --------
    >>> round(detectable((1.0, 2.0, 4.0), np.array([0.05, 0.7, 0.9])), 3)
    2.828
    """
    enough = np.flatnonzero(rejections >= power)
    if not len(enough) or not enough[0]:
        return float("nan")
    pair = slice(enough[0] - 1, enough[0] + 1)
    return float(np.exp2(np.interp(power, rejections[pair], np.log2(ratios[pair]))))


def _oracle_width(design: Design, truth: Truth, grid: Grid, counts: Array) -> float:
    """Median width of the interval where s, tau and lapse are known."""
    column = int(np.argmin(np.abs(LAPSES - truth.lapse)))
    prior = np.zeros((len(grid.theta), 1, 1, len(LAPSES)))
    known = Grid(grid.theta, np.array([truth.spread]), np.array([truth.tau]), prior)
    table = tables(design, known).reshape(counts.shape[1], len(grid.theta), len(LAPSES))[
        ..., column
    ]
    ends = limits(
        grid.theta[0], posteriors(known, counts, np.ascontiguousarray(table), np.zeros(1))
    )
    return float(np.median(np.diff(ends)))
