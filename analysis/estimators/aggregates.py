"""Descriptions of many runs that one bad run does not decide: interquartile mean and performance profiles.

After Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice" (NeurIPS 2021); intervals
are not their percentile bootstrap, which covers too little with so few strings, but t intervals over clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit
from scipy.stats import trim_mean
from scipy.stats.mstats import winsorize

from seqmem.analysis.estimators.contrasts import PLAIN, MeanInterval, clustered_mean
from seqmem.core.arrays import Array

_QUARTER = 0.25


class TrimmedMean(NamedTuple):
    """A mean with its interval: NaN limits where too few units are left."""

    mean: float
    low: float
    high: float
    units: int


def interquartile_mean(units: ArrayLike, confidence: float = PLAIN) -> TrimmedMean:
    """Mean of the middle half of independent units, with the Tukey-McLaughlin interval.

    Parameters
    ----------
    units : (n,) such as means of clusters; NaN is left out. A quarter, rounded down, is cut from either end. The
        interval is t with n - 2 cut - 1 degrees of freedom and the winsorized standard deviation (Tukey and
        McLaughlin 1963); fewer than four units give none.

    Examples
    --------
    >>> interquartile_mean([0.0, 1.0, 2.0, 99.0]).mean
    1.5
    """
    values = np.asarray(units, dtype=float)
    values = np.sort(values[np.isfinite(values)])
    count, missing = len(values), float("nan")
    if not count:
        return TrimmedMean(missing, missing, missing, 0)
    mean = float(trim_mean(values, _QUARTER))
    cut = int(_QUARTER * count)
    freedom = count - 2 * cut - 1
    if count < 4 or freedom < 1:
        return TrimmedMean(mean, missing, missing, count)
    spread = float(np.asarray(winsorize(values, (cut / count, cut / count))).std(ddof=1))
    half = (
        float(stdtrit(freedom, (1 + confidence) / 2))
        * spread
        / ((1 - 2 * cut / count) * np.sqrt(count))
    )
    return TrimmedMean(mean, mean - half, mean + half, count)


def performance_profile(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object], thresholds: ArrayLike
) -> MeanInterval:
    """Fraction of runs above each threshold, with a t interval over searches (over strings where there is one search).

    Parameters
    ----------
    values : (n,) one per run, such as stored fractions; a NaN is above no threshold.
    thresholds : (m,).

    Returns
    -------
    As `seqmem.analysis.estimators.contrasts.clustered_mean`: arrays of shape (m,), limits cut to [0, 1].

    Examples
    --------
    >>> performance_profile([0.2, 0.9, 0.4, 0.8], [0, 0, 1, 1], [1, 2, 3, 4], [0.1, 0.5]).mean.tolist()
    [1.0, 0.5]
    """
    above: Array = (
        np.asarray(values, dtype=float)[:, None] > np.asarray(thresholds, dtype=float)
    ).astype(float)
    found = clustered_mean(above, searches, strings)
    return found._replace(low=np.clip(found.low, 0, 1), high=np.clip(found.high, 0, 1))
