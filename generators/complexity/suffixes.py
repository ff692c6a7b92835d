"""Suffixes of a string in order, and how long any two of them agree: what repeats in a string.

Sorting by prefix doubling (Manber and Myers 1993) on whole arrays: words of length 1, 2, 4, … are compared as numbers,
packed symbols as long as they fit into a machine word and ranks beyond. Time is that of one sort of n numbers per
doubling that ranks need, log2(longest repeat) at most; memory 4 bytes per symbol and doubling.
"""

from array import array
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array

PACKED_BITS = 62


class Suffixes:
    """The sorted suffixes of a string, or with ``cyclic`` the sorted rotations of a primitive one.

    Parameters
    ----------
    symbols : array of shape (n,)
        Integers from 0 on.

    Attributes
    ----------
    order : array of shape (n,)
        Places of the suffixes, in lexicographic order.

    >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).order.tolist()  # banana
    [5, 3, 1, 0, 4, 2]
    """

    def __init__(self, symbols: np.ndarray, *, cyclic: bool = False) -> None:
        self.length = len(symbols)
        self.cyclic = cyclic
        # Words of length 2**j at every place, as numbers that are equal exactly for equal words; 0 is the empty word.
        self._words = [self._bordered(dense(symbols) + 1)]
        self._pack()
        # Whether the longest words are still packed symbols, to be replaced by ranks.
        self._ranked = 1
        self.order = self._sort()

    def _pack(self) -> None:
        """Write words of 2, 4, … symbols into one number as long as there is room."""
        bits = int(self._words[0].max()).bit_length()
        while 2 * bits <= PACKED_BITS and 1 << len(self._words) <= 2 * self.length:
            words = self._words[-1]
            self._words.append(words << bits | self._shifted(words, 1 << (len(self._words) - 1)))
            bits *= 2
        # Half as wide where they fit: look-ups at random places are most of the work, and caches are small.
        self._words[:-1] = [_narrowed(words) for words in self._words[:-1]]

    def _sort(self) -> np.ndarray:
        """Rank ever longer words until all differ, and return their order."""
        words = self._words[-1][: self.length]
        order = np.argsort(words)
        differs = np.diff(words[order]) != 0
        while not differs.all():
            ranks = np.empty(self.length, dtype=np.int32)
            ranks[order] = np.concatenate(([1], 1 + np.cumsum(differs, dtype=np.int32)))
            self._words[len(self._words) - self._ranked :] = [self._bordered(ranks)]
            self._ranked = 0
            distance = 1 << (len(self._words) - 1)
            order = self._by_second_half(order, distance)
            order = order[_stable_order(ranks[order])]
            later = self._shifted(self._words[-1], distance)[order]
            differs = (np.diff(ranks[order]) != 0) | (np.diff(later) != 0)
        return order

    def _by_second_half(self, order: np.ndarray, distance: int) -> np.ndarray:
        """Order words of twice the length by their second half alone, from the order of words of the length."""
        if self.cyclic:
            return (order - distance) % self.length
        short = np.arange(max(self.length - distance, 0), self.length)
        return np.concatenate((short, order[order >= distance] - distance))

    def _bordered(self, words: np.ndarray) -> np.ndarray:
        """Add the empty word at the end, where suffixes end; a cycle has no end."""
        return words if self.cyclic else np.append(words, words.dtype.type(0))

    def _shifted(self, words: np.ndarray, distance: int) -> np.ndarray:
        """Return the words ``distance`` symbols later."""
        if self.cyclic:
            return np.roll(words, -distance)
        later = np.zeros_like(words)
        if distance < len(words):
            later[: len(words) - distance] = words[distance:]
        return later

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols the suffixes at two different places have in common, pair by pair.

        Parameters
        ----------
        first, second : integer arrays of equal shape
            Places from 0 to n - 1, different within each pair.

        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).agreement(np.array([1, 0]), np.array([3, 2])).tolist()
        [3, 0]
        """
        common = np.zeros(len(first), dtype=np.int64)
        for power in range(len(self._words) - 1, -1, -1):
            words = self._words[power]
            equal = words[self._place(first + common)] == words[self._place(second + common)]
            common += equal.astype(np.int64) << power
        return common

    def _place(self, places: np.ndarray) -> np.ndarray:
        return places % self.length if self.cyclic else places

    @cached_property
    def neighbour_agreement(self) -> np.ndarray:
        """Agreement of each suffix with the next in order (the LCP array), shape (n - 1,)."""
        return self.agreement(self.order[:-1], self.order[1:])

    def longest_match(self, *, later: bool = False) -> np.ndarray:
        """Return for every place the longest agreement with a suffix at an earlier (or later) place.

        The suffix that agrees most among the earlier ones is one of the two nearest in order, left when suffixes are
        taken out of a linked list from the last place to the first (Crochemore and Ilie 2008).

        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).longest_match().tolist()
        [0, 0, 0, 3, 2, 1]
        """
        below, above = self._nearest(later)
        places = np.arange(self.length)
        matches = np.zeros(self.length, dtype=np.int64)
        for nearest in (below, above):
            there = nearest >= 0
            found = self.agreement(places[there], nearest[there])
            matches[there] = np.maximum(matches[there], found)
        return matches

    def _nearest(self, later: bool) -> tuple[np.ndarray, np.ndarray]:
        """Places of the nearest suffixes in order, below and above, among the earlier (or later) ones; -1 if none."""
        size = self.length
        below, above = np.full(size + 1, -1, dtype=np.int32), np.full(size + 1, -1, dtype=np.int32)
        below[self.order[1:]], above[self.order[:-1]] = self.order[:-1], self.order[1:]
        lower, upper = array("i", below.tobytes()), array("i", above.tobytes())
        # An absent neighbour is -1, the spare last entry, whose values are never read.
        for place in range(size) if later else range(size - 1, -1, -1):
            left, right = lower[place], upper[place]
            upper[left], lower[right] = right, left
        return np.array(lower[:size]), np.array(upper[:size])


def dense(symbols: np.ndarray) -> np.ndarray:
    """Return the symbols renumbered without gaps, in order: 0, 1, …

    >>> dense(np.array([7, 3, 7, 9])).tolist()
    [1, 0, 1, 2]
    """
    numbers = np.cumsum(np.bincount(symbols) > 0, dtype=np.int64) - 1
    renumbered: np.ndarray = numbers[symbols]
    return renumbered


def _narrowed(words: np.ndarray) -> np.ndarray:
    return words.astype(np.int32) if int(words.max()) < 2**31 else words


def _stable_order(keys: np.ndarray) -> np.ndarray:
    """Return the stable order of keys from 1 to n, by counting: a sparse matrix with a row per key, by rows."""
    size = len(keys)
    places = np.arange(size, dtype=np.int32)
    entries = coo_array((np.ones(size, dtype=np.int8), (keys - 1, places)), shape=(size, size))
    order: np.ndarray = entries.tocsr().indices
    return order
