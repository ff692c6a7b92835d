"""Means with intervals that say what they resample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from analysis.psychometric import Array


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
    return MeanInterval(mean, mean - half, mean + half, "search" if by_search else "string", len(units))


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
