"""The places of a string in the order of what starts there, and how long any two agree.

Words of as many symbols as fit into one number are sorted as numbers; for most random strings that is all. Where
words repeat, the string is *contracted* to the places of a string synchronizing set (Kempa and Kociumaka 2019): a few
places, chosen by nothing but the symbols that follow, at least one in every stretch of a third of a word. From equal
words on the next chosen place is equally far, so what decides between them is the order of the chosen places: that of
the suffixes of a string of their words, several times shorter, by the same method. Nearly every step reads and writes
in sequence, so time grows hardly faster than in proportion where the string no longer fits into a cache.
"""

from functools import cached_property

import numpy as np

from seqmem.generators.complexity.doubling import Doubling
from seqmem.generators.complexity.words import Words, blocks, extended, places_in_order

# Makes random numbers of words, different for different ones: odd, the golden section of 2**64.
MIXER = np.uint64(0x9E3779B97F4A7C15)
# A contraction that keeps more of the places than this is not worth it.
LARGEST_SHARE = 0.75
# Up to so many different words are named by looking them up.
FEW_WORDS = 4096


class Ordering:
    """The order of the suffixes of a string followed by zeros without end, or of the rotations of a primitive string.

    Parameters
    ----------
    letters : integer array of shape (n,)
        Symbols below ``size``; unless cyclic, the last is not 0, so that all suffixes differ.
    size : int
    cyclic : bool

    >>> Ordering(np.array([2, 1, 3, 1, 3, 1]), 4, cyclic=False).order.tolist()  # banana
    [5, 3, 1, 0, 4, 2]
    """

    def __init__(self, letters: np.ndarray, size: int, *, cyclic: bool) -> None:
        self.length, self.cyclic = len(letters), cyclic
        self.words = Words(letters, size, cyclic=cyclic)

    @cached_property
    def sorted_words(self) -> np.ndarray:
        """Numbers of all words, ascending."""
        return np.sort(self.words.values)

    @cached_property
    def _starts(self) -> np.ndarray:
        """Whether each of the sorted words differs from the one before."""
        return np.concatenate(([True], self.sorted_words[1:] != self.sorted_words[:-1]))

    @cached_property
    def words_differ(self) -> bool:
        """Whether no two words are equal."""
        return bool(self._starts.all())

    @cached_property
    def order(self) -> np.ndarray:
        """Places in order, shape (n,)."""
        return np.argsort(self.words.values) if self.words_differ else self._tie_break.order

    @cached_property
    def _tie_break(self) -> "Contraction | Doubling":
        names = self._names()
        return Contraction.of(self.words, names, cyclic=self.cyclic) or Doubling(
            self.words, names, cyclic=self.cyclic
        )

    def _names(self) -> np.ndarray:
        """Ranks of the words from 0, equal for equal words."""
        distinct = self.sorted_words[self._starts]
        names = np.empty(self.length, dtype=np.int32)
        if len(distinct) <= FEW_WORDS:
            for block in blocks(self.length):
                names[block] = np.searchsorted(distinct, self.words.values[block])
            return names
        names[np.argsort(self.words.values)] = np.cumsum(self._starts) - 1
        return names

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are the same from two different places on, pair by pair.

        Parameters
        ----------
        first, second : integer arrays of equal shape
            Places below n, different within each pair.
        """
        one, two = self.words.values[first], self.words.values[second]
        common = self.words.shared(one, two).astype(np.int64)
        equal = np.flatnonzero(one == two)
        if len(equal):
            common[equal] = self._tie_break.agreement(first[equal], second[equal])
        return common


class Contraction:
    """The order of all places from that of a few chosen ones; see above.

    Attributes
    ----------
    order : array of shape (n,)
    """

    def __init__(
        self, words: Words, names: np.ndarray, chosen: np.ndarray, *, cyclic: bool
    ) -> None:
        self._words, self._cyclic, self._length = words, cyclic, len(names)
        self._places = np.flatnonzero(chosen)
        # Which of the chosen places, by number, is the next from each place on.
        self._next = np.cumsum(chosen, dtype=np.int32)
        self._next -= chosen
        kept, renamed = np.unique(names[self._places], return_inverse=True)
        # 0 is what lies beyond the end.
        self._inner = Ordering(renamed + 1, len(kept) + 1, cyclic=cyclic)
        self.order = self._ordered(names)

    @classmethod
    def of(cls, words: Words, names: np.ndarray, *, cyclic: bool) -> "Contraction | None":
        """Return the contraction of a string, None where it would keep most places."""
        reach = words.span // 3
        if reach < 2:
            return None
        chosen = choose_places(words, reach)
        return cls(words, names, chosen, cyclic=cyclic) if chosen.mean() <= LARGEST_SHARE else None

    def _ordered(self, names: np.ndarray) -> np.ndarray:
        count = len(self._places)
        ranks = np.zeros(count + 1, dtype=np.int64)
        ranks[self._inner.order] = np.arange(1, count + 1)
        if self._cyclic:
            ranks[count] = ranks[0]
        keys = np.empty(self._length, dtype=np.int64)
        for block in blocks(self._length):
            keys[block] = names[block].astype(np.int64) * (count + 1) + ranks[self._next[block]]
        return places_in_order(keys, (int(names.max()) + 1) * (count + 1))

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are the same from two different places with equal words on, pair by pair."""
        one, two = self._next[first].astype(np.int64), self._next[second].astype(np.int64)
        count = len(self._places)
        # A number beyond the chosen places is the first again, or the end.
        same = self._inner.agreement(one % count, two % count)
        one, two = one + same, two + same
        common: np.ndarray = (
            self._place(one) - first + self._words.shared(self._word(one), self._word(two))
        )
        return common

    def _place(self, number: np.ndarray) -> np.ndarray:
        """Return chosen places by number, counted on behind the last."""
        count = len(self._places)
        if self._cyclic:
            around: np.ndarray = self._places[number % count] + number // count * self._length
            return around
        ahead: np.ndarray = np.append(self._places, self._length)[number]
        return ahead

    def _word(self, number: np.ndarray) -> np.ndarray:
        words = extended(self._words.values[self._places], 1, cyclic=self._cyclic)
        found: np.ndarray = words[number % len(self._places) if self._cyclic else number]
        return found


def choose_places(words: Words, reach: int) -> np.ndarray:
    """Return whether each place is in the synchronizing set, shape (n,).

    A place is chosen if, among the words of ``reach`` symbols at it and at the ``reach`` places after it, that at the
    first or at the last has the lowest random number. So at least one of ``reach`` places in a row is chosen, and
    about two of ``reach + 1`` where the words differ.

    >>> letters = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    >>> choose_places(Words(letters, 2, cyclic=True), 3).astype(int).tolist()
    [0, 0, 1, 1, 1, 0, 0, 1]
    """
    chosen = np.empty(len(words.values), dtype=bool)
    for block in blocks(len(chosen)):
        numbers = words.prefixes(reach, block.start, block.stop + reach).view(np.uint64) * MIXER
        lowest = window_minima(numbers, reach + 1)
        chosen[block] = (numbers[: len(lowest)] == lowest) | (numbers[reach:] == lowest)
    return chosen


def window_minima(values: np.ndarray, width: int) -> np.ndarray:
    """Return the least of every ``width`` values in a row, shape (n - width + 1,).

    >>> window_minima(np.array([3, 1, 4, 1, 5, 9]), 3).tolist()
    [1, 1, 1, 1]
    """
    least, reached = values, 1
    while reached < width:
        step = min(reached, width - reached)
        least, reached = np.minimum(least[:-step], least[step:]), reached + step
    return least
