"""Capacity: the level memorized with probability 1/2 under the budget, from a grid posterior.

The definition and the rules are in the pre-registration of study 1, section 4
(docs/preregistration/study-1.md).
"""

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
from seqmem.core.python_arguments import argument_kinds

EQUAL = "="
AT_LEAST = ">="
AT_MOST = "<="
UNRESOLVED = "unresolved"
INTERVAL = 0.95
BEYOND = 0.025
CURVE_DRAWS = 2000
# Clusters whose likelihoods are kept, about a megabyte each.
_MOST_KNOWN = 128
_KNOWN: dict[tuple[float, float, Cluster], Array] = {}


@dataclass(frozen=True)
class Distribution:
    """A probability distribution of a log2 quantity, uniform within each cell of an even grid.

    Attributes
    ----------
    grid : array of float, shape (T,)
        Centres of the cells in octaves, 0.05 octaves apart.
    mass : array of float, shape (T,)
        Probability of each cell; the sum is 1.
    """

    grid: Array
    mass: Array

    def quantile(self, p: ArrayLike) -> Array:
        """Return quantiles in octaves.

        Parameters
        ----------
        p : float or array of float
            Probabilities.

        Returns
        -------
        array of float
            Quantiles, in the shape of `p`.

        Examples
        --------
        >>> even = Distribution(np.array([0.0, 0.05]), np.array([0.5, 0.5]))
        >>> even.quantile([0.5, 1.0]).round(3).tolist()
        [0.025, 0.075]
        """
        cumulative = np.concatenate([[0.0], np.cumsum(self.mass)])
        return np.asarray(np.interp(np.asarray(p, dtype=float), cumulative, self._edges()))

    def below(self, value: float) -> float:
        """Return the probability of a value below `value`.

        Parameters
        ----------
        value : float
            A value in octaves.

        Returns
        -------
        float
            The probability.
        """
        cumulative = np.concatenate([[0.0], np.cumsum(self.mass)])
        return float(np.interp(value, self._edges(), cumulative))

    def _edges(self) -> Array:
        return np.append(self.grid - THETA_STEP / 2, self.grid[-1] + THETA_STEP / 2)


