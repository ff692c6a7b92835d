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
    """Symbols of an orbit of the logistic map ``x → r x (1 - x)``.

    The symbol is 0 below the critical point 1/2, and 1 from there on. This partition is
    generating. If the Lyapunov exponent is positive, it equals the entropy rate (Collet and
    Eckmann 1980): 1 bit at r = 4, and about 0.71 bits at r = 3.9. In the periodic windows, the
    entropy rate is 0. The map is iterated in double precision. The first 1000 steps are dropped.

    Parameters
    ----------
    alphabet_size : int
        Must be 2.
    growth : float
        r, from 0 to 4.
    first : float, optional
        First value, between 0 and 1. If not given, the seed draws it.

    Examples
    --------
    At r = 3.83 the map has a stable cycle of three values, 0.156, 0.505 and 0.957. They give the
    symbols 0 1 1.

    >>> block = next(LogisticMapSource(2, growth=3.83).stream(np.random.default_rng(0)))
    >>> bool((block[3:] == block[:-3]).all()), sorted(block[:3].tolist())
    (True, [0, 1, 1])
    """

    growth: float = 3.9
    first: float | None = None

    help = "the orbit of the chaotic logistic map, in two symbols"
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def __post_init__(self) -> None:
        number("growth", self.growth, 0, 4)
        if self.first is not None:
            number("first", self.first, 0, 1)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        drawn = float(rng.uniform(0.05, 0.45))
        growth = float(self.growth)
        value = drawn if self.first is None else float(self.first)
        for _ in range(TRANSIENT):
            value = growth * value * (1.0 - value)
        while True:
            symbols = []
            for _ in range(BLOCK):
                symbols.append(value >= 0.5)
                value = growth * value * (1.0 - value)
            yield np.array(symbols, dtype=np.int64)
