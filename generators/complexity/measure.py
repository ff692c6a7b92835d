"""What a complexity measure is in the registry."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Value = int | float | None


@dataclass(frozen=True)
class Measure:
    """A number computed from a string.

    Attributes
    ----------
    function : symbols of shape (n,) -> value; with ``takes_alphabet``, symbols and alphabet size -> value.
    title : what it counts, for tables and axes.
    takes_alphabet : whether the value depends on the alphabet and on which symbol is which.
    """

    function: Callable[..., Value]
    title: str
    takes_alphabet: bool = False

    def __call__(self, symbols: np.ndarray, alphabet_size: int) -> Value:
        """Return the measure of a string; None where it is not defined."""
        return (
            self.function(symbols, alphabet_size) if self.takes_alphabet else self.function(symbols)
        )
