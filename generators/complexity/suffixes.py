"""Suffixes of a string in order, and how long they agree: what repeats in a string."""

from array import array
from functools import cached_property

import numpy as np

from generators.complexity.ordering import Ordering
from generators.complexity.words import dense


class Suffixes:
    """The sorted suffixes of a string, or with ``cyclic`` the sorted rotations of a primitive one.

    Parameters
    ----------
    symbols : array of shape (n,)
        Integers from 0 on.

    Attributes
    ----------
    order : array of shape (n,)
        Places of the suffixes in lexicographic order, in an alphabet that is turned so that the last symbol of the
        string is its last letter (not for rotations).

    >>> Suffixes(np.array([1, 2, 0, 2, 0, 2])).order.tolist()  # benene
    [4, 2, 0, 5, 3, 1]
    """

    def __init__(self, symbols: np.ndarray, *, cyclic: bool = False) -> None:
        self.length, self.cyclic = len(symbols), cyclic
        # A suffix sorts before those that it begins if what follows it counts as the first letter.
        self._letters = dense(symbols, last=None if cyclic else int(symbols[-1]))
        size = int(self._letters.max()) + 1
        if size == 1 and not cyclic:
            self._letters, size = self._letters + 1, 2
        self._ordering = Ordering(self._letters, size, cyclic=cyclic)

    @property
    def order(self) -> np.ndarray:
        """Places of the suffixes in order."""
        return self._ordering.order

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols the suffixes at two different places have in common, pair by pair.

        Parameters
        ----------
        first, second : integer arrays of equal shape
            Places from 0 to n - 1, different within each pair.

        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).agreement(np.array([1, 0]), np.array([3, 2])).tolist()
        [3, 0]
        """
        common = self._ordering.agreement(first, second)
        return common if self.cyclic else np.minimum(common, self.length - np.maximum(first, second))

    @cached_property
    def repeats(self) -> np.ndarray:
        """Agreement of each suffix with the one before it in order, 0 for the first: shape (n,), in no special order.

        >>> sorted(Suffixes(np.array([1, 0, 2, 0, 2, 0])).repeats.tolist())  # a, ana and na
        [0, 0, 0, 1, 2, 3]
        """
        return self._repeats_of_words() if self._ordering.words_differ else self._repeats_of_runs()

    @property
    def _repeats_by_place(self) -> np.ndarray:
        """The same in the order of the string."""
        if not self._ordering.words_differ:
            return self.repeats
        by_place = np.empty(self.length, dtype=np.int32)
        by_place[self.order] = self.repeats
        return by_place

    def _repeats_of_words(self) -> np.ndarray:
        """Where no two words are equal, sorting them as numbers is enough."""
        ordering, common = self._ordering, np.zeros(self.length, dtype=np.uint8)
        common[1:] = ordering.words.shared(ordering.sorted_words[1:], ordering.sorted_words[:-1])
        if not self.cyclic:
            # Words near the end are followed by letters that are not there.
            ending = np.arange(max(0, self.length - ordering.words.span), self.length)
            ranks = np.searchsorted(ordering.sorted_words, ordering.words.values[ending])
            for beside in (ranks, np.minimum(ranks + 1, self.length - 1)):
                np.minimum.at(common, beside, (self.length - ending).astype(np.uint8))
        return common

    def _repeats_of_runs(self) -> np.ndarray:
        """Agreements of few suffixes give those of all (Kärkkäinen, Manzini and Puglisi 2009).

        If the symbol before a suffix is that before its predecessor in order, then the suffixes one symbol longer are
        neighbours too, and agree for one symbol more.
        """
        order = self.order
        ranks = self._run_starts(order)
        places = order[ranks]
        common = np.zeros(len(ranks), dtype=np.int64)
        common[1:] = self.agreement(places[1:], order[ranks[1:] - 1])
        sequence = np.argsort(places)
        places, common = places[sequence], common[sequence]
        gaps = np.diff(places, append=places[0] + self.length)
        return np.repeat(common + places, gaps) - np.arange(places[0], places[0] + self.length)

    def _run_starts(self, order: np.ndarray) -> np.ndarray:
        """Ranks at which another symbol precedes the suffix than at the rank before, 0 first."""
        before = self._letters[order - 1]
        starts = np.ones(self.length, dtype=bool)
        np.not_equal(before[1:], before[:-1], out=starts[1:])
        if not self.cyclic:
            # Nothing precedes the whole string.
            whole = int(np.argmin(order))
            starts[whole : whole + 2] = True
        return np.flatnonzero(starts)

    def longest_match(self, *, later: bool = False) -> np.ndarray:
        """Return for every place the longest agreement with a suffix at an earlier (or later) place.

        Places are taken out of the sorted list from the last to the first (or from the first to the last): a place then
        agrees most with one of its two neighbours, and these with each other as long as both do with it (Crochemore
        and Ilie 2008). Not for rotations.

        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).longest_match().tolist()
        [0, 0, 0, 3, 2, 1]
        """
        size = self.length
        below, above = np.full(size + 1, size, dtype=np.int32), np.full(size + 1, size, dtype=np.int32)
        below[self.order[1:]], above[self.order[:-1]] = self.order[:-1], self.order[1:]
        agreement = np.append(self._repeats_by_place, 0).astype(np.int32)
        lower, upper, matches = (array("i", places.tobytes()) for places in (below, above, agreement))
        # An absent neighbour is the spare last entry, which agrees with none.
        for place in range(size) if later else range(size - 1, -1, -1):
            left, right = lower[place], upper[place]
            upper[left], lower[right] = right, left
            with_left, with_right = matches[place], matches[right]
            if with_right > with_left:
                matches[place], matches[right] = with_right, with_left
        return np.array(matches[:size])
