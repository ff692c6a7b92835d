"""The positions of a string in the order of what starts there, and how long any two agree.

Words of as many symbols as fit into one number are sorted as numbers. For most random strings, this
is all. If words repeat, the string is *contracted* to the positions of a string synchronizing set
(Kempa and Kociumaka 2019). These are few positions. They are chosen by nothing but the symbols that
follow, and at least one of them lies in every stretch of a third of a word.

From equal words, the next chosen position is equally far. So the order of the chosen positions
decides between them. It is the order of the suffixes of a string of their words, which is several
times shorter, and it is found by the same method. Nearly every step reads and writes in sequence.
So the time grows hardly faster than in proportion once the string no longer fits into a cache.
"""

from functools import cached_property

import numpy as np

from seqmem.generators.complexity.doubling import Doubling
from seqmem.generators.complexity.words import Words, blocks, extended, places_in_order

# Turns words into random numbers, different for different words: odd, the golden section of 2**64.
MIXER = np.uint64(0x9E3779B97F4A7C15)
# A contraction is not worthwhile if it keeps a larger share of the positions.
LARGEST_SHARE = 0.75
# Up to so many different words are named by a search in the sorted words.
FEW_WORDS = 4096


class Ordering:
    """The order of the suffixes of a string, or of the rotations of a primitive string.

    A suffix is followed by zeros without end.

    Parameters
    ----------
    letters : integer array, shape (n,)
        Symbols below ``size``. Unless cyclic, the last symbol is not 0, so all suffixes differ.
    size : int
        Number of symbols.
    cyclic : bool
        Whether rotations are ordered.

    Examples
    --------
    The string is banana:

    >>> Ordering(np.array([2, 1, 3, 1, 3, 1]), 4, cyclic=False).order.tolist()
    [5, 3, 1, 0, 4, 2]
    """

    def __init__(self, letters: np.ndarray, size: int, *, cyclic: bool) -> None:
        self.length = len(letters)
        self.cyclic = cyclic
        self.words = Words(letters, size, cyclic=cyclic)

    @cached_property
    def sorted_words(self) -> np.ndarray:
        """The numbers of all words, in ascending order."""
        return np.sort(self.words.values)

    @cached_property
    def _starts(self) -> np.ndarray:
        """Whether each of the sorted words differs from the word before."""
        return np.concatenate(([True], self.sorted_words[1:] != self.sorted_words[:-1]))

    @cached_property
    def words_differ(self) -> bool:
        """Whether no two words are equal."""
        return bool(self._starts.all())

    @cached_property
    def order(self) -> np.ndarray:
        """The positions in order, an integer array of shape (n,)."""
        return np.argsort(self.words.values) if self.words_differ else self._tie_break.order

    @cached_property
    def _tie_break(self) -> "Contraction | Doubling":
        names = self._names()
        return Contraction.of(self.words, names, cyclic=self.cyclic) or Doubling(
            self.words, names, cyclic=self.cyclic
        )

    def _names(self) -> np.ndarray:
        """Return the ranks of the words, from 0. Equal words have equal ranks."""
        distinct = self.sorted_words[self._starts]
        names = np.empty(self.length, dtype=np.int32)
        if len(distinct) <= FEW_WORDS:
            for block in blocks(self.length):
                names[block] = np.searchsorted(distinct, self.words.values[block])
            return names
        names[np.argsort(self.words.values)] = np.cumsum(self._starts) - 1
        return names

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are equal from two different positions on, pair by pair.

        Parameters
        ----------
        first, second : integer array, shape (pairs,)
            Positions below n, different within each pair.

        Returns
        -------
        integer array, shape (pairs,)
        """
        first_words = self.words.values[first]
        second_words = self.words.values[second]
        common = self.words.shared(first_words, second_words).astype(np.int64)
        equal = np.flatnonzero(first_words == second_words)
        if len(equal):
            common[equal] = self._tie_break.agreement(first[equal], second[equal])
        return common


class Contraction:
    """The order of all positions, from the order of a few chosen positions. See the module.

    Parameters
    ----------
    packed : Words
        Words of the string.
    names : integer array, shape (n,)
        Ranks of the words, from 0. Equal words have equal ranks.
    chosen : bool array, shape (n,)
        Whether each position is chosen.
    cyclic : bool
        Whether words continue at the beginning of the string.

    Attributes
    ----------
    order : integer array, shape (n,)
        All positions in order.
    """

    def __init__(
        self, packed: Words, names: np.ndarray, chosen: np.ndarray, *, cyclic: bool
    ) -> None:
        self._words = packed
        self._cyclic = cyclic
        self._length = len(names)
        self._positions = np.flatnonzero(chosen)
        # Number of the next chosen position from each position on.
        self._next = np.cumsum(chosen, dtype=np.int32)
        self._next -= chosen
        kept, renamed = np.unique(names[self._positions], return_inverse=True)
        # 0 stands for what lies beyond the end.
        self._inner = Ordering(renamed + 1, len(kept) + 1, cyclic=cyclic)
        self.order = self._ordered(names)

    @classmethod
    def of(cls, packed: Words, names: np.ndarray, *, cyclic: bool) -> "Contraction | None":
        """Return the contraction of a string, or None if it would keep most positions."""
        reach = packed.span // 3
        if reach < 2:
            return None
        chosen = choose_places(packed, reach)
        return cls(packed, names, chosen, cyclic=cyclic) if chosen.mean() <= LARGEST_SHARE else None

    def _ordered(self, names: np.ndarray) -> np.ndarray:
        """Return all positions, in the order of their words and of the next chosen position."""
        count = len(self._positions)
        ranks = np.zeros(count + 1, dtype=np.int64)
        ranks[self._inner.order] = np.arange(1, count + 1)
        if self._cyclic:
            ranks[count] = ranks[0]
        keys = np.empty(self._length, dtype=np.int64)
        for block in blocks(self._length):
            keys[block] = names[block].astype(np.int64) * (count + 1) + ranks[self._next[block]]
        return places_in_order(keys, (int(names.max()) + 1) * (count + 1))

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are equal from two different positions on, pair by pair.

        Parameters
        ----------
        first, second : integer array, shape (pairs,)
            Positions with equal words, different within each pair.
        """
        count = len(self._positions)
        first_next = self._next[first].astype(np.int64)
        second_next = self._next[second].astype(np.int64)
        # A number beyond the chosen positions is the first one again, or the end.
        same = self._inner.agreement(first_next % count, second_next % count)
        first_next += same
        second_next += same
        rest = self._words.shared(self._word(first_next), self._word(second_next))
        common: np.ndarray = self._position(first_next) - first + rest
        return common

    def _position(self, number: np.ndarray) -> np.ndarray:
        """Return chosen positions by number. Numbers may go on after the last one."""
        count = len(self._positions)
        if self._cyclic:
            around: np.ndarray = self._positions[number % count] + number // count * self._length
            return around
        ahead: np.ndarray = np.append(self._positions, self._length)[number]
        return ahead

    def _word(self, number: np.ndarray) -> np.ndarray:
        """Return the words at chosen positions by number."""
        values = extended(self._words.values[self._positions], 1, cyclic=self._cyclic)
        chosen: np.ndarray = values[number % len(self._positions) if self._cyclic else number]
        return chosen


