"""Capacity: the level memorized with probability 1/2 under the budget, with an interval from a grid posterior."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqmem.analysis.estimators.psychometric import (
    LAPSES,
    THETA_STEP,
    Cluster,
    Grid,
    log_likelihoods,
    make_grid,
    probability,
)
from seqmem.core.arrays import Array

EQUAL, AT_LEAST, AT_MOST, UNRESOLVED = "=", ">=", "<=", "unresolved"
INTERVAL = 0.95
BEYOND = 0.025
CURVE_DRAWS = 2000
# About a megabyte each.
_MOST_KNOWN = 128
_KNOWN: dict[tuple[float, float, Cluster], Array] = {}


@dataclass(frozen=True)
class Distribution:
    """A probability distribution of a log2 quantity, uniform within each cell of an even grid.

    Attributes
    ----------
    grid : (T,) centres of the cells, step 0.05 octaves.
    mass : (T,) probability of each cell; sums to 1.
    """

    grid: Array
    mass: Array

    def quantile(self, p: ArrayLike) -> Array:
        """Quantiles in octaves, same shape as `p`."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.mass)])
        return np.asarray(np.interp(np.asarray(p, dtype=float), cumulative, self._edges()))

    def below(self, value: float) -> float:
        """Probability of lying below `value` (octaves)."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.mass)])
        return float(np.interp(value, self._edges(), cumulative))

    def _edges(self) -> Array:
        return np.append(self.grid - THETA_STEP / 2, self.grid[-1] + THETA_STEP / 2)


@dataclass(frozen=True)
class Capacity:
    """Posterior of one cell's capacity under one budget, in the natural units of the level.

    Attributes
    ----------
    posterior : distribution of theta = log2 capacity; levels run from `lowest` to `highest`.
    median, low, high : posterior median and equal-tailed 95 % interval.
    relation : "=" where the levels bracket the capacity. ">=" where at least 2.5 % of the mass lies above the highest
        level: only `low` is then a finding. "<=" likewise below the lowest: only `high` is. "unresolved": both.
    runs, memorized, clusters : counts behind it; a cluster is one search at one level.
    draws : (m, 4) even sample of the joint posterior, columns theta, s, tau, lapse.
    """

    posterior: Distribution
    lowest: float
    highest: float
    median: float
    low: float
    high: float
    relation: str
    runs: int
    memorized: int
    clusters: int
    draws: Array = field(repr=False)

    def curve(self, levels: ArrayLike, interval: float = INTERVAL) -> tuple[Array, Array, Array]:
        """Posterior mean of P(memorized) at `levels` (l,) and its pointwise equal-tailed band: three (l,) arrays."""
        theta, spread, tau, lapse = self.draws.T
        values = probability(theta, spread, tau, lapse, np.asarray(levels, dtype=float))
        low, high = np.quantile(values, [(1 - interval) / 2, (1 + interval) / 2], axis=0)
        return values.mean(axis=0), low, high


class Ratio(NamedTuple):
    """Ratio of two capacities: median, equal-tailed 95 % interval, relation as in `Capacity`, log2 distribution."""

    median: float
    low: float
    high: float
    relation: str
    log2: Distribution


class Reading(NamedTuple):
    """A level read off a curve; relation ">=" or "<=" where the curve does not cross within the levels."""

    level: float
    relation: str


def estimate_capacity(
    levels: ArrayLike, searches: Sequence[object] | NDArray, memorized: ArrayLike
) -> Capacity:
    """Estimate a capacity from one entry per confirmation run.

    Parameters
    ----------
    levels : (n,) level of each run's string, natural units, > 0.
    searches : (n,) label of the independent search; equal labels at one level are one cluster.
    memorized : (n,) booleans.

    Raises
    ------
    ValueError
        No runs, unequal lengths, or a level that is not a positive finite number.

    Examples
    --------
    >>> levels = np.repeat([16, 32, 64, 128], 8)
    >>> found = estimate_capacity(levels, np.zeros(32), levels <= 32)
    >>> found.relation, round(found.median)
    ('=', 45)
    """
    levels, memorized = np.asarray(levels, dtype=float), np.asarray(memorized, dtype=bool)
    if not len(levels) == len(searches) == len(memorized):
        raise ValueError(
            f"unequal lengths: {len(levels)} levels, {len(searches)} searches, {len(memorized)} memorized"
        )
    if not len(levels):
        raise ValueError("no runs to estimate a capacity from")
    if not (np.isfinite(levels) & (levels > 0)).all():
        raise ValueError(
            f"levels must be positive and finite, got {levels.min()} to {levels.max()}"
        )
    return _solve(_tally(levels.tolist(), list(searches), memorized.tolist()))


def capacity_ratio(numerator: Capacity, denominator: Capacity) -> Ratio:
    """Ratio of two capacities by convolving their posteriors; ignores pairing by string, so it is conservative."""
    a, b = numerator.posterior, denominator.posterior
    mass = np.convolve(a.mass, b.mass[::-1])
    grid = a.grid[0] - b.grid[-1] + THETA_STEP * np.arange(len(mass))
    ratio = Distribution(grid, mass / mass.sum())
    low, median, high = np.exp2(
        ratio.quantile([(1 - INTERVAL) / 2, 0.5, (1 + INTERVAL) / 2])
    ).tolist()
    up = numerator.relation in (AT_LEAST, UNRESOLVED) or denominator.relation in (
        AT_MOST,
        UNRESOLVED,
    )
    down = numerator.relation in (AT_MOST, UNRESOLVED) or denominator.relation in (
        AT_LEAST,
        UNRESOLVED,
    )
    return Ratio(median, low, high, _relation(down, up), ratio)


def continuous_reading(levels: ArrayLike, fractions: ArrayLike, threshold: float = 0.9) -> Reading:
    """Level at which the mean of `fractions` falls to `threshold` for good, interpolated linearly in log2 level.

    Parameters
    ----------
    levels, fractions : (n,) level and stored fraction of each run. No run at all gives NaN, "unresolved".

    Raises
    ------
    ValueError
        A fraction is not finite.

    Examples
    --------
    >>> continuous_reading([16, 64, 256], [1.0, 1.0, 0.8])
    Reading(level=128.0, relation='=')
    >>> continuous_reading([16, 64], [1.0, 0.95])
    Reading(level=64.0, relation='>=')
    """
    levels, fractions = np.asarray(levels, dtype=float), np.asarray(fractions, dtype=float)
    if not np.isfinite(fractions).all():
        raise ValueError("stored fractions must be finite")
    if not len(levels):
        return Reading(float("nan"), UNRESOLVED)
    ladder, index = np.unique(levels, return_inverse=True)
    means = np.bincount(index, fractions) / np.bincount(index)
    over = np.flatnonzero(means >= threshold)
    if not len(over):
        return Reading(float(ladder[0]), AT_MOST)
    last = over[-1]
    if last == len(ladder) - 1 or means[last] == threshold:
        return Reading(float(ladder[last]), EQUAL if means[last] == threshold else AT_LEAST)
    x, y = np.log2(ladder[last : last + 2]), means[last : last + 2]
    return Reading(float(2 ** (x[0] + (x[1] - x[0]) * (y[0] - threshold) / (y[0] - y[1]))), EQUAL)


def _tally(
    levels: list[float], searches: list[object], memorized: list[bool]
) -> tuple[tuple[Cluster, int], ...]:
    """Distinct (level, runs, memorized) clusters and how many clusters each stands for, sorted."""
    runs = Counter(zip(levels, searches, strict=True))
    hits = Counter(
        key for key, hit in zip(zip(levels, searches, strict=True), memorized, strict=True) if hit
    )
    return tuple(sorted(Counter(Cluster(key[0], n, hits[key]) for key, n in runs.items()).items()))


@lru_cache(maxsize=256)
def _solve(tally: tuple[tuple[Cluster, int], ...]) -> Capacity:
    clusters, counts = (
        [cluster for cluster, _ in tally],
        np.array([count for _, count in tally], dtype=float),
    )
    lowest, highest = clusters[0].level, clusters[-1].level
    grid = make_grid(lowest, highest)
    log_posterior = grid.log_prior + np.tensordot(
        counts, _tabled(grid, lowest, highest, clusters), axes=1
    )
    weights = np.exp(log_posterior - log_posterior.max())
    weights /= weights.sum()
    posterior = Distribution(grid.theta, weights.sum(axis=(1, 2, 3)))
    low, median, high = np.exp2(
        posterior.quantile([(1 - INTERVAL) / 2, 0.5, (1 + INTERVAL) / 2])
    ).tolist()
    down = posterior.below(float(np.log2(lowest))) >= BEYOND
    up = 1 - posterior.below(float(np.log2(highest))) >= BEYOND
    return Capacity(
        posterior, lowest, highest, median, low, high, _relation(down, up),
        runs=sum(cluster.runs * count for cluster, count in tally),
        memorized=sum(cluster.memorized * count for cluster, count in tally),
        clusters=int(counts.sum()),
        draws=_even_sample(weights, [grid.theta, grid.spread, grid.tau]),
    )  # fmt: skip


def _tabled(grid: Grid, lowest: float, highest: float, clusters: list[Cluster]) -> Array:
    """`log_likelihoods`, those of clusters met before on the same ladder from memory: budgets share most of them."""
    missing = [cluster for cluster in clusters if (lowest, highest, cluster) not in _KNOWN]
    for cluster, values in zip(missing, log_likelihoods(grid, missing), strict=True):
        _KNOWN[lowest, highest, cluster] = values.copy()
    table = np.stack([_KNOWN[lowest, highest, cluster] for cluster in clusters])
    for oldest in list(_KNOWN)[:-_MOST_KNOWN]:
        del _KNOWN[oldest]
    return table


def _relation(open_below: bool, open_above: bool) -> str:
    if open_below and open_above:
        return UNRESOLVED
    return AT_LEAST if open_above else AT_MOST if open_below else EQUAL


def _even_sample(weights: Array, axes: list[Array]) -> Array:
    """Systematic sample of the joint grid: the points at which the cumulated mass passes (i + 1/2) / CURVE_DRAWS."""
    targets = (np.arange(CURVE_DRAWS) + 0.5) / CURVE_DRAWS
    cumulative = np.cumsum(weights.ravel())
    flat = np.searchsorted(cumulative / cumulative[-1], targets)
    positions = np.unravel_index(flat, weights.shape)
    return np.column_stack([axis[i] for axis, i in zip([*axes, LAPSES], positions, strict=True)])
