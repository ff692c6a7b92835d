"""Independent symbols, uniform or with given probabilities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum, lgamma, log, log2
from typing import Any

import numpy as np

from seqmem.core import libm
from seqmem.core.errors import InputError
from seqmem.generators.sources.machine import BLOCK, Machine
from seqmem.generators.sources.source import Source


@dataclass(frozen=True)
class IidSource(Source):
    """Independent symbols.

    Parameters
    ----------
    alphabet_size : int
        k.
    initial_permutation : bool
        Whether the stream starts with every symbol once, in random order. Then every string that is
        cut from the stream has all k symbols. The generator published with arXiv 2107.02248 does
        the same.
    probabilities : list of float, shape (k,), optional
        Probability of each symbol. All are positive, and their sum is one. Uniform if not given.

    Examples
    --------
    A symbol of probability 1/4 costs 2 bits:

    >>> source = IidSource(2, initial_permutation=False, probabilities=(0.25, 0.75))
    >>> source.reference_bits(np.array([0, 0]))
    4.0
    """

    initial_permutation: bool = True
    probabilities: tuple[float, ...] | None = None

    help = "independent symbols, uniform or with given probabilities"
    reference_kind = "iid"

    def __post_init__(self) -> None:
        if not isinstance(self.initial_permutation, bool):
            raise InputError(
                f"initial_permutation {self.initial_permutation!r}; valid: true, false"
            )
        if self.probabilities is not None:
            object.__setattr__(
                self, "probabilities", _checked(self.probabilities, self.alphabet_size)
            )

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the number of given probabilities, or 4 if none are given."""
        given = parameters.get("probabilities")
        return len(given) if isinstance(given, list | tuple) else 4

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        if self.initial_permutation:
            yield rng.permutation(self.alphabet_size)
        if self.probabilities is None:
            while True:
                yield rng.integers(self.alphabet_size, size=BLOCK)
        thresholds = np.cumsum(self.probabilities)[:-1]
        while True:
            yield np.searchsorted(thresholds, rng.random(BLOCK), side="right")

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator | None = None) -> float:
        """Return the realized code length, in bits.

        The initial permutation costs ``log2 k!`` bits. Every later symbol of probability p costs
        ``-log2 p`` bits.

        Examples
        --------
        >>> IidSource(4, initial_permutation=False).reference_bits(np.zeros(10))
        20.0
        >>> round(IidSource(4).reference_bits(np.array([2, 0, 3, 1, 1])), 3)
        6.585
        """
        forced = self.alphabet_size if self.initial_permutation else 0
        permutation = lgamma(forced + 1) / log(2)
        if self.probabilities is None:
            return permutation + (len(symbols) - forced) * log2(self.alphabet_size)
        return permutation - float(libm.log2(np.array(self.probabilities))[symbols[forced:]].sum())

    @property
    def machine(self) -> Machine | None:
        """A machine with one state, or None if the stream starts with a permutation."""
        if self.initial_permutation:
            return None
        k = self.alphabet_size
        row = np.full(k, 1 / k) if self.probabilities is None else np.array(self.probabilities)
        return Machine(np.zeros((1, k), dtype=np.int64), row[None, :])


def _checked(given: Any, alphabet_size: int) -> tuple[float, ...]:
    """Return valid probabilities, or raise `InputError`."""
    if not isinstance(given, list | tuple) or not all(
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
        for value in given
    ):
        raise InputError(f"probabilities {given!r}; valid: a list of numbers above 0 and below 1")
    if len(given) != alphabet_size:
        raise InputError(
            f"probabilities {given!r}: {len(given)} for an alphabet of {alphabet_size} symbols"
        )
    if abs(fsum(given) - 1) > 1e-9:
        raise InputError(
            f"probabilities {list(given)!r} sum to {fsum(given):.10g}; valid: a sum of 1"
        )
    return tuple(float(value) for value in given)
