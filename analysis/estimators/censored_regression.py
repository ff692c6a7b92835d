"""Linear regression of values of which some are only known to lie above a limit (Tobit)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from seqmem.core.arrays import Array

TOLERANCE = 1e-10
LARGEST_ROUNDS = 10_000


class CensoredFit(NamedTuple):
    """A regression of censored values.

    Attributes
    ----------
    coefficients : array of float, shape (p,)
        One per covariate.
    deviation : float
        Standard deviation of the residuals.
    expected : array of float, shape (n,)
        Known values as they are, and the expectation of each censored value above its limit.
    """

    coefficients: Array
    deviation: float
    expected: Array


def censored_regression(
    values: ArrayLike, covariates: ArrayLike, censored: ArrayLike
) -> CensoredFit:
    """Fit a regression with normal residuals to right-censored values, by maximum likelihood.

    The algorithm is expectation-maximization: censored values are replaced by their expectations
    until nothing changes (Dempster, Laird and Rubin 1977; the model is that of Tobin 1958). The
    variance has the number of values as its divisor.

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
        The fit. Without censored values it is that of least squares.

    Raises
    ------
    ValueError
        If the values that are not censored do not determine the coefficients.

    Examples
    --------
    >>> fit = censored_regression([0.0, 1.0, 1.0], np.ones((3, 1)), [False, False, True])
    >>> bool(fit.coefficients[0] > 2 / 3), bool(fit.expected[2] > 1)
    (True, True)
    """
    limits = np.asarray(values, dtype=float)
    table = np.asarray(covariates, dtype=float)
    above = np.asarray(censored, dtype=bool)
    if np.linalg.matrix_rank(table[~above]) < table.shape[1]:
        raise ValueError("the values that are not censored do not determine the coefficients")
    expected = limits
    added = np.zeros(len(limits))
    for _ in range(LARGEST_ROUNDS):
        coefficients = np.linalg.lstsq(table, expected, rcond=None)[0]
        fitted = table @ coefficients
        deviation = float(np.sqrt(np.mean((expected - fitted) ** 2 + added)))
        if not above.any() or not deviation:
            break
        places = (limits - fitted) / deviation
        hazards = np.exp(-(places**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-places))
        renewed = np.where(above, fitted + deviation * hazards, limits)
        added = np.where(above, deviation**2 * (1 + places * hazards - hazards**2), 0.0)
        change = float(np.abs(renewed - expected).max())
        expected = renewed
        if change < TOLERANCE * deviation:
            break
    return CensoredFit(coefficients, deviation, expected)
