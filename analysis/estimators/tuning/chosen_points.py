"""The best of n of some points of a search: those that have a setting, such as depth 2.

Each tuning string ranks the points and the other tuning strings give the values. With one tuning
string, the same string does both: such values are conditional on it. Expected values are weighted
means over tuning runs, so the weights are made once for every value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.tuning.subset_weights import best_weights, pair_weights
from seqmem.core.arrays import Array


class ChosenPoints(NamedTuple):
    """Some points of one search, on its t tuning strings.

    Attributes
    ----------
    scores : array of float, shape (t, N)
        Score of each point on each string, the mean over repeats.
    rows : array of int, shape (t, r, N)
        Row label of the run of each string, repeat and point.
    slots : array of int, shape (N,)
        Number of each point in its search.
    strings : tuple of str
        The tuning strings.
    """

    scores: Array
    rows: NDArray[np.int64]
    slots: NDArray[np.int64]
    strings: tuple[str, ...]

    def take(self, points: NDArray[np.int64]) -> ChosenPoints:
        """Return some of the points, by their position."""
        return ChosenPoints(
            self.scores[:, points], self.rows[:, :, points], self.slots[points], self.strings
        )


def chosen_points(runs: pd.DataFrame) -> ChosenPoints | None:
    """Return the points of the tuning runs of one search.

    Parameters
    ----------
    runs : DataFrame
        Tuning runs of one search; their index labels enter the result. Repeats are numbered in
        their order.

    Returns
    -------
    ChosenPoints or None
        None if a run failed or is missing, or the points have different strings.

    Examples
    --------
    >>> columns = {"trial": [0, 1], "string_id": "s", "repeat": 0, "score": [0.5, 0.9]}
    >>> chosen_points(pd.DataFrame(columns | {"status": "memorized"})).scores.tolist()
    [[0.5, 0.9]]
    """
    if not len(runs) or (runs["status"] == "failed").any() or runs["score"].isna().any():
        return None
    grid = runs.assign(row=runs.index).pivot_table(
        index=["string_id", "repeat"], columns="trial", values="row", aggfunc="first", sort=True
    )
    strings = tuple(sorted(runs["string_id"].astype(str).unique()))
    repeats = runs["repeat"].nunique()
    if grid.isna().any(axis=None) or len(grid) != len(strings) * repeats:
        return None
    rows = grid.to_numpy(dtype=np.int64).reshape(len(strings), repeats, -1)
    scores = runs["score"].astype(float).reindex(rows.ravel()).to_numpy().reshape(rows.shape)
    return ChosenPoints(scores.mean(axis=1), rows, grid.columns.to_numpy(dtype=np.int64), strings)


def value_weights(points: ChosenPoints, subset: int) -> Array:
    """Return the weight of each tuning run in the expected best of a random subset.

    Parameters
    ----------
    points : ChosenPoints
        N points on t strings.
    subset : int
        n, points of a subset.

    Returns
    -------
    array of float, shape (t, N)
        Weights whose sum is 1. A run's weight comes from the ranks on the other strings.

    Examples
    --------
    >>> rows = np.zeros((2, 1, 2), dtype=int)
    >>> points = ChosenPoints(np.array([[0.1, 0.9], [0.7, 0.2]]), rows, rows[0, 0], ("s", "t"))
    >>> value_weights(points, 2).tolist()  # the first string is won by point 1, the second by 0
    [[0.5, 0.0], [0.0, 0.5]]
    """
    return _crossed(np.stack([best_weights(scores, subset) for scores in points.scores]))


def pair_value_weights(
    first: ChosenPoints, second: ChosenPoints, subset: int, same_points: bool
) -> Array:
    """Return the weight of each pair of tuning runs on the same string, in two searches.

    Parameters
    ----------
    first, second : ChosenPoints
        N and M points on the same t strings.
    subset : int
        n, points of a subset.
    same_points : bool
        Whether one subset decides both winners, because the points are the same and in the same
        order. Otherwise each side has its own subset.

    Returns
    -------
    array of float, shape (t, N, M)
        Weights whose sum is 1.

    Examples
    --------
    >>> rows = np.zeros((1, 1, 2), dtype=int)
    >>> points = ChosenPoints(np.array([[0.1, 0.9]]), rows, rows[0, 0], ("s",))
    >>> pair_value_weights(points, points, 1, True).tolist()
    [[[0.5, 0.0], [0.0, 0.5]]]
    >>> pair_value_weights(points, points, 1, False).tolist()
    [[[0.25, 0.25], [0.25, 0.25]]]
    """
    pairs = zip(first.scores, second.scores, strict=True)
    if same_points:
        return _crossed(np.stack([pair_weights(*scores, subset) for scores in pairs]))
    return _crossed(
        np.stack([np.outer(*(best_weights(scores, subset) for scores in both)) for both in pairs])
    )


def _crossed(weights: Array) -> Array:
    """Turn weights by the string that ranks, shape (t, ...), into weights by that of the value."""
    strings = len(weights)
    if strings == 1:
        return weights
    others: Array = (weights.sum(axis=0) - weights) / (strings * (strings - 1))
    return others
