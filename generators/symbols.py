"""The value that everything else is about: a finite string of symbols, with its provenance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np

from seqmem.core.errors import InputError, unknown
from seqmem.core.seeding import digest
from seqmem.generators.complexity import MEASURES
from seqmem.generators.complexity.measure import Value
from seqmem.generators.complexity.repeats import is_primitive

DISPLAY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LARGEST_ALPHABET = 65_536
CountMeasure = Literal["lzw", "lz78", "lz76", "period", "min_context", "distinct_substrings"]


def symbol_dtype(alphabet_size: int) -> np.dtype:
    """Return the smallest unsigned integer type that holds ``0 … alphabet_size - 1``."""
    return np.min_scalar_type(alphabet_size - 1)


@dataclass(frozen=True, eq=False)
class SymbolString:
    """A string: its symbols, and where it came from. Equal and hashed by its symbols alone.

    Parameters
    ----------
    symbols : array of shape (n,)
        Unsigned integers below ``alphabet_size``; stored read-only in the smallest type.
    alphabet_size : int
        k >= 2; every string that is trained on uses all k symbols.
    reference_bits : float
        Ideal code length of this very string (METHODS: realized likelihood for stochastic
        sources, ``n * log2 k`` of kind ``uniform`` for given ones).
    letters : str
        Display letter of each symbol; empty for alphabets without one.
    mapping : mapping
        How symbols came from data: ``symbols`` (their names) or ``breakpoints`` (between the bins of numbers).

    Raises
    ------
    InputError
        If the string is empty, has one distinct symbol, or holds a symbol outside the alphabet.

    >>> string = from_text("ABRACADABRA")
    >>> string.alphabet_size, string.period, string.complexity("lzw")
    (5, 11, 9)
    """

    symbols: np.ndarray
    alphabet_size: int
    reference_bits: float
    reference_kind: str = "uniform"
    source: str = "given"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    measure: str | None = None
    target: int | None = None
    letters: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = np.asarray(self.symbols)
        if given.ndim != 1 or given.size == 0:
            raise InputError("a string must be a non-empty, one-dimensional sequence of symbols")
        if given.dtype.kind not in "iu":
            raise InputError(f"symbols must be integers, not {given.dtype}")
        if self.alphabet_size < 2:
            raise InputError(
                f"alphabet_size {self.alphabet_size}: an alphabet needs at least 2 symbols"
            )
        if given.min() < 0 or given.max() >= self.alphabet_size:
            raise InputError(f"symbols must lie in 0 … {self.alphabet_size - 1}")
        if given.min() == given.max():
            raise InputError("the string has one distinct symbol; at least 2 are needed")
        if not 0 < self.reference_bits < float("inf"):
            raise InputError(f"reference_bits {self.reference_bits}: must be positive and finite")
        symbols = given.astype(symbol_dtype(self.alphabet_size))
        symbols.flags.writeable = False
        object.__setattr__(self, "symbols", symbols)
        if not self.letters and self.alphabet_size <= len(DISPLAY_LETTERS):
            object.__setattr__(self, "letters", DISPLAY_LETTERS[: self.alphabet_size])

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.symbols.flags.writeable = False

    def __len__(self) -> int:
        return len(self.symbols)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymbolString) and self.string_id == other.string_id

    def __hash__(self) -> int:
        return hash(self.string_id)

    @cached_property
    def string_id(self) -> str:
        """Digest of alphabet size and symbols: the string's name in seeds and records."""
        return digest("string", self.alphabet_size, self.symbols.tolist())

    @property
    def period(self) -> int:
        """Length n in symbols, which is the period of the training sequence."""
        return len(self.symbols)

    @cached_property
    def is_primitive(self) -> bool:
        """Whether the string is not itself a repetition of a shorter one."""
        return is_primitive(self.symbols)

    @property
    def text(self) -> str:
        """Display letters, or space-separated integers for alphabets beyond 52 symbols."""
        if self.letters:
            return "".join(self.letters[symbol] for symbol in self.symbols)
        return " ".join(str(symbol) for symbol in self.symbols)

    @overload
    def complexity(self, measure: CountMeasure) -> int: ...

    @overload
    def complexity(self, measure: str) -> Any: ...

    def complexity(self, measure: str) -> Any:
        """Return the value of a complexity measure by its registry name, a number; None where it is not defined.

        Raises
        ------
        InputError
            If no measure has that name.
        """
        if measure not in MEASURES:
            raise unknown("measure", measure, MEASURES)
        if measure not in self._measured:
            self._measured[measure] = MEASURES[measure](self.symbols, self.alphabet_size)
        return self._measured[measure]

    @cached_property
    def _measured(self) -> dict[str, Value]:
        """Values computed so far, by measure."""
        return {}


def from_symbols(symbols: np.ndarray, alphabet_size: int, letters: str = "") -> SymbolString:
    """Return a given string, whose reference code length is uniform: ``n * log2 k`` bits."""
    bits = float(len(symbols) * np.log2(max(alphabet_size, 1)))
    return SymbolString(symbols, alphabet_size, bits, letters=letters)


def from_text(text: str, alphabet_size: int | None = None) -> SymbolString:
    """Return the string that a text spells.

    Parameters
    ----------
    text : str
        Its distinct characters, in code-point order, become symbols 0, 1, …
    alphabet_size : int, optional
        If given, letters are read as display letters instead (A = 0, …), so that a symbol of the
        alphabet may be missing from the text.

    Raises
    ------
    InputError
        If the text is empty, has one distinct symbol, or letters beyond the alphabet.

    >>> from_text("hello").symbols.tolist()
    [1, 0, 2, 2, 3]
    """
    if not text:
        raise InputError("the string is empty; give at least two distinct symbols")
    letters = (
        "".join(sorted(set(text))) if alphabet_size is None else DISPLAY_LETTERS[:alphabet_size]
    )
    if len(letters) < 2:
        raise InputError(
            f"the string {shorten(text)!r} has one distinct symbol; at least 2 are needed"
        )
    strange = sorted(set(text) - set(letters))
    if strange:
        raise InputError(f"letter {strange[0]!r} is outside the alphabet {letters}")
    index = {letter: symbol for symbol, letter in enumerate(letters)}
    symbols = np.array([index[letter] for letter in text])
    return from_symbols(symbols, len(letters), letters)


def shorten(text: str, width: int = 24) -> str:
    """Return the text, cut for an error message."""
    return text if len(text) <= width else text[: width - 1] + "…"
