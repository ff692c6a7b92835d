"""The base class of sources, and checks of parameters that sources share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.sources.machine import BLOCK, Machine

# A table of a source may have at most this many entries.
LARGEST_TABLE = 2**24


@dataclass(frozen=True)
class Source(ABC):
    """An endless, seeded stream of symbols below ``alphabet_size``.

    The fields of a source other than ``alphabet_size`` are its parameters. Every parameter has a
    default.

    Parameters
    ----------
    alphabet_size : int
        k, at least 2.
    """

    alphabet_size: int

    # One line about the source, for the help of commands and for tables.
    help: ClassVar[str]
    # Kind of code length that `reference_bits` returns. "uniform" is n log2 k.
    reference_kind: ClassVar[str] = "uniform"
    # Valid alphabet sizes. None means any.
    alphabet_sizes: ClassVar[tuple[int, ...] | None] = None
    # Whether the stream never ends. If it ends, another attempt may start earlier.
    is_endless: ClassVar[bool] = True

    # Names of parameters that users write otherwise than they are stored, by what users write.
    spellings: ClassVar[Mapping[str, str]] = {}
    # Parameter that raises the complexity of strings of equal length as it grows. None if the
    # source has no such parameter.
    dial: ClassVar[str | None] = None

    def dial_range(self) -> tuple[float, float]:
        """Return the least and the largest useful value of the dial."""
        raise NotImplementedError

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the alphabet size that is used if none is given."""
        return cls.alphabet_sizes[0] if cls.alphabet_sizes else 4

    @abstractmethod
    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols, without end unless the source is finite."""

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator) -> float:
        """Return the ideal code length of a prefix of the stream, in bits.

        Parameters
        ----------
        symbols : integer array, shape (n,)
            A prefix of the stream.
        rng : numpy.random.Generator
            A generator in the same state as the one given to `stream`. Some sources repeat their
            hidden draws with it.
        """
        return len(symbols) * math.log2(self.alphabet_size)

    @property
    def machine(self) -> Machine | None:
        """The source as a machine whose output determines its state, or None."""
        return None

    def again(self, attempt: int) -> Self:
        """Return the source for a further attempt to reach a target.

        Finite sources start earlier with every attempt.
        """
        return self

    @classmethod
    def stored_parameters(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters under the names by which they are stored and enter seeds.

        Raises
        ------
        InputError
            If a parameter is given under both of its names.
        """
        for spelling, name in cls.spellings.items():
            if spelling in parameters and name in parameters:
                raise InputError(f"{spelling} and {name} are the same; give {spelling}")
        return {cls.spellings.get(name, name): value for name, value in parameters.items()}

    @property
    def readings(self) -> list[str]:
        """What was read from files, one line for each. Empty for most sources."""
        return []

    @property
    def data_digest(self) -> str:
        """Digest of what was read from files, if `mapping` has one under ``data``; else empty.

        A sweep is not resumed on data with another digest. Without a digest, its strings are
        compared with those of its records.
        """
        return str(self.mapping.get("data", ""))

    def seed_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as they enter the seed of a stream."""
        return dict(parameters)

    @property
    def letters(self) -> str:
        """Display letters of the symbols, or an empty string for the usual letters."""
        return ""

    @property
    def mapping(self) -> Mapping[str, Any]:
        """How symbols were made from data. Empty for sources that make their own symbols."""
        return {}


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return a parameter that must be a whole number from low to high.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : object
        Value that was given.
    low, high : int
        Bounds, both included.

    Raises
    ------
    InputError
        If the value is not such a number.

    Examples
    --------
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
    """Return a parameter that must be a number from low to high.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : object
        Value that was given.
    low, high : float
        Bounds, both included.
    unit : str, optional
        Unit of the bounds, for the message.

    Raises
    ------
    InputError
        If the value is not such a number.

    Examples
    --------
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
    """Return the number of entries of a table, ``base ** exponent``.

    Parameters
    ----------
    name : str
        Name of the parameter that sets the size, for the message.
    value : int
        Value of that parameter.
    base, exponent : int
    largest : int, optional
        Largest valid number of entries.

    Raises
    ------
    InputError
        If the table has more entries.

    Examples
    --------
    >>> table_size("order", 3, 2, 3)
    8
    """
    if exponent * math.log2(base) > math.log2(largest) + 1e-9:
        raise InputError(
            f"{name} {value}: a table of {base}**{exponent} entries does not fit; "
            f"valid: at most {largest:,} entries"
        )
    return int(base**exponent)


def repeated(cycle: np.ndarray, start: int) -> Iterator[np.ndarray]:
    """Yield a cycle without end, from a given position on."""
    yield cycle[start:]
    block = np.tile(cycle, -(-BLOCK // len(cycle)))
    while True:
        yield block


def starting(start: object, rng: np.random.Generator, length: int) -> int:
    """Return the position at which a stream starts.

    Parameters
    ----------
    start : object
        The position that was given. If None, the position is drawn. The generator is advanced in
        both cases.
    rng : numpy.random.Generator
    length : int
        Number of valid positions.

    Raises
    ------
    InputError
        If the given position is not between 0 and length - 1.
    """
    drawn = int(rng.integers(length))
    return drawn if start is None else whole("start", start, 0, length - 1)
