"""Empirical entropies of a cyclic string, and the code length of its best short-context model."""

from collections.abc import Iterator
from functools import partial
from math import log, log2
from typing import NamedTuple

import numpy as np

from seqmem.core import libm
from seqmem.generators.complexity.lempel_ziv import lz76_phrase_count
from seqmem.generators.complexity.words import dense

HIGHEST_FLOOR_ORDER = 3
# Estimates use the longest context whose words occur so often on average, up to a limit.
OCCURRENCES = 30
HIGHEST_ORDER = 16
_LARGEST_CODE = 2**62


def conditional_entropy(symbols: np.ndarray, alphabet_size: int, order: int) -> float:
    """Return the plug-in entropy of a symbol, given the ``order`` symbols before it, in bits.

    The string is read as a cycle, so every symbol has a context.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.
    order : int
        Symbols of context.

    Examples
    --------
    >>> conditional_entropy(np.array([0, 1, 0, 1]), alphabet_size=2, order=0)
    1.0
    >>> conditional_entropy(np.array([0, 1, 0, 1]), alphabet_size=2, order=1)
    0.0
    """
    contexts = _word_codes(symbols, alphabet_size, order)
    codes = contexts * alphabet_size + symbols.astype(np.int64)
    return _entropy_bits(codes) - _entropy_bits(contexts)


def ngram_bits(symbols: np.ndarray, alphabet_size: int, order: int) -> float:
    """Return the penalized code length of a model with a context of m symbols, in bits.

    It is ``n H_m + k^m (k - 1) log2(n) / 2``, with the conditional entropy H_m of the string.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.
    order : int
        m.

    Examples
    --------
    >>> ngram_bits(np.array([0, 1, 0, 1]), alphabet_size=2, order=1)
    2.0
    """
    n = len(symbols)
    penalty = 0.5 * alphabet_size**order * (alphabet_size - 1) * log2(n)
    return float(n * conditional_entropy(symbols, alphabet_size, order) + penalty)


def floor_bits(symbols: np.ndarray, alphabet_size: int) -> float:
    """Return the bits that a short-context model saves against uniform coding, without memory.

    It is ``n log2 k`` minus the least `ngram_bits` of the orders 0 to 3. The penalty matters,
    because an n-gram model of order ``min_context`` is itself a perfect memorizer. The value is
    negative if no such model pays for its parameters.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.

    Examples
    --------
    >>> floor_bits(np.array([0, 1, 0, 1]), alphabet_size=2)
    2.0
    """
    uniform = len(symbols) * log2(alphabet_size)
    return float(uniform - ngram_bits(symbols, alphabet_size, floor_order(symbols, alphabet_size)))


def floor_order(symbols: np.ndarray, alphabet_size: int) -> int:
    """Return the order from 0 to 3 with the least `ngram_bits`.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.
    """
    orders = range(HIGHEST_FLOOR_ORDER + 1)
    return min(orders, key=lambda order: ngram_bits(symbols, alphabet_size, order))


def floor_probabilities(symbols: np.ndarray, alphabet_size: int) -> np.ndarray:
    """Return the probability that the best short-context model gives to each symbol.

    It is the share of the symbol among those after the same `floor_order` symbols, in the cycle.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.

    Returns
    -------
    array of float, shape (n,)

    Examples
    --------
    >>> floor_probabilities(np.array([0, 1, 1, 1]), alphabet_size=2).tolist()
    [0.25, 0.75, 0.75, 0.75]
    """
    contexts = _word_codes(symbols, alphabet_size, floor_order(symbols, alphabet_size))
    words = contexts * alphabet_size + symbols.astype(np.int64)
    probabilities: np.ndarray = _occurrences(words) / _occurrences(contexts)
    return probabilities


class Estimate(NamedTuple):
    """Entropy rate and excess entropy from contexts of some length.

    Attributes
    ----------
    order : int
        Symbols of context.
    rate : float
        Entropy rate, in bits per symbol.
    excess : float
        Excess entropy, in bits.
    """

    order: int
    rate: float
    excess: float


