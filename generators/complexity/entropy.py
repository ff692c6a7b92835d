"""Empirical entropies of a cyclic string, and the code length of its best short-context model."""

import numpy as np

HIGHEST_FLOOR_ORDER = 3


def conditional_entropy(symbols: np.ndarray, alphabet_size: int, order: int) -> float:
    """Return the plug-in entropy of a symbol given the ``order`` symbols before it, in bits.

    The string is read as a cycle, so that every symbol has a context.

    >>> conditional_entropy(np.array([0, 1, 0, 1]), alphabet_size=2, order=0)
    1.0
    >>> conditional_entropy(np.array([0, 1, 0, 1]), alphabet_size=2, order=1)
    0.0
    """
    contexts = _word_codes(symbols, alphabet_size, order)
    words = contexts * alphabet_size + symbols.astype(np.int64)
    return _entropy_bits(words) - _entropy_bits(contexts)


def ngram_bits(symbols: np.ndarray, alphabet_size: int, order: int) -> float:
    """Return the penalized code length of an order-m model: ``n H_m + k^m (k - 1) log2(n) / 2``."""
    n = len(symbols)
    penalty = 0.5 * alphabet_size**order * (alphabet_size - 1) * np.log2(n)
    return float(n * conditional_entropy(symbols, alphabet_size, order) + penalty)


def floor_bits(symbols: np.ndarray, alphabet_size: int) -> float:
    """Return the bits that a short-context model saves against uniform coding, without memory.

    ``n log2 k - min over orders 0 … 3`` of `ngram_bits`; the penalty matters because an n-gram
    model of order ``min_context`` is itself a perfect memorizer. It is negative where no such
    model pays for its parameters.

    Parameters
    ----------
    symbols : array of shape (n,)
    """
    uniform = len(symbols) * np.log2(alphabet_size)
    orders = range(HIGHEST_FLOOR_ORDER + 1)
    return float(uniform - min(ngram_bits(symbols, alphabet_size, order) for order in orders))


def _word_codes(symbols: np.ndarray, alphabet_size: int, order: int) -> np.ndarray:
    """Code of the ``order`` symbols before each place of the cycle, as integers of base k."""
    codes = np.zeros(len(symbols), dtype=np.int64)
    for distance in range(order, 0, -1):
        codes = codes * alphabet_size + np.roll(symbols, distance).astype(np.int64)
    return codes


def _entropy_bits(codes: np.ndarray) -> float:
    counts = np.unique(codes, return_counts=True)[1]
    probabilities = counts / counts.sum()
    return float(-(probabilities * np.log2(probabilities)).sum()) + 0.0
