"""A random forest for regression (Breiman 2001), grown from scikit-learn's trees.

With a few hundred points, the checks and copies of scikit-learn's ensemble and of its trees' class
take longer than growing the trees. This forest leaves them out. Its trees and predictions equal
those of `RandomForestRegressor` to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.core.arrays import Array

_LARGEST_SEED = np.iinfo(np.int32).max
_DEEPEST = np.iinfo(np.int32).max

# Grows one tree from inputs, values of shape (n, 1), weights, and a source of random numbers.
_Growth = Callable[[NDArray[np.float32], Array, Array, Any], Any]


class Forest:
    """A random forest that equals `RandomForestRegressor` and is faster on few points.

    Parameters
    ----------
    trees : int
        Number of trees (`n_estimators`).
    least : int
        Fewest points in a leaf (`min_samples_leaf`).
    seed : int
        Seed of the forest (`random_state`).

    Examples
    --------
    >>> inputs = np.arange(32.0)[:, None]
    >>> forest = Forest(trees=8, least=2, seed=0).fit(inputs, 2 * inputs[:, 0])
    >>> forest.score(inputs, 2 * inputs[:, 0]) > 0.99
    True
    """

    def __init__(self, trees: int, least: int, seed: int) -> None:
        self._count = trees
        self._least = least
        self._seed = seed
        self._trees: list[Any] = []

    def fit(self, inputs: Array, scores: Array) -> Forest:
        """Grow the trees, each on points drawn with replacement.

        Parameters
        ----------
        inputs : array of float, shape (n, d)
            Points, all finite.
        scores : array of float, shape (n,)
            Value at each point, finite.

        Returns
        -------
        Forest
            The forest itself.
        """
        from sklearn.utils import check_random_state

        narrow = _narrow(inputs)
        values = np.ascontiguousarray(scores, dtype=float).reshape(-1, 1)
        count = len(scores)
        grow = direct_growth(self._least) or public_growth(self._least)
        # As in the ensemble, the forest's seed gives the seeds of the trees. A tree's seed gives
        # its points and its growth. One source is seeded again and again: this is faster than
        # making a new one.
        source = check_random_state(self._seed)
        seeds = [int(source.randint(_LARGEST_SEED)) for _ in range(self._count)]
        self._trees = []
        for seed in seeds:
            source.seed(seed)
            weights = np.bincount(source.randint(0, count, count), minlength=count).astype(float)
            source.seed(seed)
            self._trees.append(grow(narrow, values, weights, source))
        return self

    def predict(self, inputs: Array) -> Array:
        """Return the mean prediction of the trees.

        Parameters
        ----------
        inputs : array of float, shape (m, d)
            Points.

        Returns
        -------
        array of float, shape (m,)
            Prediction at each point.
        """
        narrow = _narrow(inputs)
        total = np.zeros(len(narrow))
        for tree in self._trees:
            total += tree.predict(narrow)[:, 0]
        return total / len(self._trees)

    def score(self, inputs: Array, scores: Array) -> float:
        """Return the share of the variance of the scores that is predicted (R²).

        Parameters
        ----------
        inputs : array of float, shape (m, d)
            Points.
        scores : array of float, shape (m,)
            Value at each point.

        Returns
        -------
        float
            R², at most 1.
        """
        from sklearn.metrics import r2_score

        return float(r2_score(scores, self.predict(inputs)))


@cache
def direct_growth(least: int) -> _Growth | None:
    """Return what grows a tree without the checks of scikit-learn's class of trees.

    Parameters
    ----------
    least : int
        Fewest points in a leaf.

    Returns
    -------
    callable or None
        None if the installed scikit-learn has other inner classes, or they are called otherwise.
    """
    try:
        from sklearn.tree._criterion import MSE
        from sklearn.tree._splitter import BestSplitter
        from sklearn.tree._tree import DepthFirstTreeBuilder, Tree
    except ImportError:
        return None
    outputs = np.ones(1, dtype=np.intp)

    def grow(narrow: NDArray[np.float32], values: Array, weights: Array, source: Any) -> Any:
        count, width = narrow.shape
        splitter = BestSplitter(MSE(1, count), width, least, 0.0, source, None)
        tree = Tree(width, outputs, 1)
        builder = DepthFirstTreeBuilder(splitter, max(2, 2 * least), least, 0.0, _DEEPEST, 0.0)
        builder.build(tree, narrow, values, weights, None)
        return tree

    pair = np.zeros((2, 1))
    try:
        grow(pair.astype(np.float32), pair, np.ones(2), np.random.RandomState(0))
    except (TypeError, ValueError):
        return None
    return grow


def public_growth(least: int) -> _Growth:
    """Return what grows a tree by scikit-learn's class of trees.

    Parameters
    ----------
    least : int
        Fewest points in a leaf.
    """
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor

    def grow(narrow: NDArray[np.float32], values: Array, weights: Array, source: Any) -> Any:
        with config_context(assume_finite=True, skip_parameter_validation=True):
            tree = DecisionTreeRegressor(
                min_samples_leaf=least, max_features=1.0, random_state=source
            )
            tree.fit(narrow, values[:, 0], sample_weight=weights, check_input=False)
        return tree.tree_

    return grow


def _narrow(inputs: Array) -> NDArray[np.float32]:
    """Convert inputs to the type that trees compare."""
    return np.ascontiguousarray(inputs, dtype=np.float32)
