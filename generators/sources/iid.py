"""Independent, uniformly distributed symbols."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import lgamma, log, log2

import numpy as np

from generators.errors import InputError

CHUNK = 4096


@dataclass(frozen=True)
class IidSource:
    """An endless stream of independent, uniform symbols over ``alphabet_size`` symbols.

    Parameters
    ----------
    alphabet_size : int
    initial_permutation : bool
        Start with every symbol once, in random order, so that all k symbols occur in any string
        cut from the stream (as in the generator published with arXiv 2107.02248).
    """

    alphabet_size: int
    initial_permutation: bool = True

    reference_kind = "iid"

    def __post_init__(self) -> None:
        if not isinstance(self.initial_permutation, bool):
            raise InputError(f"initial_permutation {self.initial_permutation!r}; valid: true, false")

    def stream(self, rng: np.random.Generator) -> Iterator[int]:
        """Yield symbols without end."""
        if self.initial_permutation:
            yield from rng.permutation(self.alphabet_size).tolist()
        while True:
            yield from rng.integers(self.alphabet_size, size=CHUNK).tolist()

    def reference_bits(self, symbols: np.ndarray) -> float:
        """Return the realized code length: log2 k per free symbol, log2 k! for the permutation.

        >>> IidSource(4, initial_permutation=False).reference_bits(np.zeros(10))
        20.0
        >>> round(IidSource(4).reference_bits(np.array([2, 0, 3, 1, 1])), 3)
        6.585
        """
        if not self.initial_permutation:
            return len(symbols) * log2(self.alphabet_size)
        free = len(symbols) - self.alphabet_size
        return lgamma(self.alphabet_size + 1) / log(2) + free * log2(self.alphabet_size)
