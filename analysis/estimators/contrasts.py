"""Contrasts with clustered t intervals: one estimate, its interval, and what it must exceed.

The unit is the cluster: one independent search at one (alphabet, level). Strings within a search share its luck, so
intervals over strings alone reject a comparison of a cell with itself far too often (METHODS section 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

PLAIN = 0.95
COMPARATIVE_CLAIMS = 8
BONFERRONI = 1 - (1 - PLAIN) / COMPARATIVE_CLAIMS
_MAX_T_DRAWS = 400_000


class Contrast(NamedTuple):
    """An estimate with what its t interval needs.

    Attributes
    ----------
    estimate : mean over strata of the mean over their clusters.
    error : standard error; NaN where no stratum has two clusters.
    freedom : degrees of freedom, clusters - strata.
    clusters, strata, values : counts.
    """

    estimate: float
    error: float
    freedom: int
    clusters: int
    strata: int
    values: int

    def interval(self, confidence: float = PLAIN) -> tuple[float, float]:
        """Limits of the t interval; NaN without degrees of freedom.

        Examples
        --------
        >>> [round(limit, 4) for limit in Contrast(1.0, 0.5, 4, 6, 2, 48).interval()]
        [-0.3882, 2.3882]
        """
        if self.freedom < 1 or not np.isfinite(self.error):
            return float("nan"), float("nan")
        half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.estimate - half, self.estimate + half


class ClusterMeans(NamedTuple):
    """Means (c, d) of c clusters, and the stratum (c,) of each as a number from 0."""

    means: Array
    strata: NDArray[np.int64]


def cluster_means(
    values: ArrayLike, strata: Sequence[object], clusters: Sequence[object]
) -> ClusterMeans:
    """Mean of the values of each cluster, clusters in sorted order; rows with a NaN are left out.

    Parameters
    ----------
    values : (n,) or (n, d).
    strata : (n,) labels, such as (alphabet, level).
    clusters : (n,) labels of the search; equal labels in different strata are different clusters.
    """
    table = np.asarray(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    known = np.isfinite(table).all(axis=1)
    keys = [(str(s), str(c)) for s, c in zip(strata, clusters, strict=True)]
    names = sorted({key for key, use in zip(keys, known, strict=True) if use})
    place = {name: position for position, name in enumerate(names)}
    index = np.array([place[key] for key, use in zip(keys, known, strict=True) if use], dtype=int)
    counts = np.bincount(index, minlength=len(names))
    sums = np.column_stack([np.bincount(index, column, len(names)) for column in table[known].T])
    order = {
        name: position for position, name in enumerate(sorted({stratum for stratum, _ in names}))
    }
    return ClusterMeans(
        sums / counts[:, None], np.array([order[stratum] for stratum, _ in names], dtype=np.int64)
    )


def clustered_contrast(
    values: ArrayLike, strata: Sequence[object], clusters: Sequence[object]
) -> Contrast:
    """Mean of `values` over clusters within strata, every stratum with the same weight.

    The variance is pooled within strata, so that differences between levels are no noise: degrees of freedom are
    clusters - strata.

    Parameters
    ----------
    values : (n,) one per string, such as rho; NaN is left out.
    strata, clusters : (n,) labels, see `cluster_means`.

    Examples
    --------
    >>> found = clustered_contrast([1.0, 3.0, 4.0, 8.0], ["16", "16", "64", "64"], [0, 1, 0, 1])
    >>> found.estimate, round(found.error, 4), found.freedom
    (4.0, 1.118, 2)
    """
    means, index = cluster_means(values, strata, clusters)
    count = int(np.isfinite(np.asarray(values, dtype=float)).sum())
    if not len(means):
        return Contrast(float("nan"), float("nan"), 0, 0, 0, 0)
    estimate, errors, freedom = _pooled(means, index)
    error = float(errors[0]) if freedom else float("nan")
    return Contrast(float(estimate[0]), error, freedom, len(means), int(index.max()) + 1, count)


def max_t_intervals(
    values: ArrayLike,
    strata: Sequence[object],
    clusters: Sequence[object],
    confidence: float = PLAIN,
) -> tuple[Array, Array, Array, int]:
    """Simultaneous intervals of d contrasts: estimates (d,), low (d,), high (d,), degrees of freedom.

    The critical value is the quantile of the largest |t| of d contrasts (single-step max-t), taken as uncorrelated: by
    Sidak's inequality that is enough whatever their correlations. Estimating these from so few clusters covers too
    little (docs/methods.md).

    Parameters
    ----------
    values : (n, d) one row per string; rows with a NaN are left out.
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
    """Quantile of the largest |t| of so many uncorrelated contrasts with a common scale (studentized maximum modulus).

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
    """Mean of stratum means (d,), its standard error (d,) and the degrees of freedom."""
    count = int(strata.max()) + 1
    sizes = np.bincount(strata, minlength=count)
    centres = np.column_stack([np.bincount(strata, column, count) / sizes for column in means.T])
    freedom = len(means) - count
    variance = ((means - centres[strata]) ** 2).sum(axis=0) / max(freedom, 1)
    return centres.mean(axis=0), np.sqrt(variance * (1 / sizes).sum()) / count, freedom


class MeanInterval(NamedTuple):
    """Means (m,), limits of their t intervals (m,), the resampling unit ("search" or "string") and how many."""

    mean: Array
    low: Array
    high: Array
    unit: str
    units: int


def clustered_mean(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object], interval: float = 0.95
) -> MeanInterval:
    """Mean of search means with a t interval over searches, for each column of `values`.

    A single search cannot show how searches differ: then the interval is over its strings, and `unit` says so. A single
    string gives no interval (NaN limits).

    Parameters
    ----------
    values : (n, m) one row per run; a NaN makes the mean of its column NaN.
    searches, strings : (n,) labels of each run's independent search and of its string.

    Examples
    --------
    >>> found = clustered_mean([[0.4], [0.6], [0.8], [1.0]], ["a", "a", "b", "b"], [1, 2, 3, 4])
    >>> found.mean.round(3).tolist(), found.unit, found.units
    ([0.7], 'search', 2)
    """
    by_search = len(set(searches)) > 1
    units = _means_by_label(np.asarray(values, dtype=float), searches if by_search else strings)
    mean, half = units.mean(axis=0), _half_width(units, interval)
    return MeanInterval(
        mean, mean - half, mean + half, "search" if by_search else "string", len(units)
    )


def _means_by_label(values: Array, labels: Sequence[object]) -> Array:
    """Mean of the rows of each label, labels in sorted order: shape (distinct labels, m)."""
    order = {key: i for i, key in enumerate(sorted(set(labels), key=str))}
    index = np.array([order[key] for key in labels])
    return np.array([values[index == i].mean(axis=0) for i in range(len(order))])


def _half_width(units: Array, interval: float) -> Array:
    """Half-width of the t interval of the mean over rows; NaN for fewer than two rows."""
    if len(units) < 2:
        return np.full(units.shape[1:], np.nan)
    quantile = float(stdtrit(len(units) - 1, (1 + interval) / 2))
    half: Array = quantile * units.std(axis=0, ddof=1) / np.sqrt(len(units))
    return half
