"""Lempel–Ziv measures.

Libraries call three different numbers "Lempel–Ziv complexity". Here each number has its own name.
For ``1001111011000010`` they are:

- ``lz76`` is 6, with the phrases 1 · 0 · 01 · 1110 · 1100 · 0010.
- ``lz78`` is 8, with the phrases 1 · 0 · 01 · 11 · 10 · 110 · 00 · 010.
- ``lzw`` is 10, with the codes for 1 · 0 · 0 · 1 · 11 · 10 · 11 · 00 · 00 · 10.
"""

import sys
from abc import abstractmethod
from array import array

import numpy as np

from seqmem.generators.complexity.counter import Counter, Recounted
from seqmem.generators.complexity.suffixes import Suffixes

# Up to this size, an array holds a child of a phrase for every symbol. Beyond it, a dictionary
# holds only the children that exist.
DENSE_ALPHABET = 16


class Children(dict[int, int]):
    """Phrases by their index, 0 for those that do not exist."""

    def __missing__(self, index: int) -> int:
        return 0


class PhraseCounter(Counter):
    """Count the phrases of a growing string, the unfinished last one included.

    Phrases are nodes of a tree. A node is a multiple of k, and the root is 0. The child of a node
    for a symbol is stored at the index ``node + symbol``. It is 0 if the node has no such child.

    Parameters
    ----------
    alphabet_size : int
        k.
    """

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self.count = 0
        self._node = 0
        # Number of nodes so far, with the root.
        self._nodes = 1
        # Node at which the next phrase starts, for each symbol that ends a phrase.
        self._restarts = [0] * alphabet_size
        dense = alphabet_size <= DENSE_ALPHABET
        self._children: Children | array[int] = (
            array("i", bytes(4 * alphabet_size * 1024)) if dense else Children()
        )

    @abstractmethod
    def _starts(self, symbols: list[int]) -> list[int]:
        """Parse further symbols and return the indices at which a phrase starts."""

    def _ends(self, symbols: list[int]) -> list[int]:
        """Follow further symbols down the tree and return the indices at which a node is added."""
        ends: list[int] = []
        # Local names, because this loop takes most of the time.
        children = self._children
        size = self.alphabet_size
        restarts = self._restarts
        node = self._node
        nodes = self._nodes
        room = self._room()
        for index, symbol in enumerate(symbols):
            child = children[node + symbol]
            if child:
                node = child
                continue
            children[node + symbol] = nodes * size
            ends.append(index)
            node = restarts[symbol]
            nodes += 1
            if nodes > room:
                self._nodes = nodes
                room = self._room()
        self._node = node
        self._nodes = nodes
        return ends

    def _room(self) -> int:
        """Make room for more nodes and return how many nodes fit."""
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
    """Count LZW codes of a growing string (Welch 1984).

    The dictionary starts with the distinct symbols of the string (the *reduced* alphabet). So the
    count does not depend on symbols that never occur. It is the count that was published with
    Cahuantzi, Chen and Güttel 2021 (arXiv 2107.02248).

    Parameters
    ----------
    alphabet_size : int
        k.

    Examples
    --------
    >>> LzwCounter(2).extend(np.array([0, 1, 0, 1, 0])).tolist()
    [1, 2, 3, 3, 4]
    """

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        # Node k (1 + s) is the phrase of the symbol s alone. It is in the dictionary from the
        # start.
        self._nodes = 1 + alphabet_size
        self._restarts = [alphabet_size * (1 + symbol) for symbol in range(alphabet_size)]

    def _starts(self, symbols: list[int]) -> list[int]:
        """Return where codes start: at the symbols that the code before could not take."""
        return self._ends(symbols)

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return a bound.

        Every code but the last, together with the symbol after it, is a different word.
        """
        return min(1 + most_words(cls.longest, alphabet_size, shared=1), cls.longest)


class Lz78Counter(PhraseCounter):
    """Count LZ78 phrases of a growing string (Ziv and Lempel 1978).

    A phrase is the longest phrase before it, and one symbol more. The last phrase may be
    unfinished.

    Parameters
    ----------
    alphabet_size : int
        k.

    Examples
    --------
    >>> Lz78Counter(2).extend(np.array([0, 1, 0, 1, 0])).tolist()
    [1, 2, 3, 3, 4]
    """

    def _starts(self, symbols: list[int]) -> list[int]:
        """Return where phrases start: after the symbols that complete a phrase."""
        starts = [0] if symbols and not self._node else []
        ends = self._ends(symbols)
        starts += [index + 1 for index in ends]
        return starts[:-1] if ends and ends[-1] + 1 == len(symbols) else starts

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return a bound. Every phrase but the last is a different word."""
        return 1 + most_words(cls.longest, alphabet_size)


class Lz76Counter(Recounted):
    """Count LZ76 phrases of a growing string (Lempel and Ziv 1976).

    Examples
    --------
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
        """Return a bound. Every phrase but the last is a different word."""
        return 1 + most_words(cls.longest, alphabet_size)


def most_words(total: int, alphabet_size: int, *, shared: int = 0) -> int:
    """Return the largest number of different words that a string can be cut into.

    Parameters
    ----------
    total : int
        Symbols of the string.
    alphabet_size : int
        k.
    shared : int
        Symbols that each word has in common with the next word. Every word is longer than that.

    Examples
    --------
    Ten symbols give 0, 1, 00, 01, 10 and 11. Three further symbols give one more word.

    >>> most_words(10, 2), most_words(12, 2), most_words(13, 2)
    (6, 6, 7)
    """
    count = 0
    length = 1
    while total >= length:
        of_length = min(total // length, alphabet_size ** (length + shared))
        count += of_length
        total -= of_length * length
        length += 1
    return count


def lz76_starts(symbols: np.ndarray) -> list[int]:
    """Return the positions at which the phrases of the exhaustive history start.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> lz76_starts(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    [0, 1, 2, 4, 8, 12]
    """
    matches = Suffixes(symbols).longest_match().data
    starts = []
    start = 0
    while start < len(matches):
        starts.append(start)
        start += matches[start] + 1
    return starts


def lzw_code_count(symbols: np.ndarray) -> int:
    """Return the number of codes that LZW emits for a string (Welch 1984).

    The dictionary starts with the distinct symbols of the string.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> lzw_code_count(np.frombuffer(b"BAAABAAAAABAAAAAAABAB", dtype=np.uint8))
    10
    """
    return int(LzwCounter(int(symbols.max()) + 1).extend(symbols)[-1])


def lz78_phrase_count(symbols: np.ndarray) -> int:
    """Return the number of LZ78 phrases (Ziv and Lempel 1978), the unfinished last one included.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> lz78_phrase_count(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    8
    """
    return int(Lz78Counter(int(symbols.max()) + 1).extend(symbols)[-1])


def lz76_phrase_count(symbols: np.ndarray) -> int:
    """Return the number of phrases of the exhaustive history (Lempel and Ziv 1976).

    Each phrase is the shortest word that does not occur earlier. Overlaps are allowed, and the last
    phrase may be unfinished. Kaspar and Schuster (1987) compute this number. Physiology usually
    means it by Lempel–Ziv complexity.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> lz76_phrase_count(np.frombuffer(b"1001111011000010", dtype=np.uint8))
    6
    """
    return len(lz76_starts(symbols))
