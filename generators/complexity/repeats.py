"""Repetition in a string: its smallest period, and the context that determines the next symbol."""

import numpy as np

from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.suffixes import Suffixes


def smallest_period(symbols: np.ndarray) -> int:
    """Return the length of the primitive root, the shortest word of which the string is copies.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    int
        Length in symbols. It divides n.

    Examples
    --------
    >>> smallest_period(np.array([0, 1, 0, 1])), smallest_period(np.array([0, 1, 0]))
    (2, 3)
    """
    period = len(symbols)
    for prime in prime_factors(period):
        while period % prime == 0 and _repeats(symbols, period // prime):
            period //= prime
    return period


def is_primitive(symbols: np.ndarray) -> bool:
    """Return whether the string is not made of two or more copies of a shorter string.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> is_primitive(np.array([0, 1, 0, 1])), is_primitive(np.array([0, 1, 0]))
    (False, True)
    """
    n = len(symbols)
    return not any(_repeats(symbols, n // prime) for prime in prime_factors(n))


def prime_factors(number: int) -> list[int]:
    """Return the distinct primes that divide a number >= 1, in ascending order.

    Examples
    --------
    >>> prime_factors(360)
    [2, 3, 5]
    """
    factors = []
    rest = number
    candidate = 2
    while candidate * candidate <= rest:
        if rest % candidate == 0:
            factors.append(candidate)
            while rest % candidate == 0:
                rest //= candidate
        candidate += 1 + (candidate > 2)
    return [*factors, rest] if rest > 1 else factors


def _repeats(symbols: np.ndarray, distance: int) -> bool:
    """Return whether every symbol equals the one ``distance`` later.

    The first 64 symbols are compared first, because most strings differ there.
    """
    ahead = symbols[distance:]
    return bool(
        (symbols[: min(64, len(ahead))] == ahead[:64]).all()
        and (symbols[: len(ahead)] == ahead).all()
    )


def min_context(symbols: np.ndarray) -> int:
    """Return the smallest m such that m symbols of context determine the next symbol.

    The string is read as a cycle, as a memorizer reads it. The result is the smallest m for which
    equal words of length m are always followed by equal symbols. It is one more than the length of
    the longest word that occurs at two positions of the cycle.

    Parameters
    ----------
    symbols : integer array, shape (n,)
        A string. If it is not primitive, its primitive root is measured.

    Returns
    -------
    int
        Length in symbols.

    Examples
    --------
    In the cycle of ABRACADABRA, the longest repeated word is ABRA:

    >>> min_context(np.frombuffer(b"ABRACADABRA", dtype=np.uint8))
    5
    """
    root = np.asarray(symbols)[: smallest_period(symbols)]
    if len(root) == 1:
        return 0
    return 1 + int(Suffixes(root, cyclic=True).repeats.max())


class PeriodCounter(Counter):
    """The period of a growing string along its primitive prefixes, which is their length.

    Examples
    --------
    >>> PeriodCounter(2).extend(np.array([0, 1, 0])).tolist()
    [1, 2, 3]
    """

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self._length = 0

    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the length of each new prefix."""
        first = self._length + 1
        self._length += len(symbols)
        return np.arange(first, self._length + 1)
