"""Suffixes of a string in order, and how long they agree: what repeats in a string."""

from functools import cached_property

import numpy as np

from seqmem.generators.complexity.ordering import Ordering
from seqmem.generators.complexity.words import dense

# Places are taken out as arrays while at least one in so many can be.
FEWEST_PEAKS = 8


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
        return (
            common if self.cyclic else np.minimum(common, self.length - np.maximum(first, second))
        )

    @cached_property
    def repeats(self) -> np.ndarray:
        """Agreement of each suffix with the one before it in order, 0 for the first: shape (n,), in no special order.

        >>> sorted(Suffixes(np.array([1, 0, 2, 0, 2, 0])).repeats.tolist())  # a, ana and na
        [0, 0, 0, 1, 2, 3]
        """
        return self._repeats_of_words() if self._ordering.words_differ else self._repeats_of_runs()

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
        ends, last = (common + places).astype(np.int32), int(places[0]) + self.length
        repeats: np.ndarray = np.repeat(ends, np.diff(places, append=last))
        repeats -= np.arange(places[0], last, dtype=np.int32)
        return repeats

    def _run_starts(self, order: np.ndarray) -> np.ndarray:
        """Ranks at which another symbol precedes the suffix than at the rank before, 0 first."""
        before = np.roll(self._letters, 1)[order]
        starts = np.ones(self.length, dtype=bool)
        np.not_equal(before[1:], before[:-1], out=starts[1:])
        if not self.cyclic:
            # Nothing precedes the whole string.
            whole = int(np.argmin(order))
            starts[whole : whole + 2] = True
        return np.flatnonzero(starts)

    def longest_match(self, *, later: bool = False) -> np.ndarray:
        """Return for every place the longest agreement with a suffix at an earlier (or later) place, shape (n,).

        A place agrees most with one of its two neighbours in order, once all places after it are taken out; these then
        agree with each other as long as both do with it (Crochemore and Ilie 2008). Not for rotations.

        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).longest_match().tolist()
        [0, 0, 0, 3, 2, 1]
        """
        common = self.repeats if self._ordering.words_differ else self.repeats[self.order]
        places, common = (
            self.order.astype(np.int32),
            np.append(common.astype(np.int32), np.int32(0)),
        )
        matches = np.zeros(self.length, dtype=np.int32)
        # Those between two earlier ones need not wait for the rest: whole arrays of them are taken out at once.
        while True:
            ranks = _peaks(-places if later else places)
            if len(ranks) * FEWEST_PEAKS <= len(places):
                break
            below, above = common[ranks], common[ranks + 1]
            matches[places[ranks]] = np.maximum(below, above)
            common[ranks + 1] = np.minimum(below, above)
            places, common = np.delete(places, ranks), np.delete(common, ranks)
        _match_rest(places, common, matches, later)
        return matches


def _peaks(values: np.ndarray) -> np.ndarray:
    """Return where values are higher than those beside them."""
    rises = np.ones(len(values) + 1, dtype=bool)
    np.greater(values[1:], values[:-1], out=rises[1:-1])
    falls = ~rises
    falls[-1:] = True
    return np.flatnonzero(rises[:-1] & falls[1:])


def _match_rest(places: np.ndarray, common: np.ndarray, matches: np.ndarray, later: bool) -> None:
    """Take out the others one by one: a stack holds those that wait for an earlier one above."""
    waiting: list[tuple[int, int]] = []
    for place, agreement in zip([*places.tolist(), -1], common.tolist(), strict=True):
        below = agreement
        while waiting and (place < 0 or (place < waiting[-1][0]) != later):
            taken, further = waiting.pop()
            matches[taken] = max(further, below)
            below = min(further, below)
        waiting.append((place, below))
