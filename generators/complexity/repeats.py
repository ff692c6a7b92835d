"""How a string repeats itself: its smallest period, and the context that tells what comes next."""

import numpy as np


class PeriodTracker:
    """Track the smallest period of a growing string (Knuth–Morris–Pratt), amortized constant time.

    >>> tracker = PeriodTracker()
    >>> [tracker.push(symbol) for symbol in (0, 1, 0, 1)]
    [1, 2, 2, 2]
    """

    def __init__(self) -> None:
        self._symbols: list[int] = []
        self._border: list[int] = [0]

    def push(self, symbol: int) -> int:
        """Append a symbol and return the smallest p with ``s[i] == s[i + p]`` for all i."""
        self._symbols.append(symbol)
        length = len(self._symbols)
        border = self._border[-1] if length > 1 else 0
        while border and self._symbols[border] != symbol:
            border = self._border[border]
        if length > 1 and self._symbols[border] == symbol:
            border += 1
        self._border.append(border)
        return length - border

    @property
    def is_primitive(self) -> bool:
        """Whether the string so far is not a whole number (>= 2) of copies of a shorter one."""
        length = len(self._symbols)
        return length == 1 or length % (length - self._border[-1]) != 0 or self._border[-1] == 0


def smallest_period(symbols: np.ndarray) -> int:
    """Return the length of the primitive root: the shortest word of which the string is copies.

    >>> smallest_period(np.array([0, 1, 0, 1])), smallest_period(np.array([0, 1, 0]))
    (2, 3)
    """
    tracker = PeriodTracker()
    period = 0
    for symbol in symbols.tolist():
        period = tracker.push(symbol)
    return len(symbols) if tracker.is_primitive else period


def min_context(symbols: np.ndarray) -> int:
    """Return the smallest m such that m symbols of context determine the next one.

    The string is read as a cycle, as a memorizer meets it: the smallest m for which equal words
    of length m are always followed by equal symbols. This is one more than the longest word that
    occurs at two places of the cycle.

    Parameters
    ----------
    symbols : array of shape (n,)
        A primitive string; a repetition is measured through its primitive root.

    >>> min_context(np.frombuffer(b"ABRACADABRA", dtype=np.uint8))
    5
    """
    root = np.asarray(symbols)[: smallest_period(symbols)]
    if len(root) == 1:
        return 0
    classes = [np.unique(root, return_inverse=True)[1].astype(np.int64)]
    while not _all_distinct(classes[-1]):
        classes.append(_join(classes[-1], classes[-1], 1 << (len(classes) - 1)))
    return 1 + _longest_repeat(classes)


def _longest_repeat(classes: list[np.ndarray]) -> int:
    """Length of the longest word at two places, by binary lifting over word classes 1, 2, 4, …"""
    length, current = 0, np.zeros(len(classes[0]), dtype=np.int64)
    for power in range(len(classes) - 1, -1, -1):
        longer = _join(current, classes[power], length)
        if not _all_distinct(longer):
            length, current = length + (1 << power), longer
    return length


def _join(left: np.ndarray, right: np.ndarray, offset: int) -> np.ndarray:
    """Classes of the words made of a left word and the right word ``offset`` symbols later."""
    paired = left * len(left) + np.roll(right, -offset)
    return np.unique(paired, return_inverse=True)[1].astype(np.int64)


def _all_distinct(classes: np.ndarray) -> bool:
    return int(classes.max()) + 1 == len(classes)
