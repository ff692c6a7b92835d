"""Coverage of the capacity interval, and power of the ratio of two capacities, by simulation.

All sweeps of a design share one table of likelihoods, with a row per level and number of memorized
strings. A posterior is therefore one product of counts and table.
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
# True log2 capacities are uniform over an octave. Their position between two levels then does not
# matter.
THETAS = (7.2, 8.2)
OCTAVES = (16, 32, 64, 128, 256, 512, 1024, 2048)
DENSE = (16, 64, 128, 181, 256, 362, 512, 2048)
_SEED = 20260101
_TAIL = 0.025
_CHUNK = 50


@dataclass(frozen=True)
class Design:
    """A design of confirmation runs.

    Attributes
    ----------
    name : str
        Name of the design, which enters seeds.
    levels : tuple of int
        Levels in natural units.
    searches : int
        Independent searches per level.
    strings : int
        Confirmation strings per search.
    """

    name: str
    levels: tuple[int, ...]
    searches: int
    strings: int


@dataclass(frozen=True)
class Truth:
    """The true model of a scenario.

    Attributes
    ----------
    spread : float
        Slope parameter s in octaves.
    tau : float
        Standard deviation between searches in octaves.
    lapse : float
        Lapse rate.
    skew : int
        1 or -1 for Gumbel string effects or their mirror image, 0 for logistic ones. Their standard
        deviation is that of a logistic distribution with the slope `spread`, and their median is 0.
    """

    spread: float
    tau: float
    lapse: float = 0.0
    skew: int = 0


class Coverage(NamedTuple):
    """Coverage of the capacity interval in one scenario.

    Attributes
    ----------
    coverage : float
        Share of sweeps whose interval holds the truth.
    width : float
        Median width of the interval in octaves.
    oracle_width : float
        Median width in octaves if s, tau and lapse are known.
    """

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


def simulate_memorized(
    design: Design, truth: Truth, theta: Array, rng: np.random.Generator
) -> Array:
    """Return the number of strings memorized in each cluster.

    Parameters
    ----------
    design : Design
        The design.
    truth : Truth
        The true model.
    theta : array of float, shape (n,)
        True log2 capacity of each sweep.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of int, shape (n, levels, searches)
        Numbers of strings.
    """
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
    """Return the log likelihoods of every possible cluster.

    Parameters
    ----------
    design : Design
        The design.
    grid : Grid
        Grid of the posterior.

    Returns
    -------
    array of float, shape (levels * (strings + 1), grid points)
        Natural logarithms.
    """
    clusters = [
        Cluster(float(x), design.strings, k)
        for x in design.levels
        for k in range(design.strings + 1)
    ]
    return log_likelihoods(grid, clusters).reshape(len(clusters), -1)


def count_kinds(design: Design, hits: Array) -> Array:
    """Return how many clusters of each kind each simulated sweep has.

    Parameters
    ----------
    design : Design
        The design.
    hits : array of int, shape (n, levels, searches)
        Strings memorized in each cluster.

    Returns
    -------
    array of float, shape (n, levels * (strings + 1))
        Numbers of clusters.
    """
    kinds = np.arange(design.strings + 1)
    counts: Array = (hits[..., None] == kinds).sum(axis=2).reshape(len(hits), -1).astype(float)
    return counts


def posteriors(grid: Grid, counts: Array, table: Array, log_prior: Array) -> Array:
    """Return the posterior mass of theta of each sweep.

    Parameters
    ----------
    grid : Grid
        Grid of the posterior.
    counts : array of float, shape (n, kinds)
        Clusters of each kind, see `count_kinds`.
    table : array of float, shape (kinds, grid points)
        Log likelihoods, see `tables`.
    log_prior : array of float, shape (grid points,)
        Log prior.

    Returns
    -------
    array of float, shape (n, T)
        Masses, each row with the sum 1.
    """
    # Many simulated sweeps of a small design have the same counts.
    unlike, which = np.unique(counts, axis=0, return_inverse=True)
    masses = []
    for start in range(0, len(unlike), _CHUNK):
        log_posterior = unlike[start : start + _CHUNK] @ table
        log_posterior += log_prior
        log_posterior -= log_posterior.max(axis=1, keepdims=True)
        mass = (
            np.exp(log_posterior, out=log_posterior)
            .reshape(len(log_posterior), len(grid.theta), -1)
            .sum(axis=2)
        )
        masses.append(mass / mass.sum(axis=1, keepdims=True))
    return np.concatenate(masses)[which.ravel()]


def limits(first: float, mass: Array) -> Array:
    """Return the equal-tailed 95 % limits of n distributions on one grid.

    Parameters
    ----------
    first : float
        First point of the grid in octaves.
    mass : array of float, shape (n, T)
        Masses.

    Returns
    -------
    array of float, shape (n, 2)
        Limits in octaves.
    """
    edges = first - THETA_STEP / 2 + THETA_STEP * np.arange(mass.shape[1] + 1)
    cumulative = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
    return np.array([np.interp([_TAIL, 1 - _TAIL], row, edges) for row in cumulative])


def capacity_coverage(
    design: Design, truths: dict[str, Truth], simulations: int = SIMULATIONS
) -> dict[str, Coverage]:
    """Return the coverage of the capacity interval in each scenario.

    Parameters
    ----------
    design : Design
        The design.
    truths : dict of str to Truth
        Scenarios by name.
    simulations : int, default 2000
        Simulated sweeps per scenario.

    Returns
    -------
    dict of str to Coverage
        Coverage and widths by scenario.
    """
    grid = make_grid(min(design.levels), max(design.levels))
    table = tables(design, grid)
    log_prior = grid.log_prior.ravel()
    coverages = {}
    for number, (name, truth) in enumerate(truths.items()):
        rng = np.random.default_rng([_SEED, number])
        theta = rng.uniform(*THETAS, size=simulations)
        counts = count_kinds(design, simulate_memorized(design, truth, theta, rng))
        ends = limits(grid.theta[0], posteriors(grid, counts, table, log_prior))
        inside = (ends[:, 0] <= theta) & (theta <= ends[:, 1])
        width = float(np.median(np.diff(ends)))
        oracle_width = _oracle_width(design, truth, grid, counts)
        coverages[name] = Coverage(float(inside.mean()), width, oracle_width)
    return coverages


def ratio_rejections(
    design: Design, truth: Truth, ratios: tuple[float, ...], simulations: int = SIMULATIONS
) -> Array:
    """Return the share of pairs of sweeps whose interval of the ratio excludes 1.

    Parameters
    ----------
    design : Design
        The design.
    truth : Truth
        The true model of both sweeps.
    ratios : tuple of float
        True ratios. At 1 the share is that of false alarms.
    simulations : int, default 2000
        Simulated pairs.

    Returns
    -------
    array of float, shape (ratios,)
        Shares.
    """
    grid = make_grid(min(design.levels), max(design.levels))
    table = tables(design, grid)
    log_prior = grid.log_prior.ravel()
    rng = generator("simulation", "ratio", design.name, truth.tau)
    theta = rng.uniform(*THETAS, size=simulations) - 0.25
    below = posteriors(
        grid, count_kinds(design, simulate_memorized(design, truth, theta, rng)), table, log_prior
    )
    rejected = []
    for ratio in ratios:
        counts = count_kinds(design, simulate_memorized(design, truth, theta + np.log2(ratio), rng))
        above = posteriors(grid, counts, table, log_prior)
        ends = limits(grid.theta[0] - grid.theta[-1], convolved(above, below))
        rejected.append(float(((ends[:, 0] > 0) | (ends[:, 1] < 0)).mean()))
    return np.array(rejected)


def convolved(numerators: Array, denominators: Array) -> Array:
    """Return the distribution of the difference of two quantities on one grid, for each row.

    Parameters
    ----------
    numerators, denominators : array of float, shape (n, T)
        Masses of the two quantities.

    Returns
    -------
    array of float, shape (n, 2 T - 1)
        Masses of the difference.

    Examples
    --------
    >>> even = np.array([[0.5, 0.5]])
    >>> convolved(even, even).tolist()
    [[0.25, 0.5, 0.25]]
    """
    width = numerators.shape[1] + denominators.shape[1] - 1
    spectrum = np.fft.rfft(numerators, width) * np.fft.rfft(denominators[:, ::-1], width)
    mass = np.maximum(np.fft.irfft(spectrum, width), 0.0)
    normalized: Array = mass / mass.sum(axis=1, keepdims=True)
    return normalized


def detectable(ratios: tuple[float, ...], rejections: Array, power: float = 0.8) -> float:
    """Return the smallest ratio that is detected with a given power.

    It is interpolated linearly in the logarithm of the ratio.

    Parameters
    ----------
    ratios : tuple of float
        True ratios in increasing order.
    rejections : array of float, shape (ratios,)
        Shares of rejections.
    power : float, default 0.8
        Power to reach.

    Returns
    -------
    float
        The ratio; NaN if the power is never reached, or already at the first ratio.

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
    """Return the median width of the interval if s, tau and lapse are known."""
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
