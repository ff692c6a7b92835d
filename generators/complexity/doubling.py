"""Prefix doubling (Manber and Myers 1993), from packed words to ever longer words."""

import numpy as np

from seqmem.generators.complexity.words import Words, extended, places_in_order


class Doubling:
    """The order of the positions of a string, by ranks of ever longer words.

    Words have 1, 2, 4, … times the packed length.

    Parameters
    ----------
    packed : Words
        Words of the string.
    names : integer array, shape (n,)
        Ranks of the words, from 0. Equal words have equal ranks.
    cyclic : bool
        Whether words continue at the beginning of the string.

    Attributes
    ----------
    order : integer array, shape (n,)
        Positions in the order of what starts there.
    """

    def __init__(self, packed: Words, names: np.ndarray, *, cyclic: bool) -> None:
        self._words = packed
        self._cyclic = cyclic
        self._length = len(names)
        # Ranks from 1 of words of span * 2**j symbols. The last rank, 0, is for positions beyond
        # the end.
        self._levels: list[np.ndarray] = []
        self.order = self._doubled(names.astype(np.int64))

    def _doubled(self, ranks: np.ndarray) -> np.ndarray:
        """Rank ever longer words until all differ, and return their order."""
        n = self._length
        span = self._words.span
        largest = -1
        while largest < n - 1:
            self._levels.append(extended(ranks + 1, 1, cyclic=self._cyclic))
            bound = n + 1
            pairs = (ranks + 1) * bound + extended(self._levels[-1][:n], span, cyclic=self._cyclic)[
                span:
            ]
            order = places_in_order(pairs, bound * bound)
            ranks = np.empty(n, dtype=np.int64)
            ranks[order] = np.concatenate(([0], np.cumsum(np.diff(pairs[order]) != 0)))
            span *= 2
            largest = int(ranks[order[-1]])
        return order

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are equal from two different positions on, pair by pair.

        Parameters
        ----------
        first, second : integer array, shape (pairs,)
            Positions, different within each pair.
        """
        common: np.ndarray = np.zeros(len(first), dtype=np.int64)
        for power, ranks in reversed(list(enumerate(self._levels))):
            equal = ranks[self._wrapped(first + common)] == ranks[self._wrapped(second + common)]
            common += equal.astype(np.int64) * (self._words.span << power)
        values = extended(self._words.values, 1, cyclic=self._cyclic)
        common += self._words.shared(
            values[self._wrapped(first + common)], values[self._wrapped(second + common)]
        )
        return common

    def _wrapped(self, positions: np.ndarray) -> np.ndarray:
        """Return positions that may lie beyond the end as indices of the ranks."""
        return positions % self._length if self._cyclic else np.minimum(positions, self._length)
