"""Whether a line through strata has a knee: the best one, by parametric bootstrap.

The model without a knee is a line through the means of the strata, each with a variance of its own.
The model with one adds a change of slope at a place inside given limits. The statistic is the
largest |t| of that change over all places, so its null distribution is simulated (Muggeo 2003
describes such models; Davies 1987 the problem of a place that exists under one hypothesis only).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

LEVEL = 0.05
POWER = 0.80
DRAWS = 1999
FEWEST_STRATA = 4
_PLACES = 25


class Knee(NamedTuple):
    """The best knee of a line.

    Attributes
    ----------
    place : float
        Where it lies.
    change : float
        Slope after it minus slope before it.
    error : float
        Standard error of the change at this place.
    p_value : float
        Share of simulated lines without a knee whose best knee has as large a |t|.
    detectable : float
        Smallest change that would have been found with 80 % at the 5 % level, at this place.
    """

    place: float
    change: float
    error: float
    p_value: float
    detectable: float


def best_knee(
    places: ArrayLike,
    means: ArrayLike,
    variances: ArrayLike,
    counts: ArrayLike,
    limits: tuple[float, float],
    seed: str,
    draws: int = DRAWS,
) -> Knee | None:
    """Return the best knee inside the limits.

    Parameters
    ----------
    places, means : array of float, shape (s,)
        Place and mean value of each stratum.
    variances : array of float, shape (s,)
        Variance of the independent units of each stratum.
    counts : array of int, shape (s,)
        Number of units of each stratum.
    limits : tuple of float
        Least and greatest place of a knee.
    seed : str
        Name of the draws of the bootstrap.
    draws : int, default 1999
        Number of simulated lines.

    Returns
    -------
    Knee or None
        None with fewer than 4 strata, fewer than 2 units in one, or a variance of 0.

    Examples
    --------
    >>> places = [6.0, 7.0, 8.0, 9.0, 10.0]
    >>> bent = [6.0, 7.0, 8.0, 10.0, 12.0]
    >>> knee = best_knee(places, bent, [0.01] * 5, [8] * 5, (7.0, 9.0), "example")
    >>> round(knee.place, 1), round(knee.change, 2), knee.p_value < 0.05
    (8.0, 1.0, True)
    """
    x, y, v, n = (np.asarray(some, dtype=float) for some in (places, means, variances, counts))
    if len(x) < FEWEST_STRATA or (n < 2).any() or not (v > 0).all() or np.ptp(x) == 0:
        return None
    knees = np.linspace(*limits, _PLACES)
    changes, errors = _changes(x, y[None], (n / v)[None], knees)
    ratios = np.abs(changes / errors)[0]
    best = int(ratios.argmax())
    rng = generator("analysis", "knee", seed)
    line = _fitted(x, y, n / v)
    drawn_means = line + np.sqrt(v / n) * rng.standard_normal((draws, len(x)))
    drawn_variances = v * rng.chisquare(n - 1, (draws, len(x))) / (n - 1)
    drawn_changes, drawn_errors = _changes(x, drawn_means, n / drawn_variances, knees)
    largest = np.abs(drawn_changes / drawn_errors).max(axis=1)
    p_value = (1 + int((largest >= ratios[best]).sum())) / (1 + draws)
    critical = float(np.quantile(largest, 1 - LEVEL))
    error = float(errors[0, best])
    detectable = (critical + float(ndtri(POWER))) * error
    return Knee(float(knees[best]), float(changes[0, best]), error, p_value, detectable)


def _fitted(x: Array, y: Array, weights: Array) -> Array:
    """Return the weighted line at x."""
    centre = np.average(x, weights=weights)
    mean = np.average(y, weights=weights)
    slope = (weights * (x - centre) * y).sum() / (weights * (x - centre) ** 2).sum()
    line: Array = mean + slope * (x - centre)
    return line


def _changes(x: Array, y: Array, weights: NDArray[np.float64], knees: Array) -> tuple[Array, Array]:
    """Return the change of slope at each knee and its error, both of shape (draws, knees)."""
    hinges = np.maximum(0.0, x[None] - knees[:, None])
    total = weights.sum(axis=1, keepdims=True)
    centred = x - (weights @ x)[:, None] / total
    spread = (weights * centred**2).sum(axis=1, keepdims=True)
    # Each hinge without its line: (draws, knees, strata).
    level = (weights @ hinges.T) / total
    slope = ((weights * centred) @ hinges.T) / spread
    rest = hinges[None] - level[..., None] - slope[..., None] * centred[:, None]
    size = (weights[:, None] * rest**2).sum(axis=2)
    return (weights[:, None] * rest * y[:, None]).sum(axis=2) / size, 1 / np.sqrt(size)
