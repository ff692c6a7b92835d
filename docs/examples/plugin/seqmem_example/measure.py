"""The measure ``runs``: the number of runs of equal symbols (Wald and Wolfowitz 1940)."""

import numpy as np

from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.measure import Measure


def count_runs(symbols: np.ndarray) -> int:
    """Return the number of maximal blocks of equal symbols.

    Examples
    --------
    >>> count_runs(np.array([0, 0, 1, 1, 1, 0]))
    3
    """
    return 1 + int(np.count_nonzero(np.diff(symbols.astype(np.int64))))


class RunsCounter(Counter):
    """The number of runs of every prefix, so that strings can be grown to a target.

    A symbol begins a run or it does not, so the value grows by at most one. Every distinct symbol
    begins a run, so the value is at least their number. These are the defaults of a `Counter`.
    """

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self._last = -1
        self._runs = 0

    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the value of each new prefix."""
        if not len(symbols):
            return np.empty(0, dtype=np.int64)
        begins = np.diff(symbols.astype(np.int64), prepend=self._last) != 0
        values = self._runs + np.cumsum(begins)
        self._last = int(symbols[-1])
        self._runs = int(values[-1])
        return values


RUNS = Measure(count_runs, "runs of equal symbols", counter=RunsCounter)
