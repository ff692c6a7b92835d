"""De Bruijn cycles, which hold every word of a length exactly once."""

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
    """The lexicographically smallest de Bruijn cycle, repeated without end.

    Parameters
    ----------
    alphabet_size : int
        k.
    order : int, optional
        Length of the words that occur exactly once in the cycle. If not given, it is the largest
        order with a cycle of at most 65,536 symbols.
    start : int, optional
        Position in the cycle at which the stream starts. If not given, the seed draws it.

    Examples
    --------
    >>> source = DeBruijnSource(2, order=3, start=0)
    >>> next(source.stream(np.random.default_rng(0))).tolist()
    [0, 0, 0, 1, 0, 1, 1, 1]
    """

    order: int | None = None
    start: int | None = None

    help = "a de Bruijn cycle, which holds every word of a length exactly once"

    def __post_init__(self) -> None:
        largest_order = max(1, floor(log(DEFAULT_CYCLE, self.alphabet_size) + 1e-9))
        order = whole("order", largest_order if self.order is None else self.order, 1, 10_000)
        object.__setattr__(self, "order", order)
        table_size("order", order, self.alphabet_size, order)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the cycle without end."""
        cycle = de_bruijn_cycle(self.alphabet_size, int(self.order or 1))
        return repeated(cycle, starting(self.start, rng, len(cycle)))


@lru_cache(maxsize=4)
def de_bruijn_cycle(alphabet_size: int, order: int) -> np.ndarray:
    """Return the lexicographically smallest de Bruijn cycle.

    It joins, in lexicographic order, the Lyndon words whose length divides the order (Fredricksen
    and Maiorana 1978). The Lyndon words are made by the algorithm of Duval (1983).

    Parameters
    ----------
    alphabet_size : int
        k.
    order : int
        Length of the words that occur exactly once.

    Returns
    -------
    integer array, shape (k ** order,)
        The cycle, read-only.

    Examples
    --------
    >>> de_bruijn_cycle(2, 3).tolist()
    [0, 0, 0, 1, 0, 1, 1, 1]
    """
    symbols: list[int] = []
    word = [-1]
    while word:
        word[-1] += 1
        size = len(word)
        if order % size == 0:
            symbols += word
        word = (word * (order // size + 1))[:order]
        while word and word[-1] == alphabet_size - 1:
            word.pop()
    cycle = np.array(symbols, dtype=symbol_dtype(alphabet_size))
    cycle.flags.writeable = False
    return cycle