@dataclass(frozen=True)
class Capacity:
    """Posterior of one cell's capacity under one budget, in the natural units of the level.

    Attributes
    ----------
    posterior : Distribution
        Distribution of theta = log2 capacity.
    lowest, highest : float
        The lowest and the highest level.
    median, low, high : float
        Posterior median and limits of the equal-tailed 95 % interval. The median is a finding only
        if the relation is "=".
    relation : str
        "=" if the levels bracket the capacity. ">=" if at least 2.5 % of the mass lies above the
        highest level; then only `low` is a finding. "<=" if as much lies below the lowest level;
        then only `high` is a finding. "unresolved" if both hold.
    runs, memorized, clusters : int
        Counts. A cluster is one search at one level.
    draws : array of float, shape (m, 4)
        Even sample of the joint posterior, with the columns theta, s, tau and lapse.
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

    @property
    def stated(self) -> float:
        """The value that `relation` holds for: the median, a limit, or NaN."""
        return stated_value(self.relation, self.median, self.low, self.high)

    def curve(self, levels: ArrayLike, interval: float = INTERVAL) -> tuple[Array, Array, Array]:
        """Return the posterior mean of P(memorized) at levels, with its pointwise band.

        Parameters
        ----------
        levels : array of float, shape (l,)
            Levels in natural units.
        interval : float, default 0.95
            Probability inside the equal-tailed band.

        Returns
        -------
        mean, low, high : arrays of float, shape (l,)
            Posterior mean and limits of the band.
        """
        theta, spread, tau, lapse = self.draws.T
        values = probability(theta, spread, tau, lapse, np.asarray(levels, dtype=float))
        low, high = np.quantile(values, [(1 - interval) / 2, (1 + interval) / 2], axis=0)
        return values.mean(axis=0), low, high


class Ratio(NamedTuple):
    """Ratio of two capacities.

    Attributes
    ----------
    median, low, high : float
        Median and limits of the equal-tailed 95 % interval.
    relation : str
        As in `Capacity`.
    log2 : Distribution
        Distribution of the log2 ratio.
    """

    median: float
    low: float
    high: float
    relation: str
    log2: Distribution

    @property
    def stated(self) -> float:
        """The value that `relation` holds for: the median, a limit, or NaN."""
        return stated_value(self.relation, self.median, self.low, self.high)


class Reading(NamedTuple):
    """A level read off a curve.

    Attributes
    ----------
    level : float
        The level in natural units.
    relation : str
        "=" if the curve crosses the threshold within the levels, otherwise ">=", "<=" or
        "unresolved".
    """

    level: float
    relation: str


def stated_value(relation: str, median: float, low: float, high: float) -> float:
    """Return the value that a relation holds for.

    Parameters
    ----------
    relation : str
        As in `Capacity`.
    median, low, high : float
        Posterior median and limits of the interval.

    Returns
    -------
    float
        The median if the levels bracket the quantity. Otherwise the limit that they set; NaN if
        they set none.

    Examples
    --------
    >>> stated_value("=", 76.2, 63.4, 90.9), stated_value(">=", 653.6, 392.0, 1800.0)
    (76.2, 392.0)
    """
    return {EQUAL: median, AT_LEAST: low, AT_MOST: high}.get(relation, float("nan"))


@argument_kinds()
def estimate_capacity(
    levels: ArrayLike, searches: Sequence[object] | NDArray, memorized: ArrayLike
) -> Capacity:
    """Estimate a capacity from confirmation runs.

    The model is in `psychometric`; the posterior is computed on its grid.

    Parameters
    ----------
    levels : array of float, shape (n,)
        Level of each run's string in natural units, greater than 0.
    searches : sequence of n labels
        Independent search of each run. Runs with equal labels at one level form one cluster.
    memorized : array of bool, shape (n,)
        Whether each run memorized its string.

    Returns
    -------
    Capacity
        The posterior with its median, interval and relation.

    Raises
    ------
    ValueError
        If there are no runs, lengths differ, or a level is not positive and finite.

    Examples
    --------
    >>> levels = np.repeat([16, 32, 64, 128], 8)
    >>> capacity = estimate_capacity(levels, np.zeros(32), levels <= 32)
    >>> capacity.relation, round(capacity.median)
    ('=', 45)
    """
    levels = np.asarray(levels, dtype=float)
    memorized = np.asarray(memorized, dtype=bool)
    if not len(levels) == len(searches) == len(memorized):
        raise ValueError(
            f"unequal lengths: {len(levels)} levels, {len(searches)} searches, "
            f"{len(memorized)} memorized"
        )
    if not len(levels):
        raise ValueError("no runs to estimate a capacity from")
    if not (np.isfinite(levels) & (levels > 0)).all():
        raise ValueError(
            f"levels must be positive and finite, got {levels.min()} to {levels.max()}"
        )
    return _solve(_tally(levels.tolist(), list(searches), memorized.tolist()))


@argument_kinds()
def capacity_ratio(numerator: Capacity, denominator: Capacity) -> Ratio:
    """Return the ratio of two capacities by convolving their posteriors.

    The calculation ignores that the runs are paired by string, so its interval is conservative.

    Parameters
    ----------
    numerator, denominator : Capacity
        The two capacities.

    Returns
    -------
    Ratio
        Median, interval, relation and log2 distribution.

    Examples
    --------
    >>> levels = np.repeat([16, 32, 64, 128], 8)
    >>> capacity = estimate_capacity(levels, np.zeros(32), levels <= 32)
    >>> round(capacity_ratio(capacity, capacity).median, 6)
    1.0
    """
    above = numerator.posterior
    below = denominator.posterior
    mass = np.convolve(above.mass, below.mass[::-1])
    grid = above.grid[0] - below.grid[-1] + THETA_STEP * np.arange(len(mass))
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


@argument_kinds()
def continuous_reading(levels: ArrayLike, fractions: ArrayLike, threshold: float = 0.9) -> Reading:
    """Return the level at which the mean stored fraction falls to a threshold for good.

    The level is interpolated linearly in log2 level.

    Parameters
    ----------
    levels : array of float, shape (n,)
        Level of each run in natural units.
    fractions : array of float, shape (n,)
        Stored fraction of each run.
    threshold : float, default 0.9
        Threshold of the mean.

    Returns
    -------
    Reading
        Level and relation. Without runs, the level is NaN and the relation "unresolved".

    Raises
    ------
    ValueError
        If a fraction is not finite.

    Examples
    --------
    >>> continuous_reading([16, 64, 256], [1.0, 1.0, 0.8])
    Reading(level=128.0, relation='=')
    >>> continuous_reading([16, 64], [1.0, 0.95])
    Reading(level=64.0, relation='>=')
    """
    levels = np.asarray(levels, dtype=float)
    fractions = np.asarray(fractions, dtype=float)
    if not np.isfinite(fractions).all():
        raise ValueError("stored fractions must be finite; leave out runs without one")
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
    x = np.log2(ladder[last : last + 2])
    y = means[last : last + 2]
    return Reading(float(2 ** (x[0] + (x[1] - x[0]) * (y[0] - threshold) / (y[0] - y[1]))), EQUAL)


def _tally(
    levels: list[float], searches: list[object], memorized: list[bool]
) -> tuple[tuple[Cluster, int], ...]:
    """Return the distinct (level, runs, memorized) clusters with their counts, sorted."""
    runs = Counter(zip(levels, searches, strict=True))
    hits = Counter(
        key for key, hit in zip(zip(levels, searches, strict=True), memorized, strict=True) if hit
    )
    return tuple(sorted(Counter(Cluster(key[0], n, hits[key]) for key, n in runs.items()).items()))


@lru_cache(maxsize=256)
def _solve(tally: tuple[tuple[Cluster, int], ...]) -> Capacity:
    clusters = [cluster for cluster, _ in tally]
    counts = np.array([count for _, count in tally], dtype=float)
    lowest = clusters[0].level
    highest = clusters[-1].level
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
    """Return `log_likelihoods`, with known clusters of the same ladder taken from memory.

    Budgets share most of their clusters.
    """
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
    """Return a systematic sample of the joint grid.

    It consists of the points where the cumulated mass passes (i + 1/2) / CURVE_DRAWS.
    """
    targets = (np.arange(CURVE_DRAWS) + 0.5) / CURVE_DRAWS
    cumulative = np.cumsum(weights.ravel())
    flat = np.searchsorted(cumulative / cumulative[-1], targets)
    positions = np.unravel_index(flat, weights.shape)
    return np.column_stack([axis[i] for axis, i in zip([*axes, LAPSES], positions, strict=True)])
