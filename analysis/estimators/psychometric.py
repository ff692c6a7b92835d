"""The grid on which the capacity posterior is computed: its axes, prior and likelihood.

The model follows psignifit 4 (Schütt, Harmeling, Macke, Wichmann, Vision Research 122, 2016). The
guess rate is 0. Each cluster, one search at one level, has a random shift u:

    P(memorized | x) = (1 - lapse) * logistic((theta + u - x) / s), u ~ N(0, tau^2),    x = log2
    level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_expit

from seqmem.core.arrays import Array

THETA_STEP = 0.05
THETA_MARGIN = 1.5
SPREAD_MEDIAN = 0.25
SPREAD_LOG_SD = 0.8
TAU_SCALE = 0.4
LAPSES = np.array([0.0, 0.01, 0.03, 0.07, 0.12])
LAPSE_WEIGHTS = np.array([0.3, 0.3, 0.2, 0.15, 0.05])
_HERMITE_NODES, _HERMITE_WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_HERMITE_WEIGHTS = _HERMITE_WEIGHTS / _HERMITE_WEIGHTS.sum()
_SMALLEST = 1e-300


class Cluster(NamedTuple):
    """One search at one level.

    Attributes
    ----------
    level : float
        Level in natural units.
    runs : int
        Number of runs.
    memorized : int
        Number of runs that memorized their string.
    """

    level: float
    runs: int
    memorized: int


@dataclass(frozen=True)
class Grid:
    """Axes of the posterior, in the order (theta, s, tau, lapse), with the log prior.

    Attributes
    ----------
    theta : array of float, shape (T,)
        Capacity as a log2 level, in steps of 0.05, from 1.5 octaves below the levels to 1.5 above.
    spread : array of float, shape (S,)
        Slope parameter s in octaves.
    tau : array of float, shape (U,)
        Standard deviation between clusters in octaves.
    log_prior : array of float, shape (T, S, U, L)
        Natural logarithm of the prior, not normalized. The L lapse rates are `LAPSES`.
    """

    theta: Array
    spread: Array
    tau: Array
    log_prior: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of points along the four axes."""
        return self.log_prior.shape


def make_grid(low: float, high: float, spreads: int = 11, taus: int = 9) -> Grid:
    """Make the grid for levels from `low` to `high`.

    ln s covers its prior N(ln 0.25, 0.8^2) to 2.5 standard deviations. tau covers [0, 1] with
    trapezoid weights. With the default numbers of points, quantiles of theta are within 0.002
    octaves of those on a grid of 25 x 25.

    Parameters
    ----------
    low, high : float
        Lowest and highest level in natural units, low <= high.
    spreads : int, default 11
        Number of values of s.
    taus : int, default 9
        Number of values of tau.

    Returns
    -------
    Grid
        The axes and the log prior.

    Examples
    --------
    >>> make_grid(16, 64).theta[[0, -1]].round(2).tolist()
    [2.5, 7.5]
    """
    first = np.log2(low) - THETA_MARGIN
    last = np.log2(high) + THETA_MARGIN
    count = int(np.ceil((last - first) / THETA_STEP - 1e-6)) + 1
    z = np.linspace(-2.5, 2.5, spreads)
    tau = np.linspace(0.0, 1.0, taus)
    tau_weight = np.exp(-0.5 * (tau / TAU_SCALE) ** 2)
    tau_weight[[0, -1]] *= 0.5
    prior = -0.5 * z[:, None, None] ** 2 + np.log(tau_weight)[:, None] + np.log(LAPSE_WEIGHTS)
    return Grid(
        theta=first + THETA_STEP * np.arange(count),
        spread=SPREAD_MEDIAN * np.exp(SPREAD_LOG_SD * z),
        tau=tau,
        log_prior=np.broadcast_to(prior, (count, *prior.shape)),
    )


def log_likelihoods(grid: Grid, clusters: list[Cluster]) -> Array:
    """Return the log likelihood of each cluster at every grid point, integrated over its shift u.

    Parameters
    ----------
    grid : Grid
        The grid.
    clusters : list of c Cluster
        The clusters.

    Returns
    -------
    array of float, shape (c, T, S, U, L)
        Natural logarithms. Values below ln(1e-300), which occur only in far corners of the grid,
        are raised to it.
    """
    table = np.empty((len(clusters), *grid.shape))
    for level in sorted({cluster.level for cluster in clusters}):
        rows = [i for i, cluster in enumerate(clusters) if cluster.level == level]
        z = _arguments(grid, level)
        hit = expit(z)
        miss = expit(-z)
        log_hit = log_expit(z)
        log_miss = log_expit(-z)
        for column, lapse in enumerate(LAPSES):
            if lapse:
                log_miss = np.log(miss + lapse * hit)
            for row in rows:
                _, runs, hits = clusters[row]
                density = np.exp(hits * log_hit + (runs - hits) * log_miss) @ _HERMITE_WEIGHTS
                table[row, ..., column] = np.log(np.maximum(density, _SMALLEST)) + hits * np.log1p(
                    -lapse
                )
    return table


def _arguments(grid: Grid, level: float) -> Array:
    """Return (theta + u - x) / s at every Gauss-Hermite node, shape (T, S, U, 15)."""
    shift = grid.tau[:, None] * _HERMITE_NODES
    distance: Array = grid.theta[:, None, None] - np.log2(level) + shift
    return distance[:, None] / grid.spread[:, None, None]


def probability(theta: Array, spread: Array, tau: Array, lapse: Array, levels: Array) -> Array:
    """Return P(memorized), averaged over clusters, of m parameter vectors at levels.

    Parameters
    ----------
    theta, spread, tau, lapse : array of float, shape (m,)
        Parameters of the model, see `Grid`.
    levels : array of float, shape (l,)
        Levels in natural units.

    Returns
    -------
    array of float, shape (m, l)
        Probabilities.

    Examples
    --------
    >>> one = np.ones(1)
    >>> probability(5 * one, 0.25 * one, 0 * one, 0 * one, np.array([32.0])).tolist()
    [[0.5]]
    """
    shift = theta[:, None] + tau[:, None] * _HERMITE_NODES
    z = (shift[:, None, :] - np.log2(levels)[:, None]) / spread[:, None, None]
    hit: Array = expit(z) @ _HERMITE_WEIGHTS
    return (1 - lapse)[:, None] * hit
