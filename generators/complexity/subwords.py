"""The number of different words in a string."""

from functools import partial
from typing import ClassVar

import numpy as np

from seqmem.generators.complexity.counter import Recounted
from seqmem.generators.complexity.suffixes import Suffixes


def distinct_substrings(symbols: np.ndarray) -> int:
    """Return the number of different non-empty substrings.

    It is ``n (n + 1) / 2`` minus the sum of the common prefixes of neighbours among the sorted
    suffixes.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> distinct_substrings(np.frombuffer(b"banana", dtype=np.uint8))
    15
    """
    n = len(symbols)
    return n * (n + 1) // 2 - int(Suffixes(symbols).repeats.sum())


def subword_complexity(symbols: np.ndarray) -> np.ndarray:
    """Return the number of different substrings of every length.

    A Sturmian word has ``m + 1`` substrings of length m. This is the lowest possible number for a
    word that is not periodic (Morse and Hedlund 1940).

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    integer array, shape (n,)
        Numbers for the lengths 1 to n.

    Examples
    --------
    >>> subword_complexity(np.frombuffer(b"banana", dtype=np.uint8)).tolist()
    [3, 3, 3, 3, 2, 1]
    """
    n = len(symbols)
    repeats = np.bincount(Suffixes(symbols).repeats, minlength=n + 1)
    repeated = repeats[::-1].cumsum()[::-1]
    counts: np.ndarray = n - np.arange(n) - repeated[1 : n + 1]
    return counts


def subwords_of(symbols: np.ndarray, length: int) -> int:
    """Return the number of different substrings of one length.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    length : int
        Length of the substrings. If it exceeds n, the number is 0.

    Examples
    --------
    >>> subwords_of(np.frombuffer(b"banana", dtype=np.uint8), 2)
    3
    """
    return int(subword_complexity(symbols)[length - 1]) if length <= len(symbols) else 0


subwords_of_4 = partial(subwords_of, length=4)
subwords_of_8 = partial(subwords_of, length=8)


def longest_repeats(symbols: np.ndarray) -> np.ndarray:
    """Return, for each position, the length of the longest word that ends there and ended before.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    integer array, shape (n,)

    Examples
    --------
    >>> longest_repeats(np.frombuffer(b"banana", dtype=np.uint8)).tolist()
    [0, 0, 0, 1, 2, 3]
    """
    return Suffixes(symbols[::-1]).longest_match(later=True)[::-1]


class DistinctSubstringsCounter(Recounted):
    """Count the distinct substrings of a growing string.

    A new symbol adds one substring for every suffix that it ends, except for those that occurred
    before.

    Examples
    --------
    The string is banana:

    >>> DistinctSubstringsCounter(3).extend(np.array([1, 0, 2, 0, 2, 0])).tolist()
    [1, 3, 6, 9, 12, 15]
    """

    unit_growth = False

    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the number of distinct substrings of every prefix."""
        return np.cumsum(np.arange(1, len(symbols) + 1) - longest_repeats(symbols))

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return the number of all words of every length that the longest string has room for."""
        total = 0
        length = 1
        while alphabet_size**length < cls.longest - length + 1:
            total += alphabet_size**length
            length += 1
        positions = cls.longest - length + 1
        return total + positions * (positions + 1) // 2


class SubwordsCounter(Recounted):
    """Count the distinct substrings of one length of a growing string.

    A symbol ends at most one substring that is new.
    """

    counts_symbols = False
    size: ClassVar[int]

    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the number of distinct substrings of this length of every prefix."""
        new = longest_repeats(symbols) < self.size
        new[: self.size - 1] = False
        return np.cumsum(new)

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return the number of all words of this length that the longest string has room for."""
        total: int = alphabet_size**cls.size
        return min(total, max(cls.longest - cls.size + 1, 0))


class SubwordsOf4Counter(SubwordsCounter):
    """Count the distinct substrings of 4 symbols.

    Examples
    --------
    The string is banana:

    >>> SubwordsOf4Counter(3).extend(np.array([1, 0, 2, 0, 2, 0])).tolist()
    [0, 0, 0, 1, 2, 3]
    """

    size = 4


class SubwordsOf8Counter(SubwordsCounter):
    """Count the distinct substrings of 8 symbols.

    Examples
    --------
    >>> SubwordsOf8Counter(2).extend(np.array([0, 1] * 5 + [1])).tolist()[-5:]
    [0, 1, 2, 2, 3]
    """

    size = 8
