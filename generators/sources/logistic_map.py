"""Symbolic dynamics of the logistic map."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqmem.generators.sources.machine import BLOCK
from seqmem.generators.sources.source import Source, number

TRANSIENT = 1000


@dataclass(frozen=True)
class LogisticMapSource(Source):
    """Symbols of the orbit of ``x → r x (1 - x)``: 0 left of the critical point 1/2, 1 from there on.

    That partition is generating, so the entropy rate is the Lyapunov exponent where it is positive (Collet and Eckmann
    1980): 1 bit at r = 4, about 0.71 at r = 3.9, 0 in the periodic windows. Iterated in double precision
    after 1000 steps that are dropped.

    Parameters
    ----------
    alphabet_size : int
        2.
    growth : float
        r, from 0 to 4.
    first : float, optional
        First value, between 0 and 1; drawn from the seed if not given.
    """

    help = "the orbit of the chaotic logistic map, in two symbols"

    growth: float = 3.9
    first: float | None = None

    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def __post_init__(self) -> None:
        number("growth", self.growth, 0, 4)
        if self.first is not None:
            number("first", self.first, 0, 1)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        drawn, growth = float(rng.uniform(0.05, 0.45)), float(self.growth)
        value = drawn if self.first is None else float(self.first)
        for _ in range(TRANSIENT):
            value = growth * value * (1.0 - value)
        while True:
            symbols = []
            for _ in range(BLOCK):
                symbols.append(value >= 0.5)
                value = growth * value * (1.0 - value)
            yield np.array(symbols, dtype=np.int64)
