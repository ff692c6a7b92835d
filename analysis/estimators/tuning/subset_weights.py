"""Weights with which points of a search win a random subset of them.

A search of N points holds every search of n < N of them. The mean over all subsets of n points uses
every point, so it varies less than the best of one subset. The points of two searches are paired:
one subset of slots decides both winners.

The estimand is "the best of a random n-subset of the N points". For a scrambled Sobol set it is
neither random search of n points nor a Sobol set of n points.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqmem.core.arrays import Array
from seqmem.core.errors import InputError


def rank_weights(points: int, subset: int) -> Array:
    """Return the probability that each rank is the highest of a random subset.

    The probability of rank r is C(r - 1, n - 1) / C(N, n).

    Parameters
    ----------
    points : int
        N, points of the search.
    subset : int
        n, points of a subset.

    Returns
    -------
    array of float, shape (points,)
        Probabilities, ranks ascending. Their sum is 1.

    Raises
    ------
    InputError
        If n is not from 1 to N.

    Examples
    --------
    >>> rank_weights(4, 2).round(4).tolist()
    [0.0, 0.1667, 0.3333, 0.5]
    """
    _check_subset(points, subset)
    total = comb(points, subset)
    return np.array([comb(rank, subset - 1) / total for rank in range(points)])


def best_weights(scores: ArrayLike, subset: int) -> Array:
    """Return the probability that each point is the best of a random subset.

    Equal scores are broken at random, so tied points share their probability.

    Parameters
    ----------
    scores : array of float, shape (N,)
        Scores of the points; higher is better. A pruned point has the score -inf: it ranks below
        all others, in an unknown order.
    subset : int
        n, points of a subset.

    Returns
    -------
    array of float, shape (N,)
        Probabilities in the order of the points. Their sum is 1.

    Raises
    ------
    InputError
        If n is not greater than the number of pruned points, so that all points of a subset may be
        pruned.

    Examples
    --------
    >>> best_weights([0.5, 0.9, 0.9, 0.1], 2).round(4).tolist()
    [0.1667, 0.4167, 0.4167, 0.0]
    """
    values = _scores(scores)
    _check_pruned(subset, values)
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    by_rank = np.add.reduceat(rank_weights(len(values), subset), np.cumsum(sizes) - sizes)
    shared: Array = (by_rank / sizes)[group]
    return shared


def pair_weights(first: ArrayLike, second: ArrayLike, subset: int) -> Array:
    """Return the probability of each pair of winners of a random subset of slots.

    Two searches have the same slots. A subset of n slots decides the winner a of the first and the
    winner b of the second. Equal scores are broken at random, independently in each search. For
    points with L(b) <= L(a) and G(a) <= G(b), let n00, n10, n01 and n11 count the other points c
    with L(c) <= L(a) and G(c) <= G(b), by whether L(c) = L(a) and whether G(c) = G(b). With
    k = n - |{a, b}|,

    w_ab = sum over x, y, z of C(n10, x) C(n01, y) C(n11, z) C(n00, k - x - y - z)
    / [(1 + e_L + x + z) (1 + e_G + y + z)] / C(N, n),

    where e_L = 1 if b is another point that ties with a in L, and e_G = 1 if a is another point
    that ties with b in G.

    Parameters
    ----------
    first, second : array of float, shape (N,)
        Scores L and G of the slots in the two searches; higher is better, and -inf if pruned.
    subset : int
        n, slots of a subset.

    Returns
    -------
    array of float, shape (N, N)
        Probabilities by winner of the first (rows) and of the second search (columns). The sum of
        all is 1. The sums of rows and of columns are those of `best_weights`.

    Raises
    ------
    InputError
        As `best_weights`, for either search.

    Examples
    --------
    >>> pair_weights([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], 2).round(4).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.3333, 0.0], [0.0, 0.3333, 0.3333]]
    """
    sides = _scores(first), _scores(second)
    counts = _counts(*sides)
    points = len(counts.possible)
    _check_subset(points, subset)
    _check_pruned(subset, *sides)
    free = subset - 2 + np.eye(points, dtype=np.int64)
    weights = np.zeros((points, points))
    used = counts.possible & (free >= 0)
    rows = np.stack([free, *counts[1:]])[:, used]
    kinds, kind = np.unique(rows, axis=1, return_inverse=True)
    values = np.array([_subsets(*column) for column in kinds.T.tolist()])
    weights[used] = values[kind.ravel()] / comb(points, subset)
    return weights


class _Counts(NamedTuple):
    """Counts of points below each pair of winners, each of shape (N, N), see `pair_weights`."""

    possible: NDArray[np.bool_]
    below: NDArray[np.int64]
    tied_first: NDArray[np.int64]
    tied_second: NDArray[np.int64]
    tied_both: NDArray[np.int64]
    winners_tie_first: NDArray[np.int64]
    winners_tie_second: NDArray[np.int64]


def _counts(first: Array, second: Array) -> _Counts:
    if len(first) != len(second):
        raise InputError(f"{len(first)} and {len(second)} scores; paired searches have equal slots")
    # Rows are the winner a of the first search, columns the winner b of the second.
    lower = (first[None, :] < first[:, None]).astype(np.int64)
    equal = (first[None, :] == first[:, None]).astype(np.int64)
    lower_second = (second[:, None] < second[None, :]).astype(np.int64)
    equal_second = (second[:, None] == second[None, :]).astype(np.int64)
    other = 1 - np.eye(len(first), dtype=np.int64)
    # Each product counts all points c, with a and b among them. These are taken off below.
    return _Counts(
        ((lower + equal) * (lower_second + equal_second)).astype(bool),
        lower @ lower_second,
        equal @ lower_second - lower_second,
        lower @ equal_second - lower,
        equal @ equal_second - equal_second - equal * other,
        equal * other,
        equal_second * other,
    )


@lru_cache(maxsize=2**16)
def _subsets(
    free: int,
    below: int,
    tied_first: int,
    tied_second: int,
    tied_both: int,
    winners_tie_first: int,
    winners_tie_second: int,
) -> float:
    """Return the number of subsets in which a pair wins, each weighted by its chance of ties."""
    total = 0.0
    for both in range(min(tied_both, free) + 1):
        for one in range(min(tied_first, free - both) + 1):
            rest = free - both - one
            ways_so_far = comb(tied_first, one) * comb(tied_both, both)
            for two in range(max(rest - below, 0), min(tied_second, rest) + 1):
                ways = ways_so_far * comb(tied_second, two) * comb(below, rest - two)
                total += ways / (
                    (1 + winners_tie_first + one + both) * (1 + winners_tie_second + two + both)
                )
    return total


def _scores(scores: ArrayLike) -> Array:
    values = np.asarray(scores, dtype=float)
    if values.ndim != 1 or not (np.isfinite(values) | np.isneginf(values)).all():
        raise InputError(
            "scores of points must be finite numbers, or -inf if pruned, one for each point"
        )
    return values


def _check_pruned(subset: int, *searches: Array) -> None:
    pruned = max(int(np.isneginf(scores).sum()) for scores in searches)
    if 0 < pruned and subset <= pruned:
        raise InputError(
            f"the best of {subset} points is unknown, because {pruned} of the {len(searches[0])} "
            f"points of the search were pruned; the smallest valid n is {pruned + 1}"
        )


def _check_subset(points: int, subset: int) -> None:
    if not 1 <= subset <= points:
        raise InputError(f"a subset of {subset} points; valid: 1 to {points}, all of the search")
