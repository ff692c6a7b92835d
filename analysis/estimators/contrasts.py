"""Contrasts with clustered t intervals.

The independent unit is the cluster: one search at one (alphabet, level). All strings of a search
share its luck. Intervals over strings alone would therefore reject a comparison of a cell with
itself far too often (pre-registration of study 1, section 2, docs/preregistration/study-1.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from seqmem.core.argument_kinds import PROPORTION
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import generator

PLAIN = 0.95
COMPARATIVE_CLAIMS = 8
BONFERRONI = 1 - (1 - PLAIN) / COMPARATIVE_CLAIMS
_MAX_T_DRAWS = 400_000


class Contrast(NamedTuple):
    """An estimate with the quantities that its t interval needs.

    Attributes
    ----------
    estimate : float
        Mean over strata of the mean over their clusters.
    error : float
        Standard error; NaN if no stratum has two clusters.
    freedom : float
        Degrees of freedom: clusters - strata. Welch's are no whole number.
    clusters, strata, values : int
        Counts.
    """

    estimate: float
    error: float
    freedom: float
    clusters: int
    strata: int
    values: int

    def interval(self, confidence: float = PLAIN) -> tuple[float, float]:
        """Return the limits of the t interval.

        Parameters
        ----------
        confidence : float, default 0.95
            Coverage of the interval.

        Returns
        -------
        low, high : float
            The limits; NaN without degrees of freedom.

        Examples
        --------
        >>> [round(limit, 4) for limit in Contrast(1.0, 0.5, 4, 6, 2, 48).interval()]
        [-0.3882, 2.3882]
        """
        if self.freedom < 1 or not np.isfinite(self.error):
            return float("nan"), float("nan")
        half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.estimate - half, self.estimate + half

    def p_value_beyond(self, margin: float) -> float:
        """Return the p value of the hypothesis that the true value is at most the margin.

        It is twice the one-sided value of the t statistic, so it is below 1 - c exactly if the
        lower limit of `interval(c)` exceeds the margin.

        Parameters
        ----------
        margin : float
            Largest value under the hypothesis.

        Returns
        -------
        float
            At most 1; NaN without degrees of freedom.

        Examples
        --------
        >>> contrast = Contrast(1.0, 0.5, 4, 6, 2, 48)
        >>> low, high = contrast.interval(0.9)
        >>> round(contrast.p_value_beyond(low), 6), contrast.p_value_beyond(1.0)
        (0.1, 1.0)
        """
        if self.freedom < 1 or not np.isfinite(self.error):
            return float("nan")
        above = margin - self.estimate
        statistic = above / self.error if self.error > 0 else np.copysign(np.inf, above)
        return min(1.0, 2 * float(stdtr(self.freedom, statistic)))


class ClusterMeans(NamedTuple):
    """Means of clusters.

    Attributes
    ----------
    means : array of float, shape (c, d)
        Mean of the values of each cluster.
    strata : array of int, shape (c,)
        Stratum of each cluster, as a number from 0.
    """

    means: Array
    strata: NDArray[np.int64]


def cluster_means(
    values: ArrayLike, strata: Sequence[object], clusters: Sequence[object]
) -> ClusterMeans:
    """Return the mean of the values of each cluster, clusters in sorted order.

    Parameters
    ----------
    values : array of float, shape (n,) or (n, d)
        Values of the strings. Rows with a NaN are left out.
    strata : sequence of n labels
        Strata, such as (alphabet, level).
    clusters : sequence of n labels
        Searches. Equal labels in different strata are different clusters.

    Returns
    -------
    ClusterMeans
        Means and strata of the clusters.

    Examples
    --------
    >>> cluster_means([1.0, 3.0, 4.0], ["16", "16", "64"], [0, 0, 0]).means.tolist()
    [[2.0], [4.0]]
    """
    table = np.asarray(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    known = np.isfinite(table).all(axis=1)
    keys = [(str(stratum), str(search)) for stratum, search in zip(strata, clusters, strict=True)]
    used = [key for key, use in zip(keys, known, strict=True) if use]
    names = sorted(set(used))
    position = {name: number for number, name in enumerate(names)}
    index = np.array([position[key] for key in used], dtype=int)
    counts = np.bincount(index, minlength=len(names))
    sums = np.column_stack([np.bincount(index, column, len(names)) for column in table[known].T])
    order = {
        stratum: number for number, stratum in enumerate(sorted({stratum for stratum, _ in names}))
    }
    stratum_numbers = np.array([order[stratum] for stratum, _ in names], dtype=np.int64)
    return ClusterMeans(sums / counts[:, None], stratum_numbers)


@argument_kinds()
def clustered_contrast(
    values: ArrayLike, strata: Sequence[object], clusters: Sequence[object]
) -> Contrast:
    """Return the mean over clusters within strata, with equal weight for every stratum.

    The variance is pooled within strata, so differences between levels do not count as noise. The
    degrees of freedom are clusters - strata.

    Parameters
    ----------
    values : array of float, shape (n,)
        One value per string, such as rho. NaN is left out.
    strata, clusters : sequence of n labels
        See `cluster_means`.

    Returns
    -------
    Contrast
        The estimate with its standard error and counts.

    Examples
    --------
    >>> contrast = clustered_contrast([1.0, 3.0, 4.0, 8.0], ["16", "16", "64", "64"], [0, 1, 0, 1])
    >>> contrast.estimate, round(contrast.error, 4), contrast.freedom
    (4.0, 1.118, 2)
    """
    means, index = cluster_means(values, strata, clusters)
    count = int(np.isfinite(np.asarray(values, dtype=float)).sum())
    if not len(means):
        return Contrast(float("nan"), float("nan"), 0, 0, 0, 0)
    estimate, errors, freedom = _pooled(means, index)
    error = float(errors[0]) if freedom else float("nan")
    return Contrast(float(estimate[0]), error, freedom, len(means), int(index.max()) + 1, count)


@argument_kinds(confidence=PROPORTION)
def max_t_intervals(
    values: ArrayLike,
    strata: Sequence[object],
    clusters: Sequence[object],
    confidence: float = PLAIN,
) -> tuple[Array, Array, Array, int]:
    """Return simultaneous intervals of d contrasts.

    The critical value is the quantile of the largest absolute t of d uncorrelated contrasts
    (single-step max-t). By Sidak's inequality it suffices for any correlations. Intervals with
    estimated correlations cover too little with so few clusters (docs/methods.md).

    Parameters
    ----------
    values : array of float, shape (n, d)
        One row per string. Rows with a NaN are left out.
    strata, clusters : sequence of n labels
        See `cluster_means`.
    confidence : float, default 0.95
        Probability that all intervals hold.

    Returns
    -------
    estimates, low, high : arrays of float, shape (d,)
        Estimates and limits; NaN limits without degrees of freedom.
    freedom : int
        Degrees of freedom.

    Examples
    --------
    >>> values = [[1.0, 2.0], [3.0, 2.0], [2.0, 5.0]]
    >>> estimates, low, high, freedom = max_t_intervals(values, [0, 0, 0], [0, 1, 2])
    >>> estimates.tolist(), freedom
    ([2.0, 3.0], 2)
    >>> bool(np.all(low < estimates) and np.all(estimates < high))
    True
    """
    table = np.asarray(values, dtype=float)
    means, index = cluster_means(table, strata, clusters)
    width = table.shape[1]
    missing = np.full(width, np.nan)
    if not len(means):
        return missing, missing, missing, 0
    estimate, errors, freedom = _pooled(means, index)
    if not freedom:
        return estimate, missing, missing, 0
    half = largest_t(width, freedom, confidence) * errors
    return estimate, estimate - half, estimate + half, freedom


@lru_cache(maxsize=256)
def largest_t(contrasts: int, freedom: int, confidence: float) -> float:
    """Return the quantile of the largest |t| of uncorrelated contrasts with a common scale.

    This is the studentized maximum modulus, computed from 400,000 seeded draws.

    Parameters
    ----------
    contrasts : int
        Number of contrasts.
    freedom : int
        Degrees of freedom of the common scale.
    confidence : float
        Probability.

    Returns
    -------
    float
        The quantile.

    Examples
    --------
    >>> round(largest_t(3, 10, 0.95), 1)  # 2.83: Hochberg and Tamhane 1987, table 7
    2.8
    """
    rng = generator("analysis", "max-t")
    normal = rng.standard_normal((_MAX_T_DRAWS, contrasts))
    scaled = np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(freedom, _MAX_T_DRAWS) / freedom)
    return float(np.quantile(scaled, confidence))


def _pooled(means: Array, strata: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Return the mean of stratum means (d,), its standard error (d,) and the degrees of freedom."""
    count = int(strata.max()) + 1
    sizes = np.bincount(strata, minlength=count)
    centres = np.column_stack([np.bincount(strata, column, count) / sizes for column in means.T])
    freedom = len(means) - count
    variance = ((means - centres[strata]) ** 2).sum(axis=0) / max(freedom, 1)
    return centres.mean(axis=0), np.sqrt(variance * (1 / sizes).sum()) / count, freedom


