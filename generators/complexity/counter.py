"""What a measure needs to be grown to a target: its value for every prefix of a growing string."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np


class Counter(ABC):
    """The value of a prefix-monotone measure, as a string grows.

    Parameters
    ----------
    alphabet_size : int
        k; every symbol pushed lies below it.
    """

    # Whether a symbol raises the value by at most one, so that every value up to the last is met exactly.
    unit_growth: ClassVar[bool] = True
    # Whether the value is at least the number of distinct symbols.
    counts_symbols: ClassVar[bool] = True
    # Part of the string so far that is best appended at once: small where work goes on from where it stopped.
    stride: ClassVar[float] = 1 / 8
    # Symbols after which a target is given up as out of reach.
    longest: ClassVar[int] = 2**26

    def __init__(self, alphabet_size: int) -> None:
        self.alphabet_size = alphabet_size

    @abstractmethod
    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols, shape (m,), and return the value of each of the m prefixes that end in them."""

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return a value that no string of `longest` symbols over the alphabet exceeds."""
        return cls.longest


class Recounted(Counter):
    """A counter that counts the whole string again: in doubling strides the total is that of a few counts."""

    stride = 1.0
    longest = 2**21

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self._symbols = np.empty(0, dtype=np.int64)

    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the value of each new prefix."""
        if not len(symbols):
            return np.empty(0, dtype=np.int64)
        self._symbols = np.concatenate((self._symbols, symbols))
        return self.recount(self._symbols)[len(self._symbols) - len(symbols) :]

    @abstractmethod
    def recount(self, symbols: np.ndarray) -> np.ndarray:
        """Return the value of every prefix of the string."""
