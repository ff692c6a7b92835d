"""The entry of a complexity measure in the registry."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqmem.generators.complexity.counter import Counter

Value = int | float | None


@dataclass(frozen=True)
class Measure:
    """A number that is computed from a string.

    Attributes
    ----------
    function : callable
        Returns the value for symbols, an integer array of shape (n,). If ``takes_alphabet`` is
        true, the alphabet size is its second argument.
    title : str
        What the measure counts, in one line, for help texts, tables and axes.
    takes_alphabet : bool
        Whether the value depends on the alphabet and on which symbol is which.
    counter : type of Counter, optional
        Returns the value of every prefix. Strings can then be grown to a target of the measure.
        The value must never fall from a prefix to a longer one.
    """

    function: Callable[..., Value]
    title: str
    takes_alphabet: bool = False
    counter: type[Counter] | None = None

    def __call__(self, symbols: np.ndarray, alphabet_size: int) -> Value:
        """Return the value for a string, or None if the measure is not defined for it."""
        return (
            self.function(symbols, alphabet_size) if self.takes_alphabet else self.function(symbols)
        )
