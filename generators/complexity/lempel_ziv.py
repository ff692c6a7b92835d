"""Lempel–Ziv measures. Libraries call three different numbers "Lempel–Ziv complexity"; here each has its name.

For ``1001111011000010`` they are:

========  =====  =========================================================
measure   value  phrases
========  =====  =========================================================
``lz76``      6  1 · 0 · 01 · 1110 · 1100 · 0010
``lz78``      8  1 · 0 · 01 · 11 · 10 · 110 · 00 · 010
``lzw``      10  1 · 0 · 0 · 1 · 11 · 10 · 11 · 00 · 00 · 10
========  =====  =========================================================
"""

from abc import abstractmethod

import numpy as np

from generators.complexity.counter import Counter, Recounted
from generators.complexity.suffixes import Suffixes


class PhraseCounter(Counter):
    """Count the phrases of a growing string, the unfinished last one included."""

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self.count = 0
        self._phrases: dict[int, int] = {}
        self._node = self._root

    @property
    @abstractmethod
    def _root(self) -> int:
        """Node before the first phrase."""

    @abstractmethod
    def _starts(self, symbols: list[int]) -> list[int]:
        """Parse further symbols and return the places among them at which a phrase starts."""

    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the number of phrases of each new prefix."""
        begins = np.zeros(len(symbols), dtype=np.int64)
        begins[self._starts(symbols.tolist())] = 1
        counts = self.count + np.cumsum(begins)
        self.count = int(counts[-1]) if len(counts) else self.count
        return counts


class LzwCounter(PhraseCounter):
    """Count LZW codes of a growing string.

    The dictionary starts with the distinct symbols of the string (the *reduced* alphabet), so the
    count does not depend on symbols that never occur. Welch 1984; the count published with
    Cahuantzi, Chen and Güttel 2021 (arXiv 2107.02248).

    >>> LzwCounter(2).extend(np.array([0, 1, 0, 1, 0])).tolist()
    [1, 2, 3, 3, 4]
    """

    # Node of the phrase of one symbol: symbol - FIRST - k, below every other and in the dictionary from the start.
    _root = -1

    def _starts(self, symbols: list[int]) -> list[int]:
        starts: list[int] = []
        size, phrases, node = self.alphabet_size, self._phrases, self._node
        find = phrases.get
        for place, symbol in enumerate(symbols):
            key = node * size + symbol
            child = find(key)
            if child is None:
                phrases[key] = len(phrases)
                starts.append(place)
                node = symbol - 1 - size
            else:
                node = child
        self._node = node
        return starts


class Lz78Counter(PhraseCounter):
    """Count LZ78 phrases of a growing string: each is the longest phrase seen before, and one symbol more.

    Ziv and Lempel 1978; the last phrase may be unfinished.

    >>> Lz78Counter(2).extend(np.array([0, 1, 0, 1, 0])).tolist()
    [1, 2, 3, 3, 4]
    """

    _root = 0

    def _starts(self, symbols: list[int]) -> list[int]:
        starts: list[int] = []
        size, phrases, node = self.alphabet_size, self._phrases, self._node
        find = phrases.get
        for place, symbol in enumerate(symbols):
            if not node:
                starts.append(place)
            key = node * size + symbol
            node = find(key, 0)
            if not node:
                phrases[key] = len(phrases) + 1
        self._node = node
        return starts


class Lz76Counter(Recounted):
    """Count LZ76 phrases of a growing string.

    >>> Lz76Counter(2).extend(np.array([1, 0, 0, 1, 1, 1])).tolist()
    [1, 2, 3, 3, 4, 4]
    """

    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the number of phrases of every prefix."""
        begins = np.zeros(len(symbols), dtype=np.int64)
        begins[lz76_starts(symbols)] = 1
        return np.cumsum(begins)


def lz76_starts(symbols: np.ndarray) -> list[int]:
    """Return the places at which the phrases of the exhaustive history start."""
    lengths = (Suffixes(symbols).longest_match() + 1).tolist()
    starts, place = [], 0
    while place < len(lengths):
        starts.append(place)
        place += lengths[place]
    return starts


def lzw_code_count(symbols: np.ndarray) -> int:
    """Return the number of codes that LZW emits for a string, dictionary = its distinct symbols.

    Parameters
    ----------
    symbols : array of shape (n,)

    >>> lzw_code_count(np.frombuffer(b"BAAABAAAAABAAAAAAABAB", dtype=np.uint8))
    10
    """
    return int(LzwCounter(int(symbols.max()) + 1).extend(symbols)[-1])


def lz78_phrase_count(symbols: np.ndarray) -> int:
    """Return the number of LZ78 phrases (Ziv and Lempel 1978), the unfinished last one included.

    >>> lz78_phrase_count(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    8
    """
    return int(Lz78Counter(int(symbols.max()) + 1).extend(symbols)[-1])


def lz76_phrase_count(symbols: np.ndarray) -> int:
    """Return the number of phrases of the exhaustive history (Lempel and Ziv 1976).

    Each phrase is the shortest word that does not occur earlier, overlaps allowed; the last may be unfinished. What
    Kaspar and Schuster (1987) compute and most of physiology calls Lempel–Ziv complexity.

    >>> lz76_phrase_count(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    6
    """
    return len(lz76_starts(symbols))
