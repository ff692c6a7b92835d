"""Exact bands of the tuning curve of random search, for one search (Lourie, Cho and He 2023).

They need independent points, so they hold for the sampler `random` only, never for a Sobol set,
for a mean over searches or for a contrast. They treat the scores as they are: a band is about more
points on the same tuning strings.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Bands of order statistics by their equal-tailed intervals, widened until all hold together.
_METHOD = "ld_equal_tailed"


class RandomSearchBand(NamedTuple):
    """Tuning curve of random search with its band, at m efforts.

    Attributes
    ----------
    value, low, high : array of float, shape (m,)
        Expected best of n independent points, and the limits for all n together.
    """

    value: Array
    low: Array
    high: Array


def random_search_band(
    scores: ArrayLike,
    subsets: ArrayLike,
    least: float,
    most: float,
    confidence: float = PLAIN,
) -> RandomSearchBand:
    """Return the expected best of n independent points, with an exact simultaneous band.

    Parameters
    ----------
    scores : array of float, shape (N,)
        Scores of independent random points. Exact for distinct scores, wider than needed for ties.
    subsets : array of int, shape (m,)
        Numbers n of points.
    least, most : float
        Bounds of the score.
    confidence : float, default 0.95
        Probability that the band holds for all n.

    Returns
    -------
    RandomSearchBand
        The curve and its limits.

    Examples
    --------
    >>> band = random_search_band(np.linspace(0, 1, 16), [1, 16], 0.0, 1.0)  # doctest: +SKIP
    >>> band.low.round(2).tolist(), band.high.round(2).tolist()  # doctest: +SKIP
    ([0.22, 0.74], [0.78, 1.0])
    """
    values = np.concatenate([[least], np.sort(np.asarray(scores, dtype=float)), [most]])
    curves = []
    for cumulative in _bands(len(values) - 2, confidence):
        best = cumulative[None, :] ** np.asarray(subsets, dtype=float)[:, None]
        curves.append(np.diff(best, axis=1, prepend=0.0) @ values)
    # A lower limit of the distribution is an upper limit of its best points.
    high, value, low = curves
    return RandomSearchBand(value, low, high)


def missing_bands() -> str:
    """Return the package that the bands need and how to install it; empty if it is installed."""
    return "" if find_spec("opda") else "opda: pip install 'seqmem[analysis]'"


@lru_cache(maxsize=32)
def _bands(points: int, confidence: float) -> tuple[Array, Array, Array]:
    """Return three distributions at the bounds and the order statistics, each shape (N + 2,).

    They are the lower limit, the estimate and the upper limit. They depend on N alone, because the
    limits are those of order statistics, so the search for the level is made once.
    """
    from opda.nonparametric import EmpiricalDistribution

    ranks = np.arange(1.0, points + 1)
    bands = EmpiricalDistribution.confidence_bands(
        ranks,
        confidence,
        a=0.0,
        b=points + 1.0,
        method=_METHOD,
        generator=generator("analysis", "random search band", points),
        n_jobs=1,
    )
    lower, estimate, upper = (band.cdf(np.arange(points + 2.0)) for band in bands)
    return lower, estimate, upper
