"""Elementary cellular automata, read at one cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.sources.machine import BLOCK
from seqmem.generators.sources.source import Source, whole


@dataclass(frozen=True)
class CellularAutomatonSource(Source):
    """The centre column of an elementary cellular automaton (Wolfram 1983) on a ring.

    Parameters
    ----------
    alphabet_size : int
        Must be 2.
    rule : int
        Number of the rule, from 0 to 255.
    width : int
        Number of cells of the ring. For the first width / 2 steps, the column is the same as on an
        infinite row.
    begin : {"random", "single"}
        First row. ``random`` draws it from the seed. ``single`` is a single 1 in the centre, and
        then every seed gives the same string.

    Examples
    --------
    Rule 30 from a single 1 (sequence A051023 of the OEIS):

    >>> source = CellularAutomatonSource(2, rule=30, begin="single")
    >>> next(source.stream(np.random.default_rng(0)))[:14].tolist()
    [1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1]
    """

    rule: int = 30
    width: int = 1025
    begin: str = "random"

    help = "one cell of an elementary cellular automaton"
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def __post_init__(self) -> None:
        whole("rule", self.rule, 0, 255)
        whole("width", self.width, 3, 2**20)
        if self.begin not in ("random", "single"):
            raise InputError(f"begin {self.begin!r}; valid: random, single")

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        centre = self.width // 2
        row = 1 << centre
        if self.begin == "random":
            row = int("".join(map(str, rng.integers(2, size=self.width))), 2)
        while True:
            symbols = []
            for _ in range(BLOCK):
                symbols.append(row >> centre & 1)
                row = self._next(row)
            yield np.array(symbols)

    def _next(self, row: int) -> int:
        """Apply the rule to all cells at once.

        The cells are the bits of one integer. The left neighbour of a cell is the higher bit.
        """
        width = self.width
        full = (1 << width) - 1
        left = row >> 1 | (row & 1) << width - 1
        right = row << 1 & full | row >> width - 1
        next_row = 0
        for neighbourhood in range(8):
            if self.rule >> neighbourhood & 1:
                alike = full
                for cells, bit in ((left, 4), (row, 2), (right, 1)):
                    alike &= cells if neighbourhood & bit else ~cells
                next_row |= alike & full
        return next_row
