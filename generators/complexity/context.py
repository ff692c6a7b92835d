"""How much of a string its recent context gives away: local entropies and the context needed."""

from functools import partial

import numpy as np

from seqmem.generators.complexity.entropy import block_entropy, count_entropy
from seqmem.generators.complexity.repeats import smallest_period
from seqmem.generators.complexity.suffixes import Suffixes

# Entropy of the next symbol, in bits, that counts as almost determined.
ALMOST_DETERMINED = 0.05


def local_entropy(symbols: np.ndarray, context: int) -> float:
    """Return the entropy of the next symbol, given the m symbols before it, in bits.

    It is the m-local entropy of a string (Someya et al., ACL 2025), with the counts of the string
    itself as probabilities. The string is read as a cycle.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    context : int
        m, symbols of context.

    Examples
    --------
    >>> [local_entropy(np.array([0, 0, 1, 1]), context) for context in (1, 2)]
    [1.0, 0.0]
    """
    shorter = block_entropy(symbols, context) if context else 0.0
    return max(block_entropy(symbols, context + 1) - shorter, 0.0)


local_entropy_1 = partial(local_entropy, context=1)
local_entropy_2 = partial(local_entropy, context=2)
local_entropy_4 = partial(local_entropy, context=4)
local_entropy_8 = partial(local_entropy, context=8)


def context_entropy(symbols: np.ndarray) -> int:
    """Return the fewest symbols of context that leave less than .05 bit about the next symbol.

    It is the smallest m whose `local_entropy` is below .05 bit. It is at most `min_context`, which
    leaves none, and is not raised by a single long repeat.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    int
        Length in symbols.

    Examples
    --------
    One symbol in a thousand leaves .01 bit without any context:

    >>> one_other = np.array([0] * 999 + [1])
    >>> context_entropy(one_other), context_entropy(np.array([0, 0, 1, 1]))
    (0, 2)
    """
    root = np.asarray(symbols)[: smallest_period(symbols)]
    following, agreement = _sorted_contexts(root)
    low, high = 0, int(agreement.max()) + 1
    while low < high:
        middle = (low + high) // 2
        if _entropy_given(following, agreement, middle) < ALMOST_DETERMINED:
            high = middle
        else:
            low = middle + 1
    return low


def _sorted_contexts(root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the symbol after each context, contexts in order, and how long neighbours agree.

    A context is read backward from the symbol that follows it.
    """
    n = len(root)
    if n == 1:
        return np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    contexts = Suffixes(root[::-1], cyclic=True)
    order = contexts.order.astype(np.int64)
    agreement = np.zeros(n, dtype=np.int64)
    agreement[1:] = contexts.agreement(order[1:], order[:-1])
    return root[-order % n].astype(np.int64), agreement


def _entropy_given(following: np.ndarray, agreement: np.ndarray, context: int) -> float:
    """Return the entropy of the following symbol, given so many symbols of context, in bits."""
    starts = agreement < context
    starts[0] = True
    words = np.cumsum(starts) - 1
    pairs = words * (int(following.max()) + 1) + following
    joint = np.unique(pairs, return_counts=True)[1]
    return count_entropy(joint) - count_entropy(np.bincount(words))
