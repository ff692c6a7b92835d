"""Lempel–Ziv measures."""

import numpy as np


class LzwCounter:
    """Count LZW codes of a growing string, one symbol at a time, in constant time each.

    The dictionary starts with the distinct symbols of the string (the *reduced* alphabet), so the
    count does not depend on symbols that never occur. Welch 1984; the count published with
    Cahuantzi, Chen and Güttel 2021 (arXiv 2107.02248).

    >>> counter = LzwCounter()
    >>> [counter.push(symbol) for symbol in (0, 1, 0, 1, 0)]
    [1, 2, 3, 3, 4]
    """

    def __init__(self) -> None:
        self._phrases: dict[tuple[int, int], int] = {}
        self._node = -1
        self.count = 0

    def push(self, symbol: int) -> int:
        """Append a symbol and return the number of codes of the string so far."""
        child = self._phrases.get((self._node, symbol))
        if child is None:
            if self._node >= 0:
                self._phrases[self._node, symbol] = len(self._phrases)
            # A single symbol is always in the dictionary: its phrase starts here.
            child = self._phrases.setdefault((-1, symbol), len(self._phrases))
            self.count += 1
        self._node = child
        return self.count


def lzw_code_count(symbols: np.ndarray) -> int:
    """Return the number of codes that LZW emits for a string, dictionary = its distinct symbols.

    Parameters
    ----------
    symbols : array of shape (n,)

    >>> lzw_code_count(np.frombuffer(b"BAAABAAAAABAAAAAAABAB", dtype=np.uint8))
    10
    """
    counter = LzwCounter()
    for symbol in symbols.tolist():
        counter.push(symbol)
    return counter.count