class MeanInterval(NamedTuple):
    """Means with their t intervals.

    Attributes
    ----------
    mean : array of float, shape (m,)
        The means.
    low, high : array of float, shape (m,)
        Limits of the intervals.
    unit : str
        Unit of resampling, "search" or "string".
    units : int
        Number of units.
    """

    mean: Array
    low: Array
    high: Array
    unit: str
    units: int


def clustered_mean(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object], interval: float = 0.95
) -> MeanInterval:
    """Return the mean of search means with a t interval over searches, for each column.

    A single search cannot show how searches differ. The interval is then over its strings, and
    `unit` says so.

    Parameters
    ----------
    values : array of float, shape (n, m)
        One row per run. A NaN makes the mean of its column NaN.
    searches, strings : sequence of n labels
        Independent search and string of each run.
    interval : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    MeanInterval
        Means and limits. A single string gives NaN limits.

    Examples
    --------
    >>> result = clustered_mean([[0.4], [0.6], [0.8], [1.0]], ["a", "a", "b", "b"], [1, 2, 3, 4])
    >>> result.mean.round(3).tolist(), result.unit, result.units
    ([0.7], 'search', 2)
    """
    by_search = len(set(searches)) > 1
    units = _means_by_label(np.asarray(values, dtype=float), searches if by_search else strings)
    mean = units.mean(axis=0)
    half = _half_width(units, interval)
    unit = "search" if by_search else "string"
    return MeanInterval(mean, mean - half, mean + half, unit, len(units))


def _means_by_label(values: Array, labels: Sequence[object]) -> Array:
    """Return the mean of the rows of each label, labels in sorted order, shape (labels, m)."""
    order = {key: i for i, key in enumerate(sorted(set(labels), key=str))}
    index = np.array([order[key] for key in labels])
    return np.array([values[index == i].mean(axis=0) for i in range(len(order))])


def _half_width(units: Array, interval: float) -> Array:
    """Return the half-width of the t interval of the mean over rows; NaN for one row."""
    if len(units) < 2:
        return np.full(units.shape[1:], np.nan)
    quantile = float(stdtrit(len(units) - 1, (1 + interval) / 2))
    half: Array = quantile * units.std(axis=0, ddof=1) / np.sqrt(len(units))
    return half
