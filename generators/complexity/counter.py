"""Counters, which return the value of a measure for every prefix of a growing string."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np


class Counter(ABC):
    """The value of a measure as a string grows. The value never falls.

    Parameters
    ----------
    alphabet_size : int
        k. Every symbol is below k.
    """

    # Whether a symbol raises the value by at most one. Then every value up to the last is met
    # exactly.
    unit_growth: ClassVar[bool] = True
    # Whether the value is at least the number of distinct symbols.
    counts_symbols: ClassVar[bool] = True
    # Share of the string so far that is best appended at once. It is small if a counter continues
    # from its last state.
    stride: ClassVar[float] = 1 / 8
    # Number of symbols after which a target counts as out of reach.
    longest: ClassVar[int] = 2**26

    def __init__(self, alphabet_size: int) -> None:
        self.alphabet_size = alphabet_size

    @abstractmethod
    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the value of each new prefix.

        Parameters
        ----------
        symbols : integer array, shape (m,)

        Returns
        -------
        integer array, shape (m,)
            Value of each of the m prefixes that end in these symbols.
        """

    @classmethod
    def bound(cls, alphabet_size: int) -> int:
        """Return an upper bound of the value of strings of up to `longest` symbols."""
        return cls.longest


class Recounted(Counter):
    """A counter that counts the whole string again after every extension.

    Strings are extended to twice their length, so the total work is that of a few counts.
    """

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
        """Return the value of every prefix of the string.

        Parameters
        ----------
        symbols : integer array, shape (n,)

        Returns
        -------
        integer array, shape (n,)
        """
