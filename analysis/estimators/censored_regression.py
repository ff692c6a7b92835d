"""Linear regression of values of which some are only known to lie above a limit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from seqmem.analysis.estimators.censored_likelihood import AT_LEAST, KNOWN, greatest_likelihood
from seqmem.core.arrays import Array


class CensoredFit(NamedTuple):
    """A regression of censored values.

    Attributes
    ----------
    coefficients : array of float, shape (p,)
        One per covariate.
    deviation : float
        Standard deviation of the residuals.
    """

    coefficients: Array
    deviation: float


def censored_regression(
    values: ArrayLike, covariates: ArrayLike, censored: ArrayLike
) -> CensoredFit:
    """Fit a regression with normal residuals to right-censored values, by maximum likelihood.

    The model is that of Tobin (1958). The variance has the number of values as its divisor.

    Parameters
    ----------
    values : array of float, shape (n,)
        Values, or the limit above which a censored value lies.
    covariates : array of float, shape (n, p)
        Covariates, with a column of ones for an intercept.
    censored : array of bool, shape (n,)
        Whether a value is censored.

    Returns
    -------
    CensoredFit
        The fit. It is that of least squares if no value is censored, or if all values and limits
        lie on the regression.

    Raises
    ------
    ValueError
        If the values that are not censored do not determine the coefficients.

    Examples
    --------
    >>> fit = censored_regression([0.0, 1.0, 1.0], np.ones((3, 1)), [False, False, True])
    >>> fit.coefficients.round(4).tolist(), round(fit.deviation, 4)
    ([0.8161], 0.6388)
    """
    limits = np.asarray(values, dtype=float)
    table = np.asarray(covariates, dtype=float)
    above = np.asarray(censored, dtype=bool)
    if np.linalg.matrix_rank(table[~above]) < table.shape[1]:
        raise ValueError("the values that are not censored do not determine the coefficients")
    coefficients = np.linalg.lstsq(table, limits, rcond=None)[0]
    deviation = float(np.sqrt(np.mean((limits - table @ coefficients) ** 2)))
    if not above.any() or not deviation:
        return CensoredFit(coefficients, deviation)
    *scaled, precision = greatest_likelihood(table, limits, np.where(above, AT_LEAST, KNOWN))
    return CensoredFit(np.array(scaled) / precision, float(1 / precision))
