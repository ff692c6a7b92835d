"""Tuning curves: the expected best of n of the N points of a search, for growing n.

Which points win comes from one part of the data and what they are worth from another, so a winner's
luck does not enter its value. From n = N/2 on, tuning strings rank and the finalists' selection
strings give values. Below N/2 most winners are no finalists. There, each tuning string ranks and
the other tuning strings give values. With one tuning string, the same string does both: such values
are conditional on it and support no claim.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqmem.analysis.estimators.tuning.subset_weights import best_weights, pair_weights
from seqmem.core.arrays import Array

SELECTION = "selection strings"
CROSSED = "other tuning strings"
CONDITIONAL = "conditional on its tuning strings"


class Points(NamedTuple):
    """The N points of one search and its F finalists.

    Attributes
    ----------
    scores : array of float, shape (t, N)
        Score of each point on each tuning string, in the order of the slots; -inf if pruned.
    finalists : array of int, shape (F,)
        Slots of the finalists, best tuning score first.
    """

    scores: Array
    finalists: NDArray[np.int64]

    @property
    def ranks(self) -> Array:
        """Mean score over the tuning strings, by which a search ranks, shape (N,)."""
        means: Array = self.scores.mean(axis=0)
        return means

    @property
    def pruned(self) -> int:
        """Number of pruned points, whose ranks are unknown."""
        return int(np.isneginf(self.ranks).sum())


class SearchCurve(NamedTuple):
    """Curve of one search or of one pair of searches, at m efforts.

    Attributes
    ----------
    values : array of float, shape (m,)
        Expected value of the best of n points; NaN if no value is known, and where n is not greater
        than the number of pruned points.
    beyond : array of float, shape (m,)
        Probability that a winner is not a finalist. Such winners count as the last finalist. 0
        where values come from tuning strings.
    known : array of float, shape (m,)
        Probability of winners whose value is known.
    """

    values: Array
    beyond: Array
    known: Array


def efforts(points: int) -> tuple[int, ...]:
    """Return the numbers of points of a tuning curve: powers of two, and all.

    Examples
    --------
    >>> efforts(16), efforts(24)
    ((1, 2, 4, 8, 16), (1, 2, 4, 8, 16, 24))
    """
    powers = [2**power for power in range(points.bit_length()) if 2**power < points]
    return (*powers, points)


def basis(points: int, subset: int, tuning_strings: int) -> str:
    """Return which strings give the values of the best of n points.

    Parameters
    ----------
    points : int
        N, points of the search.
    subset : int
        n, points of a subset.
    tuning_strings : int
        Tuning strings of the search.

    Returns
    -------
    str
        `SELECTION`, `CROSSED` or `CONDITIONAL`.

    Examples
    --------
    >>> basis(16, 8, 1), basis(16, 4, 1), basis(16, 4, 2)
    ('selection strings', 'conditional on its tuning strings', 'other tuning strings')
    """
    if 2 * subset >= points:
        return SELECTION
    return CROSSED if tuning_strings > 1 else CONDITIONAL


def additive_curve(points: Points, tuning: ArrayLike, selection: ArrayLike) -> SearchCurve:
    """Return the curve of a value that a point has by itself, such as its score or stored bits.

    Parameters
    ----------
    points : Points
        The search.
    tuning : array of float, shape (t, N)
        Value of each point on each tuning string.
    selection : array of float, shape (F,)
        Mean value of each finalist on the selection strings.

    Returns
    -------
    SearchCurve
        Values at `efforts(N)`.

    Examples
    --------
    >>> points = Points(np.array([[0.1, 0.9]]), np.array([1]))
    >>> additive_curve(points, points.scores, [0.7]).values.tolist()
    [0.7, 0.7]
    """
    tuning = np.asarray(tuning, dtype=float)
    return _curve(
        points.scores,
        lambda ranks, subset: best_weights(ranks[0], subset),
        (points,),
        tuning,
        np.asarray(selection, dtype=float),
    )


def paired_curve(
    first: Points, second: Points, tuning: ArrayLike, selection: ArrayLike
) -> SearchCurve:
    """Return the curve of a value that depends on the pair of winners, such as rho.

    Both searches have the same slots, and a subset of slots decides both winners.

    Parameters
    ----------
    first, second : Points
        The searches, with the same numbers of tuning strings and points.
    tuning : array of float, shape (t, N, N)
        Value of each pair of points on each tuning string; NaN where it is not known.
    selection : array of float, shape (F, G)
        Mean value of each pair of finalists on the selection strings; NaN where it is not known.

    Returns
    -------
    SearchCurve
        Values at `efforts(N)`. Pairs without a value are left out of the mean.

    Examples
    --------
    >>> cell = Points(np.array([[0.1, 0.9]]), np.array([1]))
    >>> paired_curve(cell, cell, np.zeros((1, 2, 2)), [[0.5]]).values.tolist()
    [0.5, 0.5]
    """
    return _curve(
        np.stack([first.scores, second.scores], axis=1),
        lambda ranks, subset: pair_weights(ranks[0], ranks[1], subset),
        (first, second),
        np.asarray(tuning, dtype=float),
        np.asarray(selection, dtype=float),
    )


def mean_of_known(values: Array) -> Array:
    """Return the mean over the first axis of the values that are known.

    Parameters
    ----------
    values : array of float, shape (n, ...)
        Values; NaN is left out.

    Returns
    -------
    array of float, shape (...)
        Means; NaN where no value is known.

    Examples
    --------
    >>> mean_of_known(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [2.0, nan]
    """
    known = np.isfinite(values)
    return _share(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


def _curve(
    scores: Array,
    weigh: Callable[[Array, int], Array],
    searches: tuple[Points, ...],
    tuning: Array,
    selection: Array,
) -> SearchCurve:
    """Return the curve of one search or of a pair; each axis of the values is one search."""
    strings, count = len(scores), scores.shape[-1]
    scores = scores.reshape(strings, len(searches), count)
    rows = []
    pruned = max(search.pruned for search in searches)
    for subset in efforts(count):
        if subset <= pruned:
            rows.append((np.nan, 0.0, 0.0))
            continue
        kind = basis(count, subset, strings)
        if kind == SELECTION:
            weights, beyond = _to_finalists(weigh(scores.mean(axis=0), subset), searches)
            rows.append((*_weighted(weights, selection), beyond))
            continue
        weights = np.stack([weigh(ranks, subset) for ranks in scores])
        values = _means_of_others(tuning) if kind == CROSSED else tuning
        rows.append((*_weighted(weights / strings, values), 0.0))
    table = np.array(rows, dtype=float)
    return SearchCurve(values=table[:, 0], known=table[:, 1], beyond=table[:, 2])


def _to_finalists(weights: Array, searches: tuple[Points, ...]) -> tuple[Array, float]:
    """Return weights by finalist, and the share of winners that are not finalists."""
    inside = weights
    for axis, search in enumerate(searches):
        inside = np.take(inside, search.finalists, axis=axis)
        place = np.full(len(search.ranks), len(search.finalists) - 1)
        place[search.finalists] = np.arange(len(search.finalists))
        moved = np.zeros((len(search.finalists), *np.delete(weights.shape, axis)))
        np.add.at(moved, place, np.moveaxis(weights, axis, 0))
        weights = np.moveaxis(moved, 0, axis)
    return weights, max(1.0 - float(inside.sum()), 0.0)


def _means_of_others(values: Array) -> Array:
    """Return, for each string, the mean over the other strings that have a value."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    counts = known.sum(axis=0) - known
    return _share(filled.sum(axis=0) - filled, counts)


def _share(sums: Array, counts: NDArray[np.int64]) -> Array:
    """Return sums over counts; NaN where a count is 0."""
    means: Array = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return means


def _weighted(weights: Array, values: Array) -> tuple[float, float]:
    """Return the weighted mean of the known values, and the weight of the known values."""
    known = np.isfinite(values)
    weight = float(weights[known].sum())
    if weight <= 0:
        return float("nan"), 0.0
    return float((weights[known] * values[known]).sum()) / weight, weight
