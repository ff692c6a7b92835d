"""De Bruijn cycles: every word of a length exactly once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log

import numpy as np

from seqmem.generators.sources.source import Source, repeated, starting, table_size, whole
from seqmem.generators.symbols import symbol_dtype

DEFAULT_CYCLE = 2**16


@dataclass(frozen=True)
class DeBruijnSource(Source):
    """The lexicographically smallest de Bruijn cycle, repeated for ever.

    Parameters
    ----------
    alphabet_size : int
    order : int, optional
        Length of the words that occur exactly once in the cycle; the largest with a cycle of at most 65,536 symbols
        if not given.
    start : int, optional
        Place in the cycle at which the stream starts; drawn from the seed if not given.
    """

    help = "a de Bruijn cycle, which holds every word of a length exactly once"

    order: int | None = None
    start: int | None = None

    def __post_init__(self) -> None:
        fits = max(1, floor(log(DEFAULT_CYCLE, self.alphabet_size) + 1e-9))
        order = whole("order", fits if self.order is None else self.order, 1, 10_000)
        object.__setattr__(self, "order", order)
        table_size("order", order, self.alphabet_size, order)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the cycle without end."""
        cycle = de_bruijn_cycle(self.alphabet_size, int(self.order or 1))
        return repeated(cycle, starting(self.start, rng, len(cycle)))


@lru_cache(maxsize=4)
def de_bruijn_cycle(alphabet_size: int, order: int) -> np.ndarray:
    """Return the cycle of ``k ** order`` symbols: Lyndon words whose length divides the order, in order.

    Fredricksen and Maiorana 1978, with the words from Duval 1983.

    >>> de_bruijn_cycle(2, 3).tolist()
    [0, 0, 0, 1, 0, 1, 1, 1]
    """
    cycle: list[int] = []
    word = [-1]
    while word:
        word[-1] += 1
        size = len(word)
        if order % size == 0:
            cycle += word
        word = (word * (order // size + 1))[:order]
        while word and word[-1] == alphabet_size - 1:
            word.pop()
    found = np.array(cycle, dtype=symbol_dtype(alphabet_size))
    found.flags.writeable = False
    return found
