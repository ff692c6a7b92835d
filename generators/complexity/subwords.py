"""How many different words a string contains."""

from functools import partial
from typing import ClassVar

import numpy as np

from seqmem.generators.complexity.counter import Recounted
from seqmem.generators.complexity.suffixes import Suffixes


def distinct_substrings(symbols: np.ndarray) -> int:
    """Return the number of different non-empty substrings: ``n (n + 1) / 2`` minus the agreements of sorted suffixes.

    Parameters
    ----------
    symbols : array of shape (n,)

    >>> distinct_substrings(np.frombuffer(b"banana", dtype=np.uint8))
    15
    """
    n = len(symbols)
    return n * (n + 1) // 2 - int(Suffixes(symbols).repeats.sum())


def subword_complexity(symbols: np.ndarray) -> np.ndarray:
    """Return the number of different substrings of every length: shape (n,), lengths 1 to n.

    A Sturmian word has ``m + 1`` of length m, the lowest possible without becoming periodic (Morse and Hedlund 1940).

    >>> subword_complexity(np.frombuffer(b"banana", dtype=np.uint8)).tolist()
    [3, 3, 3, 3, 2, 1]
    """
    n = len(symbols)
    repeats = np.bincount(Suffixes(symbols).repeats, minlength=n + 1)
    repeated = repeats[::-1].cumsum()[::-1]
    counts: np.ndarray = n - np.arange(n) - repeated[1 : n + 1]
    return counts


def subwords_of(symbols: np.ndarray, length: int) -> int:
    """Return the number of different substrings of one length; 0 beyond the string's own.

    >>> subwords_of(np.frombuffer(b"banana", dtype=np.uint8), 2)
    3
    """
    return int(subword_complexity(symbols)[length - 1]) if length <= len(symbols) else 0


subwords_of_4 = partial(subwords_of, length=4)
subwords_of_8 = partial(subwords_of, length=8)


def longest_repeats(symbols: np.ndarray) -> np.ndarray:
    """Return the length of the longest word that ends at each place and ended at one before, shape (n,).

    >>> longest_repeats(np.frombuffer(b"banana", dtype=np.uint8)).tolist()
    [0, 0, 0, 1, 2, 3]
    """
    return Suffixes(symbols[::-1]).longest_match(later=True)[::-1]


class DistinctSubstringsCounter(Recounted):
    """Count the distinct substrings of a growing string.

    A symbol adds one substring for every suffix that it ends, but for those that occurred before.

    >>> DistinctSubstringsCounter(3).extend(np.array([1, 0, 2, 0, 2, 0])).tolist()  # banana
    [1, 3, 6, 9, 12, 15]
    """

    unit_growth = False

    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the number of every prefix."""
        return np.cumsum(np.arange(1, len(symbols) + 1) - longest_repeats(symbols))

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """All words there are of every length, as far as the string has room for them."""
        words, length = 0, 1
        while alphabet_size**length < cls.longest - length + 1:
            words, length = words + alphabet_size**length, length + 1
        places = cls.longest - length + 1
        return words + places * (places + 1) // 2


class SubwordsCounter(Recounted):
    """Count the distinct substrings of one length of a growing string: a symbol ends at most one that is new."""

    counts_symbols = False
    size: ClassVar[int]

    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the number of every prefix."""
        new = longest_repeats(symbols) < self.size
        new[: self.size - 1] = False
        return np.cumsum(new)

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """All words there are."""
        words: int = alphabet_size**cls.size
        return min(words, max(cls.longest - cls.size + 1, 0))


class SubwordsOf4Counter(SubwordsCounter):
    """Count the distinct substrings of 4 symbols.

    >>> SubwordsOf4Counter(3).extend(np.array([1, 0, 2, 0, 2, 0])).tolist()  # banana
    [0, 0, 0, 1, 2, 3]
    """

    size = 4


class SubwordsOf8Counter(SubwordsCounter):
    """Count the distinct substrings of 8 symbols.

    >>> SubwordsOf8Counter(2).extend(np.array([0, 1] * 5 + [1])).tolist()[-5:]
    [0, 1, 2, 2, 3]
    """

    size = 8
