"""Numbers to symbols: breakpoints between bins, by quantiles or by a normal distribution."""

from collections.abc import Callable

import numpy as np

from seqmem.core.errors import InputError, unknown


def quantile_breakpoints(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the k - 1 quantiles that cut the values into k bins as equal as ties allow.

    Parameters
    ----------
    values : float array, shape (n,)
    bins : int
        k.

    Returns
    -------
    float array, shape (k - 1,)

    Examples
    --------
    >>> quantile_breakpoints(np.arange(8.0), 4).tolist()
    [1.75, 3.5, 5.25]
    """
    quantiles: np.ndarray = np.quantile(values, np.arange(1, bins) / bins)
    return quantiles


def gaussian_breakpoints(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the breakpoints of k equally probable bins of a normal distribution.

    The distribution has the mean and the standard deviation of the values. The breakpoints are in
    the units of the values.

    Parameters
    ----------
    values : float array, shape (n,)
    bins : int
        k.

    Returns
    -------
    float array, shape (k - 1,)

    Examples
    --------
    >>> gaussian_breakpoints(np.array([-1.0, 1.0]), 4).round(4).tolist()
    [-0.6745, 0.0, 0.6745]
    """
    breakpoints: np.ndarray = values.mean() + _finite_deviation(values) * normal_breakpoints(
        values, bins
    )
    return breakpoints


def normal_breakpoints(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the breakpoints of k equally probable bins of the standard normal distribution.

    They belong to symbolic aggregate approximation (Lin, Keogh, Lonardi and Chiu 2003, table 3).

    Parameters
    ----------
    values : float array, shape (n,)
        Not used: standardized values need no other breakpoints.
    bins : int
        k.

    Returns
    -------
    float array, shape (k - 1,)

    Examples
    --------
    >>> normal_breakpoints(np.empty(0), 3).round(2).tolist()
    [-0.43, 0.43]
    """
    # Imported here, because SciPy would take a third of the start of every command.
    from scipy.special import ndtri

    breakpoints: np.ndarray = ndtri(np.arange(1, bins) / bins)
    return breakpoints


BREAKPOINTS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "quantiles": quantile_breakpoints,
    "gaussian": gaussian_breakpoints,
    "sax": normal_breakpoints,
}


def standardize(values: np.ndarray) -> np.ndarray:
    """Return a series with mean 0 and standard deviation 1 (that of the population).

    Parameters
    ----------
    values : float array, shape (n,)

    Raises
    ------
    InputError
        If all values are equal.

    Examples
    --------
    >>> standardize(np.array([1.0, 3.0, 5.0, 7.0])).round(4).tolist()
    [-1.3416, -0.4472, 0.4472, 1.3416]
    """
    if values.min() == values.max():
        raise InputError("a series of equal numbers cannot be standardized")
    standard: np.ndarray = (values - values.mean()) / _finite_deviation(values)
    return standard


def _finite_deviation(values: np.ndarray) -> float:
    """Return the standard deviation, or raise `InputError` if the squares are too large."""
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = float(values.std())
    if not np.isfinite(deviation):
        raise InputError("the numbers are too large for their standard deviation; rescale them")
    return deviation


def piecewise_averages(values: np.ndarray, segment: int) -> np.ndarray:
    """Return the mean of every ``segment`` values in turn (piecewise aggregate approximation).

    Parameters
    ----------
    values : float array, shape (n,)
    segment : int
        Number of values in a segment. An incomplete last segment is dropped.

    Returns
    -------
    float array, shape (n // segment,)

    Examples
    --------
    >>> piecewise_averages(np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 2).tolist()
    [2.0, 6.0]
    """
    means: np.ndarray = values[: len(values) // segment * segment].reshape(-1, segment).mean(axis=1)
    return means


def discretize(values: np.ndarray, bins: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return symbols and the k - 1 breakpoints between the bins of numbers.

    A value has the symbol i if i breakpoints are at most the value.

    Parameters
    ----------
    values : float array, shape (n,)
    bins : int
        k.
    method : {"quantiles", "gaussian", "sax"}

    Returns
    -------
    symbols : integer array, shape (n,)
    breakpoints : float array, shape (k - 1,)

    Raises
    ------
    InputError
        If the method is unknown, or a bin is empty.

    Examples
    --------
    >>> discretize(np.array([5.0, 1.0, 3.0, 7.0]), 2, "quantiles")[0].tolist()
    [1, 0, 0, 1]
    """
    if method not in BREAKPOINTS:
        raise unknown("bins_by", method, BREAKPOINTS)
    breakpoints = BREAKPOINTS[method](values, bins)
    symbols = np.searchsorted(breakpoints, values, side="right")
    used = len(np.unique(symbols))
    if used < bins:
        raise InputError(
            f"{bins} bins by {method}: all {len(values)} values lie in {used} of them; give fewer "
            "bins (--bins), another --bins-by, or --values symbols for few different values"
        )
    return symbols, breakpoints
