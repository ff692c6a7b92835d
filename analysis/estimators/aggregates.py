"""Summaries of many runs that a single bad run does not decide.

These are the interquartile mean and performance profiles, after Agarwal et al., "Deep reinforcement
learning at the edge of the statistical precipice" (NeurIPS 2021). The paper uses percentile
bootstrap intervals, which cover too little with few strings. The intervals here are t intervals
over clusters.
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
from seqmem.core.argument_kinds import PROPORTION
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds

_QUARTER = 0.25


class TrimmedMean(NamedTuple):
    """A mean with its interval.

    Attributes
    ----------
    mean : float
        The mean; NaN without units.
    low, high : float
        Limits of the interval; NaN with too few units.
    units : int
        Number of units.
    """

    mean: float
    low: float
    high: float
    units: int


@argument_kinds(confidence=PROPORTION)
def interquartile_mean(units: ArrayLike, confidence: float = PLAIN) -> TrimmedMean:
    """Return the mean of the middle half of independent units, with the Tukey-McLaughlin interval.

    A quarter of the units, rounded down, is cut from each end. The interval is a t interval with n
    - 2 cut - 1 degrees of freedom and the winsorized standard deviation (Tukey and McLaughlin
    1963).

    Parameters
    ----------
    units : array of float, shape (n,)
        Independent values, such as means of clusters. NaN is left out.
    confidence : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    TrimmedMean
        The mean and its interval. Fewer than four units give NaN limits.

    Examples
    --------
    >>> interquartile_mean([0.0, 1.0, 2.0, 99.0]).mean
    1.5
    """
    values = np.asarray(units, dtype=float)
    values = np.sort(values[np.isfinite(values)])
    count = len(values)
    missing = float("nan")
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


@argument_kinds()
def performance_profile(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object], thresholds: ArrayLike
) -> MeanInterval:
    """Return the fraction of runs above each threshold, with a t interval over searches.

    Parameters
    ----------
    values : array of float, shape (n,)
        One value per run, such as its stored fraction. NaN is above no threshold.
    searches, strings : sequence of n labels
        Search and string of each run. With a single search, the interval is over strings.
    thresholds : array of float, shape (m,)
        Thresholds.

    Returns
    -------
    MeanInterval
        Arrays of shape (m,), with limits cut to [0, 1]. See `contrasts.clustered_mean`.

    Examples
    --------
    >>> profile = performance_profile([0.2, 0.9, 0.4, 0.8], [0, 0, 1, 1], [1, 2, 3, 4], [0.1, 0.5])
    >>> profile.mean.tolist()
    [1.0, 0.5]
    """
    above: Array = (
        np.asarray(values, dtype=float)[:, None] > np.asarray(thresholds, dtype=float)
    ).astype(float)
    profile = clustered_mean(above, searches, strings)
    return profile._replace(low=np.clip(profile.low, 0, 1), high=np.clip(profile.high, 0, 1))
