"""A random forest for regression (Breiman 2001): scikit-learn's trees, without what its ensemble does around each.

On a few hundred points the checks, copies and dispatch of the ensemble take twice as long as its trees. Those grown
here, and what they predict, are those of its RandomForestRegressor to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem.core.arrays import Array

_LARGEST_SEED = np.iinfo(np.int32).max


class Forest:
    """`RandomForestRegressor(n_estimators=trees, min_samples_leaf=least, random_state=seed)`, quicker on few points.

    Examples
    --------
    >>> inputs = np.arange(32.0)[:, None]
    >>> forest = Forest(trees=8, least=2, seed=0).fit(inputs, 2 * inputs[:, 0])
    >>> forest.score(inputs, 2 * inputs[:, 0]) > 0.99
    True
    """

    def __init__(self, trees: int, least: int, seed: int) -> None:
        self._count, self._least, self._seed = trees, least, seed
        self._trees: list[Any] = []

    def fit(self, inputs: Array, scores: Array) -> Forest:
        """Grow the trees, each on points drawn with replacement: `inputs` (n, d), `scores` (n,), both finite."""
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor
        from sklearn.utils import check_random_state

        narrow, values, count = (
            _narrow(inputs),
            np.ascontiguousarray(scores, dtype=float),
            len(scores),
        )
        # As the ensemble does: seeds of the trees from that of the forest, points of a tree and its growth each from
        # the tree's. One source, seeded anew, since to make one takes longer than to seed it.
        source = check_random_state(self._seed)
        seeds = [int(source.randint(_LARGEST_SEED)) for _ in range(self._count)]
        self._trees = []
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for seed in seeds:
                source.seed(seed)
                weights = np.bincount(source.randint(0, count, count), minlength=count).astype(
                    float
                )
                source.seed(seed)
                tree = DecisionTreeRegressor(
                    min_samples_leaf=self._least, max_features=1.0, random_state=source
                )
                self._trees.append(
                    tree.fit(narrow, values, sample_weight=weights, check_input=False)
                )
        return self

    def predict(self, inputs: Array) -> Array:
        """Mean over the trees at each of m points (m, d): (m,)."""
        narrow = _narrow(inputs)
        total = np.zeros(len(narrow))
        for tree in self._trees:
            total += tree.predict(narrow, check_input=False)
        return total / len(self._trees)

    def score(self, inputs: Array, scores: Array) -> float:
        """Share of the variance of the scores that is predicted (R²)."""
        from sklearn.metrics import r2_score

        return float(r2_score(scores, self.predict(inputs)))


def _narrow(inputs: Array) -> NDArray[np.float32]:
    """Inputs as trees compare them."""
    return np.ascontiguousarray(inputs, dtype=np.float32)
