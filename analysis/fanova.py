"""fANOVA (Hutter, Hoos and Leyton-Brown 2014): shares of the variance of a forest over a box, one input at a time.

What Optuna's evaluator computes, node by node in Python, here with arrays over the leaves of a tree: a tenth of a
second where that takes seconds. Both agree to rounding.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from analysis.forest import Forest
from analysis.psychometric import Array

TREES, LEAST_LEAF, SEED = 64, 1, 0


class Leaves(NamedTuple):
    """The leaves of a tree: `values` (n,), and the box of each, from `low` to `high` (n, d)."""

    values: Array
    low: Array
    high: Array


def fanova(inputs: Array, scores: Array) -> Array:
    """Importance of each input, as shares of 1: the mean over trees of its share of the tree's variance.

    Parameters
    ----------
    inputs : in the unit box (n, d).
    scores : (n,), not all equal.

    Returns
    -------
    Array (d,).

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((200, 2))
    >>> fanova(inputs, inputs[:, 1]).round(1).tolist()
    [0.0, 1.0]
    """
    forest = Forest(TREES, LEAST_LEAF, SEED).fit(inputs, scores)
    shares = [found for tree in forest.trees if (found := _shares(leaves_of(tree))) is not None]
    mean = np.mean(shares, axis=0)
    normalized: Array = mean / mean.sum()
    return normalized


def leaves_of(tree: Any) -> Leaves:
    """The leaves of one of scikit-learn's trees over the unit box."""
    low, high = np.zeros((tree.node_count, tree.n_features)), np.ones((tree.node_count, tree.n_features))
    # A node comes before its children.
    for node, (left, right) in enumerate(zip(tree.children_left, tree.children_right, strict=True)):
        if left >= 0:
            feature, threshold = tree.feature[node], tree.threshold[node]
            for child in (left, right):
                low[child], high[child] = low[node], high[node]
            high[left, feature] = low[right, feature] = threshold
    ends = tree.children_left < 0
    return Leaves(tree.value[ends, 0, 0], low[ends], high[ends])


def _shares(leaves: Leaves) -> Array | None:
    """Variance of the mean at each value of an input over the tree's variance: (d,); None for a constant tree."""
    volumes = np.prod(leaves.high - leaves.low, axis=1)
    whole = _variance(leaves.values, volumes)
    if whole == 0:
        return None
    return np.array([_marginal_variance(leaves, volumes, feature) for feature in range(leaves.low.shape[1])]) / whole


def _marginal_variance(leaves: Leaves, volumes: Array, feature: int) -> float:
    """Variance over one input of the mean over all others."""
    low, high = leaves.low[:, feature], leaves.high[:, feature]
    edges = np.unique(np.concatenate([low, high]))
    middles = (edges[1:] + edges[:-1]) / 2
    weights = ((low < middles[:, None]) & (middles[:, None] < high)) * (volumes / (high - low))
    masses = weights.sum(axis=1)
    return _variance((weights * leaves.values).sum(axis=1) / masses, masses * np.diff(edges))


def _variance(values: Array, weights: Array) -> float:
    return float(np.average((values - np.average(values, weights=weights)) ** 2, weights=weights))
