"""Linear regression with a random intercept per group, by restricted maximum likelihood (REML).

Intervals are t intervals whose degrees of freedom are Satterthwaite's, as in the R package lmerTest
(Kuznetsova, Brockhoff and Christensen 2017). They matter if groups are few and an effect differs
between groups only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.core.arrays import Array

# Largest share of the variance that is between groups. At 1, no observation would add to a group's.
LARGEST_SHARE = 1 - 1e-6


class MixedFit(NamedTuple):
    """A regression with a random intercept per group.

    Attributes
    ----------
    coefficients : array of float, shape (p,)
        One per covariate.
    covariance : array of float, shape (p, p)
        Covariance of the coefficients.
    within, between : float
        Variance of the residuals, and of the intercepts of the groups.
    gradients : array of float, shape (2, p, p)
        Derivatives of the covariance with respect to the two variances.
    uncertainty : array of float, shape (2, 2)
        Covariance of the estimates of the two variances.
    values, groups : int
        Counts.
    """

    coefficients: Array
    covariance: Array
    within: float
    between: float
    gradients: Array
    uncertainty: Array
    values: int
    groups: int

    def effect(self, weights: ArrayLike) -> Contrast:
        """Return a linear combination of the coefficients with its standard error.

        Parameters
        ----------
        weights : array of float, shape (p,)
            Weight of each coefficient.

        Returns
        -------
        Contrast
            Its degrees of freedom are Satterthwaite's: twice the squared variance of the effect
            over the variance of that variance. `clusters` counts groups.
        """
        weights = np.asarray(weights, dtype=float)
        variance = float(weights @ self.covariance @ weights)
        slopes = np.einsum("i,jik,k->j", weights, self.gradients, weights)
        spread = float(slopes @ self.uncertainty @ slopes)
        return Contrast(
            float(weights @ self.coefficients),
            float(np.sqrt(variance)),
            2 * variance**2 / spread if spread > 0 else 0.0,
            self.groups,
            1,
            self.values,
        )


def random_intercepts(
    response: ArrayLike, covariates: ArrayLike, groups: Sequence[Hashable]
) -> MixedFit:
    """Fit a regression with a random intercept per group by REML.

    The share of the variance that is between groups is found by a bounded search in one dimension.
    Given the share, coefficients and scale have closed forms (Patterson and Thompson 1971).

    Parameters
    ----------
    response : array of float, shape (n,)
        Values to explain.
    covariates : array of float, shape (n, p)
        Covariates, with a column of ones for the intercept.
    groups : sequence of n labels
        Group of each value.

    Returns
    -------
    MixedFit
        The fit.

    Raises
    ------
    ValueError
        If there are no more groups than covariates, as many groups as values, or covariates that
        depend on each other.

    Examples
    --------
    Two groups of two with the means 1 and 3. Between them, the variance is that of the means minus
    half of the variance within:

    >>> fit = random_intercepts([0.0, 2.0, 2.0, 4.0], np.ones((4, 1)), ["a", "a", "b", "b"])
    >>> round(fit.within, 3), round(fit.between, 3), fit.coefficients.round(3).tolist()
    (2.0, 1.0, [2.0])
    >>> effect = fit.effect([1.0])
    >>> round(effect.error, 3), round(effect.freedom, 3)
    (1.0, 1.0)
    """
    values = np.asarray(response, dtype=float)
    table = np.asarray(covariates, dtype=float)
    numbers = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)[1]
    same = (numbers[:, None] == numbers).astype(float)
    count = int(numbers.max()) + 1
    if not table.shape[1] < count < len(values):
        raise ValueError(
            f"{len(values)} values in {count} groups for {table.shape[1]} covariates: more groups"
            " than covariates and more values than groups are needed"
        )
    if np.linalg.matrix_rank(table) < table.shape[1]:
        raise ValueError("the covariates depend on each other")

    def negative_likelihood(share: float) -> float:
        return _given_share(values, table, same, share).negative_likelihood

    # The likelihood may have its maximum at no variance between groups, an end of the search.
    found = minimize_scalar(
        negative_likelihood, bounds=(0, LARGEST_SHARE), method="bounded", options={"xatol": 1e-9}
    )
    share = min((0.0, float(found.x)), key=negative_likelihood)
    best = _given_share(values, table, same, share)
    within, between = best.scale * (1 - share), best.scale * share
    inverse = best.inverse / best.scale
    covariance = best.covariance * best.scale
    parts = np.stack([np.eye(len(values)), same])
    weighted = inverse @ table @ covariance
    gradients = np.stack([weighted.T @ part @ weighted for part in parts])
    # Removes the fixed effects: V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1.
    remover = inverse - weighted @ table.T @ inverse
    products = [remover @ part for part in parts]
    information = np.array(
        [[0.5 * np.sum(one * other.T) for other in products] for one in products]
    )
    return MixedFit(
        best.coefficients,
        covariance,
        within,
        between,
        gradients,
        np.linalg.inv(information),
        len(values),
        count,
    )


class _GivenShare(NamedTuple):
    """What follows from the share of the variance between groups; matrices for unit variance."""

    negative_likelihood: float
    coefficients: Array
    covariance: Array
    inverse: Array
    scale: float


def _given_share(values: Array, table: Array, same: Array, share: float) -> _GivenShare:
    variance = (1 - share) * np.eye(len(values)) + share * same
    inverse: Array = np.asarray(np.linalg.inv(variance), dtype=np.float64)
    precision = table.T @ inverse @ table
    covariance: Array = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    coefficients = covariance @ (table.T @ inverse @ values)
    residual = values - table @ coefficients
    freedom = len(values) - table.shape[1]
    scale = float(residual @ inverse @ residual) / freedom
    logs = np.linalg.slogdet(variance)[1] + np.linalg.slogdet(precision)[1]
    likelihood = 0.5 * (freedom * np.log(max(scale, np.finfo(float).tiny)) + logs)
    return _GivenShare(float(likelihood), coefficients, covariance, inverse, scale)
