"""Automatic sequences: a finite automaton reads the place in base k and says the symbol (Allouche and Shallit 2003).

All have entropy rate 0 and a number of distinct substrings that grows linearly with their length.
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
    """A sequence given by its value at every place.

    Parameters
    ----------
    alphabet_size : int
    start : int, optional
        Place in the sequence at which the stream starts, below 2**32; drawn from the seed if not given.
    """

    start: int | None = None

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        place = starting(self.start, rng, LATEST_START)
        while True:
            yield self.at(np.arange(place, place + BLOCK))
            place += BLOCK

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the symbols at the given places >= 0."""
        raise NotImplementedError


@dataclass(frozen=True)
class ThueMorseSource(AutomaticSource):
    """Thue–Morse: the sum of the base-k digits of the place, modulo k (k = 2: parity of the ones; Thue 1906).

    >>> ThueMorseSource(2).at(np.arange(16)).tolist()
    [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0]
    >>> ThueMorseSource(3).at(np.arange(9)).tolist()
    [0, 1, 2, 1, 2, 0, 2, 0, 1]
    """

    help = "the Thue–Morse sequence, over any alphabet"

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return digit sums modulo the alphabet."""
        total, rest = np.zeros_like(places), places
        while rest.any():
            rest, digits = np.divmod(rest, self.alphabet_size)
            total += digits
        return total % self.alphabet_size


@dataclass(frozen=True)
class PeriodDoublingSource(AutomaticSource):
    """Period doubling: how often 2 divides the place counted from 1, modulo 2 (fixed point of 0 → 01, 1 → 00).

    >>> PeriodDoublingSource(2).at(np.arange(16)).tolist()
    [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0]
    """

    help = "the period-doubling sequence"

    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the parity of the exponent of 2."""
        counted = places + 1
        parity: np.ndarray = np.bitwise_count((counted & -counted) - 1).astype(np.int64) % 2
        return parity


@dataclass(frozen=True)
class RudinShapiroSource(AutomaticSource):
    """Rudin–Shapiro: how often 11 stands in the binary digits of the place, modulo 2 (Shapiro 1951, Rudin 1959).

    >>> RudinShapiroSource(2).at(np.arange(16)).tolist()
    [0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1]
    """

    help = "the Rudin–Shapiro sequence"

    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the parity of the number of adjacent ones."""
        parity: np.ndarray = np.bitwise_count(places & places >> 1).astype(np.int64) % 2
        return parity
