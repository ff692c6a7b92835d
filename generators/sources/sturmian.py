"""Sturmian words, the simplest sequences that are not periodic."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import ClassVar

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.sources.machine import BLOCK
from seqmem.generators.sources.source import Source, number

TURN = 2**64


@dataclass(frozen=True)
class SturmianSource(Source):
    """A mechanical word, of which the Fibonacci word is an example.

    The symbol at position n is 1 if ``floor((n + 1) slope + intercept)`` exceeds
    ``floor(n slope + intercept)``, and 0 otherwise. If the slope is irrational, the word has m + 1
    distinct substrings of length m (Morse and Hedlund 1940). Angles are kept as 64-bit fractions
    of a turn, so rounding errors do not add up in long words.

    Parameters
    ----------
    alphabet_size : int
        Must be 2.
    slope : float or "golden"
        Share of ones, between 0 and 1. ``golden`` is the share in the Fibonacci word.
    intercept : float or "slope", optional
        A number from 0 to below 1, or the slope. If not given, the seed draws it.

    Examples
    --------
    The slope ``golden`` with the intercept ``slope`` gives the Fibonacci word:

    >>> source = SturmianSource(2, intercept="slope")
    >>> next(source.stream(np.random.default_rng(0)))[:8].tolist()
    [0, 1, 0, 0, 1, 0, 1, 0]
    """

    slope: float | str = "golden"
    intercept: float | str | None = None

    help = "a Sturmian word, for example the Fibonacci word"
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = (2,)

    def __post_init__(self) -> None:
        if self.slope != "golden":
            if isinstance(self.slope, str) or not 0 < number("slope", self.slope, 0, 1) < 1:
                raise InputError(
                    f"slope {self.slope!r}; valid: golden, or a number between 0 and 1"
                )
        if self.intercept not in (None, "slope") and (
            isinstance(self.intercept, str) or not number("intercept", self.intercept, 0, 1) < 1
        ):
            raise InputError(
                f"intercept {self.intercept!r}; valid: slope, or a number from 0 to below 1"
            )

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        step = self._angle(self.slope)
        drawn = int(rng.integers(TURN, dtype=np.uint64))
        angle = drawn if self.intercept is None else self._angle(self.intercept)
        offsets = np.arange(BLOCK, dtype=np.uint64) * np.uint64(step)
        while True:
            angles = offsets + np.uint64(angle)
            yield (angles >= np.uint64(TURN - step)).astype(np.int64)
            angle = (angle + BLOCK * step) % TURN

    def _angle(self, share: float | str | None) -> int:
        """Return a share of a turn as a 64-bit fraction."""
        if share == "slope":
            return self._angle(self.slope)
        if share == "golden":
            # (3 - sqrt 5) / 2 of a turn, rounded down.
            return (3 * TURN - isqrt(5 * TURN * TURN)) // 2
        return min(max(round(Fraction(float(share or 0)) * TURN), 0), TURN - 1)
