"""What a source is, and checks of the parameters that sources share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.sources.machine import BLOCK, Machine

# A table of a source may have this many entries.
LARGEST_TABLE = 2**24


@dataclass(frozen=True)
class Source(ABC):
    """An endless, seeded stream of symbols below ``alphabet_size``.

    Fields of a source beyond ``alphabet_size`` are its parameters; every one has a default.
    """

    alphabet_size: int

    # One line about the source, for the help of commands and for tables.
    help: ClassVar[str]
    # How `reference_bits` is to be read; "uniform" is n log2 k.
    reference_kind: ClassVar[str] = "uniform"
    # Alphabet sizes that the source has; None for any.
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = None
    # Whether the stream never ends; one that does is worth another attempt from an earlier start.
    is_endless: ClassVar[bool] = True

    # Parameter that raises the complexity of strings of equal length as it grows, if there is one.
    dial: ClassVar[str | None] = None

    def dial_range(self) -> tuple[float, float]:
        """Return the least and the largest value of the dial that make sense."""
        raise NotImplementedError

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the alphabet size that is used where none is given."""
        return cls.alphabet_sizes[0] if cls.alphabet_sizes else 4

    @abstractmethod
    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols, without end unless the source is finite."""

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator) -> float:
        """Return the ideal code length of a prefix of the stream, in bits.

        Parameters
        ----------
        symbols : array of shape (n,)
        rng : generator
            In the state in which `stream` got it, for sources whose code length is that of hidden draws.
        """
        return len(symbols) * math.log2(self.alphabet_size)

    @property
    def machine(self) -> Machine | None:
        """The process as a machine whose state follows from its output; None if it is not such a one."""
        return None

    def again(self, attempt: int) -> Self:
        """Return the source of a further attempt to reach a target; finite ones begin earlier and earlier."""
        return self

    def seed_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return what enters the seed of a stream for the given parameters."""
        return dict(parameters)

    @property
    def letters(self) -> str:
        """Display letter of each symbol, if they have letters of their own."""
        return ""

    @property
    def mapping(self) -> Mapping[str, Any]:
        """How symbols came from something else; empty where they are themselves."""
        return {}


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return a parameter that must be a whole number from low to high.

    >>> whole("order", 3, 1, 9)
    3
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not low <= value <= high
    ):
        raise InputError(f"{name} {value!r}; valid: a whole number from {low} to {high}")
    return int(value)


def number(name: str, value: object, low: float, high: float, unit: str = "") -> float:
    """Return a parameter that must be a number from low to high, both included.

    >>> number("probability", 1, 0, 1)
    1.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(
            f"{name} {value!r}; valid: a number from {low:.10g} to {high:.10g}{unit and ' '}{unit}"
        )
    return float(value)


def table_size(
    name: str, value: int, base: int, exponent: int, largest: int = LARGEST_TABLE
) -> int:
    """Return the number of entries of the table that a parameter asks for, ``base ** exponent``.

    >>> table_size("order", 3, 2, 3)
    8

    Raises
    ------
    InputError
        If it would not fit in memory.
    """
    if exponent * math.log2(base) > math.log2(largest) + 1e-9:
        raise InputError(
            f"{name} {value}: a table of {base}**{exponent} entries does not fit; valid: at most {largest:,} entries"
        )
    return int(base**exponent)


def repeated(cycle: np.ndarray, start: int) -> Iterator[np.ndarray]:
    """Yield a cycle without end, from the given place on."""
    yield cycle[start:]
    block = np.tile(cycle, -(-BLOCK // len(cycle)))
    while True:
        yield block


def starting(start: object, rng: np.random.Generator, length: int) -> int:
    """Return the place at which a stream starts: the given one, or one that the seed draws.

    Raises
    ------
    InputError
        If the given one is not between 0 and length - 1.
    """
    drawn = int(rng.integers(length))
    return drawn if start is None else whole("start", start, 0, length - 1)
