"""A line through censored values with clustered errors, for the claim C12 of study 2.

The covariance is that of the jackknife over clusters, with one Newton step for each. Without
censoring it is the exact jackknife, known as CR3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from seqmem.analysis.estimators.censored_likelihood import (
    KNOWN,
    derivatives,
    greatest_likelihood,
)
from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.estimators.stratified_contrasts import satterthwaite
from seqmem.core.arrays import Array


class Line(NamedTuple):
    """A fitted line with clustered errors.

    Attributes
    ----------
    intercept, slope : float
        Coefficients; NaN if there are too few clusters or places.
    error : float
        Standard error of the slope.
    sigma : float
        Standard deviation of single values about the line.
    freedom : float
        Degrees of freedom of the error, by Satterthwaite over strata.
    clusters, values, censored : int
        Counts.
    """

    intercept: float
    slope: float
    error: float
    sigma: float
    freedom: float
    clusters: int
    values: int
    censored: int

    def interval(self, confidence: float = PLAIN) -> tuple[float, float]:
        """Return the limits of the t interval of the slope; NaN without degrees of freedom."""
        if self.freedom < 1 or not np.isfinite(self.error):
            return float("nan"), float("nan")
        half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.slope - half, self.slope + half


def fit_line(
    places: ArrayLike,
    values: ArrayLike,
    kinds: ArrayLike,
    strata: Sequence[object],
    clusters: Sequence[object],
) -> Line:
    """Fit a line to values of which some are censored.

    Parameters
    ----------
    places : array of float, shape (n,)
        Where each value lies, such as log2 of the bits of a string.
    values : array of float, shape (n,)
        Values, or the bounds of censored ones. NaN is left out.
    kinds : array of int, shape (n,)
        As for `censored_likelihood.greatest_likelihood`.
    strata, clusters : sequence of n labels
        See `contrasts.cluster_means`. The clusters are the independent units.

    Returns
    -------
    Line
        The line.

    Examples
    --------
    >>> line = fit_line([0, 0, 3, 3], [0.1, -0.1, 3.3, 2.7], [0, 0, 0, 0], "aabb", "0101")
    >>> round(line.slope, 3), round(line.error, 4), round(line.freedom, 2)
    (1.0, 0.1291, 1.22)
    """
    x, y, kind = (np.asarray(some, dtype=float) for some in (places, values, kinds))
    use = np.isfinite(x) & np.isfinite(y)
    pairs = zip(strata, clusters, strict=True)
    labels = [f"{own}\0{label}" for (own, label), used in zip(pairs, use, strict=True) if used]
    names, groups = np.unique(np.array(labels, dtype=str), return_inverse=True)
    x, y, kind = x[use], y[use], kind[use]
    censored = int((kind != KNOWN).sum())
    counts = (len(names), len(x), censored)
    if len(names) < 3 or not np.ptp(x) > 0 or len(x) - censored < 3:
        nothing = float("nan")
        return Line(nothing, nothing, nothing, nothing, 0, *counts)
    centre = float(x.mean())
    design = np.column_stack([np.ones(len(x)), x - centre])
    parameters = greatest_likelihood(design, y, kind)
    gradients, hessians = derivatives(design, y, kind, parameters)
    by_cluster = np.zeros((len(names), 3))
    np.add.at(by_cluster, groups, gradients)
    curvature = np.zeros((len(names), 3, 3))
    np.add.at(curvature, groups, hessians)
    without = curvature.sum(axis=0) - curvature
    # One Newton step from the maximum of all clusters to that of all but one.
    left_out = parameters + np.linalg.solve(without, by_cluster[..., None])[..., 0]
    slopes = left_out[:, 1] / left_out[:, 2]
    sigma = 1 / parameters[2]
    slope = parameters[1] * sigma
    share = (len(names) - 1) / len(names)
    squares = (slopes - slope) ** 2
    error = float(np.sqrt(share * squares.sum()))
    intercept = float(parameters[0] * sigma - slope * centre)
    freedom = _freedom(squares, [str(name).split("\0")[0] for name in names])
    return Line(intercept, float(slope), error, float(sigma), freedom, *counts)


def _freedom(squares: Array, strata: Sequence[str]) -> float:
    """Return the degrees of freedom of a sum of squares whose strata vary differently.

    With clusters - 2 degrees, the intervals of lines whose ends vary most cover too little.
    """
    _, index = np.unique(np.array(strata), return_inverse=True)
    return satterthwaite(np.bincount(index, squares), np.maximum(np.bincount(index) - 1, 1))
