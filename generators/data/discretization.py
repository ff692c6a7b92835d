"""Numbers to symbols: breakpoints between the bins, by quantiles or by a Gaussian (SAX)."""

from collections.abc import Callable

import numpy as np

from seqmem.core.errors import InputError, unknown


def quantile_breakpoints(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the k - 1 quantiles that cut the values into k bins as equal as ties allow.

    >>> quantile_breakpoints(np.arange(8.0), 4).tolist()
    [1.75, 3.5, 5.25]
    """
    quantiles: np.ndarray = np.quantile(values, np.arange(1, bins) / bins)
    return quantiles


def gaussian_breakpoints(values: np.ndarray, bins: int) -> np.ndarray:
    """Return breakpoints of k equally probable bins of the normal distribution with the values' mean and SD.

    Symbolic aggregate approximation (Lin, Keogh, Lonardi and Chiu 2003), in the units of the values.

    >>> gaussian_breakpoints(np.array([-1.0, 1.0]), 4).round(4).tolist()
    [-0.6745, 0.0, 0.6745]
    """
    # Imported here: SciPy would take a third of the start of every command.
    from scipy.special import ndtri

    breakpoints: np.ndarray = values.mean() + values.std() * ndtri(np.arange(1, bins) / bins)
    return breakpoints


BREAKPOINTS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "quantiles": quantile_breakpoints,
    "gaussian": gaussian_breakpoints,
}


def piecewise_averages(values: np.ndarray, segment: int) -> np.ndarray:
    """Return the mean of every ``segment`` values in turn (piecewise aggregate approximation); a rest is dropped.

    >>> piecewise_averages(np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 2).tolist()
    [2.0, 6.0]
    """
    means: np.ndarray = values[: len(values) // segment * segment].reshape(-1, segment).mean(axis=1)
    return means


def discretize(values: np.ndarray, bins: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return symbols and the k - 1 breakpoints: symbol i where i breakpoints are at most the value.

    Parameters
    ----------
    values : array of shape (n,)
    method : {"quantiles", "gaussian"}

    Raises
    ------
    InputError
        If a bin stays empty.

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
            f"{bins} bins by {method}: {used} hold all {len(values)} values; lower the alphabet"
        )
    return symbols, breakpoints