def choose_places(packed: Words, reach: int) -> np.ndarray:
    """Return whether each position is in the synchronizing set.

    Consider the words of ``reach`` symbols at a position and at the ``reach`` positions after it.
    The position is chosen if the first or the last of these words has the lowest random number. So
    at least one of ``reach`` positions in a row is chosen. If the words differ, about two of
    ``reach + 1`` positions are chosen.

    Parameters
    ----------
    packed : Words
        Words of the string.
    reach : int
        Length of the compared words in symbols.

    Returns
    -------
    bool array, shape (n,)

    Examples
    --------
    >>> letters = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    >>> choose_places(Words(letters, 2, cyclic=True), 3).astype(int).tolist()
    [0, 0, 1, 1, 1, 0, 0, 1]
    """
    chosen = np.empty(len(packed.values), dtype=bool)
    for block in blocks(len(chosen)):
        numbers = packed.prefixes(reach, block.start, block.stop + reach).view(np.uint64) * MIXER
        lowest = window_minima(numbers, reach + 1)
        chosen[block] = (numbers[: len(lowest)] == lowest) | (numbers[reach:] == lowest)
    return chosen


def window_minima(values: np.ndarray, width: int) -> np.ndarray:
    """Return the least of every ``width`` values in a row.

    Parameters
    ----------
    values : array, shape (n,)
    width : int

    Returns
    -------
    array, shape (n - width + 1,)

    Examples
    --------
    >>> window_minima(np.array([3, 1, 4, 1, 5, 9]), 3).tolist()
    [1, 1, 1, 1]
    """
    least = values
    reached = 1
    while reached < width:
        step = min(reached, width - reached)
        least = np.minimum(least[:-step], least[step:])
        reached += step
    return least
