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

import sys
from abc import abstractmethod
from array import array

import numpy as np

from seqmem.generators.complexity.counter import Counter, Recounted
from seqmem.generators.complexity.suffixes import Suffixes

# Up to here the children of a phrase lie side by side, one for every symbol; beyond, only those that exist are kept.
DENSE_ALPHABET = 16


class Children(dict[int, int]):
    """Phrases by their place, 0 for those that do not exist."""

    def __missing__(self, place: int) -> int:
        return 0


class PhraseCounter(Counter):
    """Count the phrases of a growing string, the unfinished last one included.

    Phrases are nodes of a tree. A node is a multiple of k, the root 0; its child for a symbol stands at the place
    ``node + symbol``, 0 where there is none.
    """

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self.count = 0
        self._node = 0
        # Nodes so far, the root among them.
        self._nodes = 1
        # Where a symbol that ends a phrase leads.
        self._restarts = [0] * alphabet_size
        dense = alphabet_size <= DENSE_ALPHABET
        self._children: Children | array[int] = (
            array("i", bytes(4 * alphabet_size * 1024)) if dense else Children()
        )

    @abstractmethod
    def _starts(self, symbols: list[int]) -> list[int]:
        """Parse further symbols and return the places among them at which a phrase starts."""

    def _ends(self, symbols: list[int]) -> list[int]:
        """Follow further symbols down the tree, and return the places among them at which a node is added."""
        ends: list[int] = []
        children, size, restarts = self._children, self.alphabet_size, self._restarts
        node, nodes, room = self._node, self._nodes, self._room()
        for place, symbol in enumerate(symbols):
            child = children[node + symbol]
            if child:
                node = child
                continue
            children[node + symbol] = nodes * size
            ends.append(place)
            node = restarts[symbol]
            nodes += 1
            if nodes > room:
                self._nodes = nodes
                room = self._room()
        self._node, self._nodes = node, nodes
        return ends

    def _room(self) -> int:
        """Make room for more nodes, and return how many there may be."""
        if isinstance(self._children, Children):
            return sys.maxsize
        if len(self._children) <= (self._nodes + 1) * self.alphabet_size:
            self._children.frombytes(bytes(4 * len(self._children)))
        return len(self._children) // self.alphabet_size - 1

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

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        # Node k (1 + s) is the phrase of the symbol s alone, in the dictionary from the start.
        self._nodes = 1 + alphabet_size
        self._restarts = [alphabet_size * (1 + symbol) for symbol in range(alphabet_size)]

    def _starts(self, symbols: list[int]) -> list[int]:
        """A code starts with the symbol that the one before could not take."""
        return self._ends(symbols)

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Every code but the last, with the symbol after it, is another word."""
        return min(1 + most_words(cls.longest, alphabet_size, shared=1), cls.longest)


class Lz78Counter(PhraseCounter):
    """Count LZ78 phrases of a growing string: each is the longest phrase seen before, and one symbol more.

    Ziv and Lempel 1978; the last phrase may be unfinished.

    >>> Lz78Counter(2).extend(np.array([0, 1, 0, 1, 0])).tolist()
    [1, 2, 3, 3, 4]
    """

    def _starts(self, symbols: list[int]) -> list[int]:
        """A phrase starts behind the symbol that made the one before a new one."""
        starts = [0] if symbols and not self._node else []
        ends = self._ends(symbols)
        starts += [place + 1 for place in ends]
        return starts[:-1] if ends and ends[-1] + 1 == len(symbols) else starts

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Every phrase but the last is another word."""
        return 1 + most_words(cls.longest, alphabet_size)


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

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Every phrase but the last is another word (Lempel and Ziv 1976)."""
        return 1 + most_words(cls.longest, alphabet_size)


def most_words(total: int, alphabet_size: int, *, shared: int = 0) -> int:
    """Return the largest number of different words that a string can be cut into.

    Parameters
    ----------
    total : int
        Symbols of the string.
    shared : int
        Symbols that each word has in common with the next; every word is longer than that.

    >>> most_words(10, 2), most_words(12, 2)  # 0 1 00 01 10 11, and another of three
    (6, 6)
    >>> most_words(13, 2)
    7
    """
    words, length = 0, 1
    while total >= length:
        found = min(total // length, alphabet_size ** (length + shared))
        words, total, length = words + found, total - found * length, length + 1
    return words


def lz76_starts(symbols: np.ndarray) -> list[int]:
    """Return the places at which the phrases of the exhaustive history start."""
    matches = Suffixes(symbols).longest_match().data
    starts, place = [], 0
    while place < len(matches):
        starts.append(place)
        place += matches[place] + 1
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
