"""Automatic sequences (Allouche and Shallit 2003).

A finite automaton reads the digits of a position in base k and returns the symbol at that position.
All of these sequences have entropy rate 0. Their number of distinct substrings of length m grows
linearly with m.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqmem.generators.sources.machine import BLOCK
from seqmem.generators.sources.source import Source, starting

LATEST_START = 2**32


@dataclass(frozen=True)
class AutomaticSource(Source):
    """A sequence that is given by its value at every position.

    Parameters
    ----------
    alphabet_size : int
        k.
    start : int, optional
        Position in the sequence at which the stream starts, below 2**32. If not given, the seed
        draws it.
    """

    start: int | None = None

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        position = starting(self.start, rng, LATEST_START)
        while True:
            yield self.at(np.arange(position, position + BLOCK))
            position += BLOCK

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the symbols at given positions.

        Parameters
        ----------
        positions : integer array, shape (n,)
            Positions from 0 on.

        Returns
        -------
        integer array, shape (n,)
        """
        raise NotImplementedError


@dataclass(frozen=True)
class ThueMorseSource(AutomaticSource):
    """The Thue–Morse sequence (Thue 1906), generalized to k symbols.

    The symbol at a position is the sum of its digits in base k, modulo k. With k = 2, it is the
    parity of the number of ones. Position 5 is 101 in base 2, so its symbol is 0.

    Examples
    --------
    >>> ThueMorseSource(2).at(np.arange(16)).tolist()
    [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0]
    >>> ThueMorseSource(3).at(np.arange(9)).tolist()
    [0, 1, 2, 1, 2, 0, 2, 0, 1]
    """

    help = "the Thue–Morse sequence, over any alphabet"

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the digit sums of positions, modulo the alphabet size."""
        total = np.zeros_like(positions)
        rest = positions
        while rest.any():
            rest, digits = np.divmod(rest, self.alphabet_size)
            total += digits
        return total % self.alphabet_size


@dataclass(frozen=True)
class PeriodDoublingSource(AutomaticSource):
    """The period-doubling sequence, the fixed point of 0 → 01, 1 → 00.

    The symbol at position n is the exponent of 2 in n + 1, modulo 2. Position 3 has
    n + 1 = 4 = 2**2, so its symbol is 0.

    Examples
    --------
    >>> PeriodDoublingSource(2).at(np.arange(16)).tolist()
    [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0]
    """

    help = "the period-doubling sequence"
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the parities of the exponents of 2."""
        counted = positions + 1
        parity: np.ndarray = np.bitwise_count((counted & -counted) - 1).astype(np.int64) % 2
        return parity


@dataclass(frozen=True)
class RudinShapiroSource(AutomaticSource):
    """The Rudin–Shapiro sequence (Shapiro 1951, Rudin 1959).

    The symbol at a position is the number of pairs 11 in its binary digits, modulo 2. Pairs may
    overlap. Position 7 is 111 in base 2 and has two pairs, so its symbol is 0.

    Examples
    --------
    >>> RudinShapiroSource(2).at(np.arange(16)).tolist()
    [0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1]
    """

    help = "the Rudin–Shapiro sequence"
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the parities of the numbers of adjacent ones."""
        parity: np.ndarray = np.bitwise_count(positions & positions >> 1).astype(np.int64) % 2
        return parity
