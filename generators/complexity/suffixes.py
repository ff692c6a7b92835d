"""The suffixes of a string in order, and how long they agree: the repetition in a string."""

from functools import cached_property

import numpy as np

from seqmem.generators.complexity.ordering import Ordering
from seqmem.generators.complexity.words import dense

# Positions are removed as arrays while at least one in so many can be removed.
FEWEST_PEAKS = 8


class Suffixes:
    """The sorted suffixes of a string, or the sorted rotations of a primitive string.

    Parameters
    ----------
    symbols : integer array, shape (n,)
        Symbols from 0 on.
    cyclic : bool
        Whether rotations are sorted.

    Attributes
    ----------
    order : integer array, shape (n,)
        Positions of the suffixes in lexicographic order. The alphabet is turned so that the last
        symbol of the string is the last letter. For rotations, the alphabet is not turned.

    Examples
    --------
    The string is benene:

    >>> Suffixes(np.array([1, 2, 0, 2, 0, 2])).order.tolist()
    [4, 2, 0, 5, 3, 1]
    """

    def __init__(self, symbols: np.ndarray, *, cyclic: bool = False) -> None:
        self.length = len(symbols)
        self.cyclic = cyclic
        # A suffix sorts before its extensions if the end of the string counts as the first letter.
        self._letters = dense(symbols, last=None if cyclic else int(symbols[-1]))
        size = int(self._letters.max()) + 1
        if size == 1 and not cyclic:
            self._letters = self._letters + 1
            size = 2
        self._ordering = Ordering(self._letters, size, cyclic=cyclic)

    @property
    def order(self) -> np.ndarray:
        """The positions of the suffixes in order."""
        return self._ordering.order

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols two different suffixes have in common, pair by pair.

        Parameters
        ----------
        first, second : integer array, shape (pairs,)
            Positions from 0 to n - 1, different within each pair.

        Returns
        -------
        integer array, shape (pairs,)

        Examples
        --------
        >>> banana = Suffixes(np.array([1, 0, 2, 0, 2, 0]))
        >>> banana.agreement(np.array([1, 0]), np.array([3, 2])).tolist()
        [3, 0]
        """
        common = self._ordering.agreement(first, second)
        return (
            common if self.cyclic else np.minimum(common, self.length - np.maximum(first, second))
        )

    @cached_property
    def repeats(self) -> np.ndarray:
        """The agreement of each suffix with the suffix before it in order, 0 for the first.

        It is an integer array of shape (n,). Its order is not defined.

        Examples
        --------
        In banana, the words a, ana and na repeat:

        >>> sorted(Suffixes(np.array([1, 0, 2, 0, 2, 0])).repeats.tolist())
        [0, 0, 0, 1, 2, 3]
        """
        return self._repeats_of_words() if self._ordering.words_differ else self._repeats_of_runs()

    def _repeats_of_words(self) -> np.ndarray:
        """Return the agreements if no two words are equal: sorting them as numbers is enough."""
        ordering = self._ordering
        common = np.zeros(self.length, dtype=np.uint8)
        common[1:] = ordering.words.shared(ordering.sorted_words[1:], ordering.sorted_words[:-1])
        if not self.cyclic:
            # Words near the end go on with letters that the string does not have.
            ending = np.arange(max(0, self.length - ordering.words.span), self.length)
            ranks = np.searchsorted(ordering.sorted_words, ordering.words.values[ending])
            for beside in (ranks, np.minimum(ranks + 1, self.length - 1)):
                np.minimum.at(common, beside, (self.length - ending).astype(np.uint8))
        return common

    def _repeats_of_runs(self) -> np.ndarray:
        """Return all agreements from those of few suffixes (Kärkkäinen, Manzini and Puglisi 2009).

        Consider a suffix and its predecessor in order. If the same symbol precedes both, then the
        suffixes that are one symbol longer are neighbours too. They agree for one symbol more.
        """
        order = self.order
        ranks = self._run_starts(order)
        positions = order[ranks]
        common = np.zeros(len(ranks), dtype=np.int64)
        common[1:] = self.agreement(positions[1:], order[ranks[1:] - 1])
        sequence = np.argsort(positions)
        positions = positions[sequence]
        ends = (common[sequence] + positions).astype(np.int32)
        last = int(positions[0]) + self.length
        repeats: np.ndarray = np.repeat(ends, np.diff(positions, append=last))
        repeats -= np.arange(positions[0], last, dtype=np.int32)
        return repeats

    def _run_starts(self, order: np.ndarray) -> np.ndarray:
        """Return the ranks at which the symbol before the suffix changes, and rank 0."""
        before = np.roll(self._letters, 1)[order]
        starts = np.ones(self.length, dtype=bool)
        np.not_equal(before[1:], before[:-1], out=starts[1:])
        if not self.cyclic:
            # Nothing precedes the whole string.
            whole = int(np.argmin(order))
            starts[whole : whole + 2] = True
        return np.flatnonzero(starts)

    def longest_match(self, *, later: bool = False) -> np.ndarray:
        """Return, for every position, the longest agreement with an earlier suffix.

        A position agrees most with one of its two neighbours in order, once all later positions are
        removed. The neighbours then agree with each other as long as both agree with it (Crochemore
        and Ilie 2008). The method does not work for rotations.

        Parameters
        ----------
        later : bool
            Whether later suffixes are compared instead of earlier ones.

        Returns
        -------
        integer array, shape (n,)

        Examples
        --------
        >>> Suffixes(np.array([1, 0, 2, 0, 2, 0])).longest_match().tolist()
        [0, 0, 0, 3, 2, 1]
        """
        common = self.repeats if self._ordering.words_differ else self.repeats[self.order]
        common = np.append(common.astype(np.int32), np.int32(0))
        positions = self.order.astype(np.int32)
        matches = np.zeros(self.length, dtype=np.int32)
        # Positions between two earlier neighbours need not wait, so they are removed as arrays.
        while True:
            ranks = _peaks(-positions if later else positions)
            if len(ranks) * FEWEST_PEAKS <= len(positions):
                break
            below = common[ranks]
            above = common[ranks + 1]
            matches[positions[ranks]] = np.maximum(below, above)
            common[ranks + 1] = np.minimum(below, above)
            positions = np.delete(positions, ranks)
            common = np.delete(common, ranks)
        _match_rest(positions, common, matches, later)
        return matches


def _peaks(values: np.ndarray) -> np.ndarray:
    """Return the indices of values that are higher than both neighbours."""
    rises = np.ones(len(values) + 1, dtype=bool)
    np.greater(values[1:], values[:-1], out=rises[1:-1])
    falls = ~rises
    falls[-1:] = True
    return np.flatnonzero(rises[:-1] & falls[1:])


def _match_rest(
    positions: np.ndarray, common: np.ndarray, matches: np.ndarray, later: bool
) -> None:
    """Match the remaining positions one by one, in place.

    A stack holds the positions that wait for an earlier neighbour above.
    """
    waiting: list[tuple[int, int]] = []
    for position, agreement in zip([*positions.tolist(), -1], common.tolist(), strict=True):
        below = agreement
        while waiting and (position < 0 or (position < waiting[-1][0]) != later):
            removed, further = waiting.pop()
            matches[removed] = max(further, below)
            below = min(further, below)
        waiting.append((position, below))
