"""Contrasts whose strata have variances of their own.

`contrasts.clustered_contrast` pools the variance of all strata. If searches at one level vary more
than at another, and the numbers of searches differ, its interval covers too little
(docs/methods.md, "Strata that vary differently").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from seqmem.analysis.estimators.contrasts import Contrast, cluster_means


def satterthwaite(variances: ArrayLike, freedoms: ArrayLike) -> float:
    """Return the degrees of freedom of a sum of estimated variances.

    Source: Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Parameters
    ----------
    variances : array of float, shape (n,)
        Independent estimates, such as those of the means of strata.
    freedoms : array of float, shape (n,)
        Degrees of freedom of each.

    Returns
    -------
    float
        (sum of variances)² / sum of (variance² / freedom). If all variances are 0, it is the sum of
        the degrees of freedom.

    Examples
    --------
    >>> satterthwaite([0.5, 0.5], [4, 4]), satterthwaite([0.5, 0.0], [4, 9])
    (8.0, 4.0)
    """
    parts, own = (np.asarray(some, dtype=float) for some in (variances, freedoms))
    total = float(parts.sum())
    return total**2 / float((parts**2 / own).sum()) if total > 0 else float(own.sum())


def stratified_contrast(
    values: ArrayLike, strata: Sequence[object], clusters: Sequence[object]
) -> Contrast:
    """Return the mean over clusters within strata, with equal weight for every stratum.

    Each stratum has its own variance. The degrees of freedom are those of Satterthwaite (1946).

    Parameters
    ----------
    values : array of float, shape (n,)
        One value per string, such as rho. NaN is left out.
    strata, clusters : sequence of n labels
        See `cluster_means`.

    Returns
    -------
    Contrast
        The estimate with its standard error and counts. The error is NaN if a stratum has a single
        cluster.

    Examples
    --------
    With two strata of two clusters that vary alike, it equals the pooled contrast:

    >>> alike = stratified_contrast([1.0, 3.0, 4.0, 6.0], ["a", "a", "b", "b"], [0, 1, 0, 1])
    >>> alike.estimate, round(alike.error, 4), alike.freedom
    (3.5, 0.7071, 2.0)
    >>> stratified_contrast([1.0, 3.0, 4.0, 10.0], ["a", "a", "b", "b"], [0, 1, 0, 1]).freedom
    1.2195121951219512
    """
    means, index = cluster_means(values, strata, clusters)
    count = int(np.isfinite(np.asarray(values, dtype=float)).sum())
    if not len(means):
        return Contrast(float("nan"), float("nan"), 0, 0, 0, 0)
    number = int(index.max()) + 1
    own = [means[index == stratum, 0] for stratum in range(number)]
    estimate = float(np.mean([some.mean() for some in own]))
    if min(map(len, own)) < 2:
        return Contrast(estimate, float("nan"), 0, len(means), number, count)
    parts = np.array([some.var(ddof=1) / len(some) for some in own])
    freedom = satterthwaite(parts, [len(some) - 1 for some in own])
    error = float(parts.sum()) ** 0.5 / number
    return Contrast(estimate, error, freedom, len(means), number, count)
