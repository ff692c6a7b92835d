"""Contrasts of two independent sets of searches (Welch), and the difference that could be found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import nctdtrinc, stdtrit

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.stratified_contrasts import satterthwaite
from seqmem.core.arrays import Array

POWER = 0.8


def welch_contrast(strata: Sequence[Array]) -> Contrast:
    """Return the difference of two independent sets of searches, a minus b, with equal strata.

    A stratum is a matrix of the difference of each search of a and each search of b. For values
    that a search has by itself, the entries are differences, and the interval is that of Welch
    (1947). A value such as rho depends on the pair. Its mean over all pairs is a two-sample
    U-statistic. Its variance is that of the means of rows over the searches of a, plus that of the
    means of columns over the searches of b (Hoeffding 1948).

    Parameters
    ----------
    strata : sequence of array of float, shape (searches of a, searches of b)
        Differences. Rows and columns without any known value are left out, and other unknown values
        (NaN) too.

    Returns
    -------
    Contrast
        The mean over strata. The error is NaN if a side of a stratum has a single search. The
        degrees of freedom are those of Satterthwaite (1946).

    Examples
    --------
    >>> a, b = np.array([1.0, 2, 3]), np.array([0.0, 4])
    >>> contrast = welch_contrast([a[:, None] - b])
    >>> contrast.estimate, round(contrast.error, 4), round(contrast.freedom, 4)
    (0.0, 2.0817, 1.1696)
    """
    known = [_known(np.asarray(matrix, dtype=float)) for matrix in strata]
    known = [matrix for matrix in known if matrix.size]
    if not known:
        return Contrast(float("nan"), float("nan"), 0, 0, 0, 0)
    estimate = float(np.mean([np.nanmean(matrix) for matrix in known]))
    sides = [np.nanmean(matrix, axis=axis) for matrix in known for axis in (1, 0)]
    clusters = sum(map(len, sides))
    values = int(sum(np.isfinite(matrix).sum() for matrix in known))
    if min(map(len, sides)) < 2:
        return Contrast(estimate, float("nan"), 0, clusters, len(known), values)
    parts = np.array([side.var(ddof=1) / len(side) for side in sides])
    freedom = satterthwaite(parts, [len(side) - 1 for side in sides])
    error = float(np.sqrt(parts.sum())) / len(known)
    return Contrast(estimate, error, freedom, clusters, len(known), values)


def smallest_found(contrast: Contrast, margin: float, confidence: float) -> float:
    """Return the smallest true difference that would be supported with 80 % power.

    A difference is supported if its interval lies beyond the margin. The estimate minus the margin,
    over its error, has a noncentral t distribution.

    Parameters
    ----------
    contrast : Contrast
        A contrast, whose error stands for that of other data of the same design.
    margin : float
        Margin that the interval must exceed.
    confidence : float
        Confidence of the interval.

    Returns
    -------
    float
        The difference; NaN without degrees of freedom.

    Examples
    --------
    >>> contrast = Contrast(0.0, 0.1, 11, 12, 1, 72)
    >>> round(smallest_found(contrast, 0.15, 0.95), 3)
    0.458
    """
    if contrast.freedom < 1 or not np.isfinite(contrast.error):
        return float("nan")
    critical = float(stdtrit(contrast.freedom, (1 + confidence) / 2))
    shift = float(nctdtrinc(contrast.freedom, 1 - POWER, critical))
    return margin + shift * contrast.error


def _known(matrix: Array) -> Array:
    finite = np.isfinite(matrix)
    return matrix[finite.any(axis=1)][:, finite.any(axis=0)]
