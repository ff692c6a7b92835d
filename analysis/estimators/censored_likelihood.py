"""The likelihood of linear regression with censored values, and its maximum.

A value is known, or known only to be at least (right-censored) or at most (left-censored) some
number (Tobin 1958). The likelihood is concave in Olsen's parameters, coefficients and 1 over sigma
(Olsen 1978), so Newton's method finds its maximum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from seqmem.core.arrays import Array

KNOWN = 0
AT_LEAST = 1
AT_MOST = -1
_STEPS = 100
_TOLERANCE = 1e-10


class Derivatives(NamedTuple):
    """Derivatives of the log likelihood of each value.

    Attributes
    ----------
    gradients : array of float, shape (n, p + 1)
        First derivatives by Olsen's parameters.
    hessians : array of float, shape (n, p + 1, p + 1)
        Second derivatives.
    """

    gradients: Array
    hessians: NDArray[np.float64]


def greatest_likelihood(design: Array, values: Array, kinds: Array) -> Array:
    """Return Olsen's parameters at the maximum of the likelihood.

    Parameters
    ----------
    design : array of float, shape (n, p)
        Covariates, with a column of ones for an intercept.
    values : array of float, shape (n,)
        Values, or the bounds of censored ones.
    kinds : array of int, shape (n,)
        `KNOWN`, `AT_LEAST` or `AT_MOST`.

    Returns
    -------
    array of float, shape (p + 1,)
        The coefficients over sigma, and 1 over sigma. If all known values lie on the regression and
        no bound contradicts it, sigma can be arbitrarily small and there is no maximum. The
        parameters are then those of the last step before the Hessian is singular.

    Examples
    --------
    >>> found = greatest_likelihood(np.ones((2, 1)), np.array([1.0, 3.0]), np.zeros(2))
    >>> (found / found[-1]).round(6).tolist()
    [2.0, 1.0]
    """
    start = np.linalg.lstsq(design, values, rcond=None)[0]
    spread = max(float(np.sqrt(np.mean((values - design @ start) ** 2))), 1e-9)
    parameters: Array = np.append(start, 1.0) / spread
    likelihood = _likelihood(design, values, kinds, parameters)
    for _ in range(_STEPS):
        gradients, hessians = derivatives(design, values, kinds, parameters)
        try:
            step = np.linalg.solve(hessians.sum(axis=0), gradients.sum(axis=0))
        except np.linalg.LinAlgError:
            break
        size = 1.0
        while True:
            trial = parameters - size * step
            higher = _likelihood(design, values, kinds, trial) if trial[-1] > 0 else -np.inf
            if higher >= likelihood or size < 1e-6:
                break
            size /= 2
        if not higher > likelihood + _TOLERANCE:
            return trial if higher >= likelihood else parameters
        parameters, likelihood = trial, higher
    return parameters


def derivatives(design: Array, values: Array, kinds: Array, parameters: Array) -> Derivatives:
    """Return the derivatives of the log likelihood of each value.

    Parameters
    ----------
    design, values, kinds
        As for `greatest_likelihood`.
    parameters : array of float, shape (p + 1,)
        Olsen's parameters.

    Returns
    -------
    Derivatives
        First and second derivatives.
    """
    z = _residuals(design, values, parameters)
    known = kinds == KNOWN
    # dz / d parameters.
    inner = np.column_stack([-design, values])
    log_density = -(z**2) / 2 - np.log(2 * np.pi) / 2
    mills = np.exp(log_density - log_ndtr(-kinds * z))
    first = np.where(known, -z, -kinds * mills)
    second = np.where(known, -1.0, -mills * (mills - kinds * z))
    gradients = first[:, None] * inner
    hessians = second[:, None, None] * inner[:, :, None] * inner[:, None, :]
    gradients[:, -1] += known / parameters[-1]
    hessians[:, -1, -1] -= known / parameters[-1] ** 2
    return Derivatives(gradients, hessians)


def _residuals(design: Array, values: Array, parameters: Array) -> Array:
    residuals: Array = parameters[-1] * values - design @ parameters[:-1]
    return residuals


def _likelihood(design: Array, values: Array, kinds: Array, parameters: Array) -> float:
    z = _residuals(design, values, parameters)
    logs = np.where(kinds == KNOWN, np.log(parameters[-1]) - z**2 / 2, log_ndtr(-kinds * z))
    return float(logs.sum())
