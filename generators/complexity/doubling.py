"""Prefix doubling (Manber and Myers 1993) from words that fit into a number to ever longer ones."""

import numpy as np

from seqmem.generators.complexity.words import Words, extended, places_in_order


class Doubling:
    """Places in the order of what starts there, by ranks of words of 1, 2, 4, … times the packed length.

    Parameters
    ----------
    words : Words
    names : integer array of shape (n,)
        Ranks of the words, from 0, equal for equal words.
    cyclic : bool

    Attributes
    ----------
    order : array of shape (n,)
    """

    def __init__(self, words: Words, names: np.ndarray, *, cyclic: bool) -> None:
        self._words, self._cyclic, self._length = words, cyclic, len(names)
        # Ranks from 1 of words of span * 2**j symbols, behind them a 0 for what lies beyond the end.
        self._levels: list[np.ndarray] = []
        self.order = self._doubled(names.astype(np.int64))

    def _doubled(self, ranks: np.ndarray) -> np.ndarray:
        """Rank ever longer words until all differ, and return their order."""
        n, span, largest = self._length, self._words.span, -1
        while largest < n - 1:
            self._levels.append(extended(ranks + 1, 1, cyclic=self._cyclic))
            bound = n + 1
            pairs = (ranks + 1) * bound + extended(self._levels[-1][:n], span, cyclic=self._cyclic)[
                span:
            ]
            order = places_in_order(pairs, bound * bound)
            ranks = np.empty(n, dtype=np.int64)
            ranks[order] = np.concatenate(([0], np.cumsum(np.diff(pairs[order]) != 0)))
            span, largest = 2 * span, int(ranks[order[-1]])
        return order

    def agreement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols are the same from two different places on, pair by pair."""
        common: np.ndarray = np.zeros(len(first), dtype=np.int64)
        for power, ranks in reversed(list(enumerate(self._levels))):
            equal = ranks[self._place(first + common)] == ranks[self._place(second + common)]
            common += equal.astype(np.int64) * (self._words.span << power)
        values = extended(self._words.values, 1, cyclic=self._cyclic)
        common += self._words.shared(
            values[self._place(first + common)], values[self._place(second + common)]
        )
        return common

    def _place(self, places: np.ndarray) -> np.ndarray:
        return places % self._length if self._cyclic else np.minimum(places, self._length)
