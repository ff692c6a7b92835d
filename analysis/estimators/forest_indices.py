"""Total Sobol indices of a forest that is fitted on points of a search.

The total index (Jansen 1999) comes from a forest (Breiman 2001). The forest is fitted on points
that cover the space evenly, never on points that a sampler chose by results.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from seqmem.analysis.estimators.forest import Forest
from seqmem.analysis.estimators.importance_points import Points
from seqmem.analysis.estimators.worker_pool import map_parts
from seqmem.core.arrays import Array
from seqmem.core.seeding import derive_seed, generator

REFITS = 200
TREES = 48
LEAST_LEAF = 2
FOLDS = 5
_BASE_POINTS = 256
_REFITS_AT_A_TIME = 10


class Sobol(NamedTuple):
    """Total Sobol indices of a forest, with those of refits.

    Attributes
    ----------
    total : array of float, shape (d,)
        Indices of the forest on all points.
    refits : array of float, shape (refits, d)
        Indices of forests on resampled points.
    interaction : float
        Share of the variance from the joint effect of two named inputs, beyond their own effects.
    r_squared : float
        Share of the variance of the scores that the forest explains out of fold.
    """

    total: Array
    refits: Array
    interaction: float
    r_squared: float


def sobol_indices(
    points: Points, refits: int = REFITS, pair: tuple[str, str] = ("learning_rate", "units")
) -> Sobol:
    """Return the total Sobol index of each input from a forest, with refits on resampled points.

    Inputs are drawn independently from the values that occur. Whole numbers and logarithmic ranges
    are therefore as in the search. The seed is fixed, so equal points give equal indices.

    Parameters
    ----------
    points : Points
        Configurations and scores.
    refits : int, default 200
        Number of forests on points drawn with replacement.
    pair : tuple of two str, default ("learning_rate", "units")
        Inputs whose interaction is estimated.

    Returns
    -------
    Sobol
        Indices, refits, interaction and R².
    """
    inputs = np.ascontiguousarray(points.inputs)
    scores = np.ascontiguousarray(points.scores)
    return _sobol_indices(inputs.tobytes(), scores.tobytes(), points.names, refits, pair)


@lru_cache(maxsize=64)
def _sobol_indices(
    inputs: bytes, scores: bytes, names: tuple[str, ...], refits: int, pair: tuple[str, str]
) -> Sobol:
    """Compute `sobol_indices` once for the same points, which the table and claim C4 both need."""
    points = Points(np.frombuffer(inputs).reshape(-1, len(names)), np.frombuffer(scores), names, 0)
    first, second = _samples(points.inputs)
    columns = [points.names.index(name) for name in pair if name in points.names]
    full = _forest(points.inputs, points.scores, 0)
    drawn = [row for rows in map_parts(_refitted, _refits(points, refits)) for row in rows]
    interaction = float("nan")
    if len(columns) == 2:
        interaction = _interaction(full, first, second, columns)
    table = np.array(drawn).reshape(refits, len(points.names))
    return Sobol(_total(full, first, second), table, interaction, out_of_fold_r_squared(points))


class _Refits(NamedTuple):
    """Some of the refits.

    Attributes
    ----------
    points : Points
        All points.
    seeds : range
        Seed of each of m forests.
    drawn : array of int, shape (m, n)
        Indices of the points of each forest, drawn with replacement.
    """

    points: Points
    seeds: range
    drawn: NDArray[np.int64]


def _refits(points: Points, count: int) -> Iterator[_Refits]:
    rng = generator("analysis", "importance", "bootstrap")
    size = len(points.scores)
    for start in range(0, count, _REFITS_AT_A_TIME):
        seeds = range(start + 1, min(start + _REFITS_AT_A_TIME, count) + 1)
        yield _Refits(points, seeds, np.array([rng.integers(size, size=size) for _ in seeds]))


def _refitted(work: _Refits) -> list[Array]:
    """Return the total indices of each of m forests: m arrays of shape (d,)."""
    points = work.points
    first, second = _samples(points.inputs)
    forests = (
        _forest(points.inputs[drawn], points.scores[drawn], seed)
        for seed, drawn in zip(work.seeds, work.drawn, strict=True)
    )
    return [_total(forest, first, second) for forest in forests]


def out_of_fold_r_squared(points: Points) -> float:
    """Return the share of the variance of the scores that forests explain on unseen points.

    Parameters
    ----------
    points : Points
        Configurations and scores.

    Returns
    -------
    float
        R² over 5 folds; NaN if all scores are equal or there are fewer than 10 points.
    """
    if np.ptp(points.scores) == 0 or len(points.scores) < 2 * FOLDS:
        return float("nan")
    predicted = np.empty(len(points.scores))
    for held in _folds(len(points.scores)):
        kept = np.setdiff1d(np.arange(len(points.scores)), held)
        predicted[held] = _forest(points.inputs[kept], points.scores[kept], 0).predict(
            points.inputs[held]
        )
    rest = points.scores - predicted
    return float(1 - (rest @ rest) / ((points.scores - points.scores.mean()) ** 2).sum())


def permutation(points: Points, repeats: int = 10) -> Array:
    """Return how much the out-of-fold R² falls when one input is permuted.

    Parameters
    ----------
    points : Points
        Configurations and scores.
    repeats : int, default 10
        Permutations per fold.

    Returns
    -------
    array of float, shape (d,)
        Mean fall of each input over repeats and folds.
    """
    from sklearn.inspection import permutation_importance

    falls = []
    for held in _folds(len(points.scores)):
        kept = np.setdiff1d(np.arange(len(points.scores)), held)
        forest = _forest(points.inputs[kept], points.scores[kept], 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            result = permutation_importance(
                forest, points.inputs[held], points.scores[held], n_repeats=repeats,
                random_state=derive_seed("permutation") % 2**32,
            )  # fmt: skip
        falls.append(result.importances_mean)
    mean: Array = np.mean(falls, axis=0)
    return mean


def _forest(inputs: Array, scores: Array, seed: int) -> Forest:
    return Forest(TREES, LEAST_LEAF, seed).fit(inputs, scores)


def _samples(inputs: Array) -> tuple[Array, Array]:
    """Return two independent samples (256, d), drawn from the values of each column."""
    width = inputs.shape[1]
    unit = qmc.Sobol(2 * width, rng=generator("analysis", "importance", "sample")).random(
        _BASE_POINTS
    )
    ranks = np.minimum((unit * len(inputs)).astype(int), len(inputs) - 1)
    columns = np.sort(inputs, axis=0)
    drawn = np.take_along_axis(np.concatenate([columns, columns], axis=1), ranks, axis=0)
    return drawn[:, :width], drawn[:, width:]


def _mixed(first: Array, second: Array, columns: list[int]) -> Array:
    """Return `first` with some columns of `second`."""
    mixed = first.copy()
    mixed[:, columns] = second[:, columns]
    return mixed


def _total(forest: Forest, first: Array, second: Array) -> Array:
    """Return the total index of each input.

    It is half the mean squared change when that input alone is drawn anew, over the variance.
    """
    width = first.shape[1]
    batches = [first, second, *(_mixed(first, second, [column]) for column in range(width))]
    values = forest.predict(np.concatenate(batches)).reshape(len(batches), -1)
    variance = float(values[:2].var())
    if variance == 0:
        return np.zeros(width)
    total: Array = 0.5 * ((values[2:] - values[0]) ** 2).mean(axis=1) / variance
    return total


def _interaction(forest: Forest, first: Array, second: Array, columns: list[int]) -> float:
    """Return Sobol's second-order index of two inputs.

    It is the share of the variance from their joint effect, beyond their own effects.
    """
    batches = [
        first,
        second,
        *(_mixed(second, first, chosen) for chosen in ([columns[0]], [columns[1]], columns)),
    ]
    values = forest.predict(np.concatenate(batches)).reshape(len(batches), -1)
    values = values - values[:2].mean()
    variance = float((values[:2] ** 2).mean())
    if variance == 0:
        return float("nan")
    one, other, both = ((values[0] * (mixed - values[1])).mean() / variance for mixed in values[2:])
    return float(both - one - other)


def _folds(count: int) -> list[NDArray[np.int64]]:
    order = generator("analysis", "importance", "folds").permutation(count)
    return [np.sort(order[first::FOLDS]) for first in range(FOLDS)]
