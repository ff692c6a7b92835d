"""The grid on which the capacity posterior is computed: its axes, its prior and its likelihood.

The model is that of psignifit 4 in spirit (Schütt, Harmeling, Macke, Wichmann, Vision Research 122, 2016), with
guess rate 0 and a random shift per cluster (one search at one level):

    P(memorized | x) = (1 - lapse) * logistic((theta + u - x) / s),    u ~ N(0, tau^2),    x = log2 level.
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
    """One search at one level: `memorized` of `runs` runs memorized a string of `level` (natural units)."""

    level: float
    runs: int
    memorized: int


@dataclass(frozen=True)
class Grid:
    """Axes of the posterior, in the order (theta, s, tau, lapse), and the log prior over all of them.

    Attributes
    ----------
    theta : (T,) capacity in log2 level, step 0.05, from 1.5 octaves below the ladder to 1.5 above.
    spread : (S,) slope parameter s in octaves.
    tau : (U,) standard deviation between clusters, in octaves.
    log_prior : (T, S, U, L) natural logarithm, unnormalized; L lapse rates are `LAPSES`.
    """

    theta: Array
    spread: Array
    tau: Array
    log_prior: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.log_prior.shape


def make_grid(low: float, high: float, spreads: int = 11, taus: int = 9) -> Grid:
    """Lay the grid over a ladder of levels from `low` to `high` (natural units, low <= high).

    ln s covers its prior N(ln 0.25, 0.8^2) to 2.5 standard deviations, tau covers [0, 1] with trapezoid weights.
    The default numbers of points place quantiles of theta within 0.002 octaves of those of a grid of 25 x 25.

    Examples
    --------
    >>> make_grid(16, 64).theta[[0, -1]].round(2).tolist()
    [2.5, 7.5]
    """
    first, last = np.log2(low) - THETA_MARGIN, np.log2(high) + THETA_MARGIN
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
    """Log likelihood of each cluster at every grid point, the cluster's shift u integrated out.

    Returns
    -------
    (len(clusters), T, S, U, L) array. Values below ln(1e-300), met only in far corners of the grid, are raised to it.
    """
    table = np.empty((len(clusters), *grid.shape))
    for level in sorted({cluster.level for cluster in clusters}):
        rows = [i for i, cluster in enumerate(clusters) if cluster.level == level]
        z = _arguments(grid, level)
        hit, miss, log_hit, log_miss = expit(z), expit(-z), log_expit(z), log_expit(-z)
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
    """(theta + u - x) / s at every Gauss-Hermite node: shape (T, S, U, 15)."""
    shift = grid.tau[:, None] * _HERMITE_NODES
    distance: Array = grid.theta[:, None, None] - np.log2(level) + shift
    return distance[:, None] / grid.spread[:, None, None]


def probability(theta: Array, spread: Array, tau: Array, lapse: Array, levels: Array) -> Array:
    """P(memorized) averaged over clusters, for m parameter vectors (each (m,)) at levels (l,): shape (m, l).

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