def block_entropy(symbols: np.ndarray, length: int) -> float:
    """Return the plug-in entropy of the words of one length, in bits (Shannon 1948).

    The string is read as a cycle.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    length : int
        Symbols of a word.

    Examples
    --------
    >>> block_entropy(np.array([0, 1, 0, 1]), 1), block_entropy(np.array([0, 0, 1, 1]), 2)
    (1.0, 2.0)
    """
    for size, counts in enumerate(_word_counts(symbols), start=1):
        if size == length:
            return count_entropy(counts)
    raise AssertionError


block_entropy_1 = partial(block_entropy, length=1)
block_entropy_2 = partial(block_entropy, length=2)
block_entropy_3 = partial(block_entropy, length=3)
block_entropy_4 = partial(block_entropy, length=4)


def entropy_rate(symbols: np.ndarray) -> float:
    """Return the plug-in entropy rate with Miller–Madow bias correction, in bits per symbol.

    The rate is ``H(m + 1) - H(m)``. Each block entropy is corrected by ``(words - 1) / (2 n ln 2)``
    (Miller 1955). The order m is the largest one up to 16 for which words of m + 1 symbols occur 30
    times on average. The rate lies between 0 and log2 of the number of symbols.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> entropy_rate(np.array([0, 1] * 32))
    0.0
    """
    return _estimate(symbols).rate


def excess_entropy(symbols: np.ndarray) -> float:
    """Return the excess entropy ``H(m) - m h``, in bits (Crutchfield and Feldman 2003).

    It is the information about the future that the past holds. The order m, the entropies and the
    rate h are those of `entropy_rate`. A long string of period p has an excess entropy of log2 p.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> round(excess_entropy(np.array([0, 1] * 5000)), 3)
    1.0
    """
    return _estimate(symbols).excess


def entropy_rate_lz76(symbols: np.ndarray) -> float:
    """Return the entropy rate by LZ76, ``c log2(n) / n`` bits per symbol (Lempel and Ziv 1976).

    Here c is the number of phrases. For a stationary ergodic source, the value tends to the entropy
    rate, slowly and from above.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> entropy_rate_lz76(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    1.5
    """
    n = len(symbols)
    return float(lz76_phrase_count(symbols) * log2(n) / n)


def _estimate(symbols: np.ndarray) -> Estimate:
    """Return the estimates from the longest context that the string is long enough for."""
    n = len(symbols)
    order = 0
    entropies = [0.0]
    for size, counts in enumerate(_word_counts(symbols), start=1):
        if size > HIGHEST_ORDER + 1 or (size > 1 and len(counts) * OCCURRENCES > n):
            break
        order = size - 1
        entropies.append(count_entropy(counts) + (len(counts) - 1) / (2 * n * log(2)))
    distinct = len(np.unique(symbols))
    rate = float(np.clip(entropies[order + 1] - entropies[order], 0.0, log2(distinct)))
    return Estimate(order, rate, float(max(entropies[order] - order * rate, 0.0)))


def _word_counts(symbols: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the counts of the words of 1, 2, 3, … symbols in the cycle."""
    first = dense(symbols).astype(np.int64)
    codes = first
    largest = int(first.max())
    size = largest + 1
    length = 1
    while True:
        yield np.unique(codes, return_counts=True)[1]
        if (largest + 1) * size > _LARGEST_CODE:
            codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
            largest = int(codes.max())
        codes = codes * size + np.roll(first, -length)
        largest = (largest + 1) * size - 1
        length += 1


def _word_codes(symbols: np.ndarray, alphabet_size: int, order: int) -> np.ndarray:
    """Return the ``order`` symbols before each position of the cycle, as numbers of base k."""
    codes = np.zeros(len(symbols), dtype=np.int64)
    for distance in range(order, 0, -1):
        codes = codes * alphabet_size + np.roll(symbols, distance).astype(np.int64)
    return codes


def _occurrences(codes: np.ndarray) -> np.ndarray:
    """Return how often each code occurs among all."""
    _, index, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return counts[index]


def _entropy_bits(codes: np.ndarray) -> float:
    return count_entropy(np.unique(codes, return_counts=True)[1])


def count_entropy(counts: np.ndarray) -> float:
    """Return the entropy of the shares of positive counts, in bits.

    Parameters
    ----------
    counts : array, shape (words,)

    Examples
    --------
    >>> count_entropy(np.array([2, 1, 1]))
    1.5
    """
    probabilities = counts / counts.sum()
    return float(-(probabilities * libm.log2(probabilities)).sum()) + 0.0
