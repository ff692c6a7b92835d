"""The value that everything else works on: a finite string of symbols, with its origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from typing import Any, Literal, overload

import numpy as np

from seqmem.core.argument_kinds import NUMBERS
from seqmem.core.errors import InputError, shorten, unknown
from seqmem.core.python_arguments import argument_kinds, field_kinds
from seqmem.core.seeding import digest
from seqmem.generators.alphabet import Alphabet
from seqmem.generators.complexity import MEASURES
from seqmem.generators.complexity.measure import Value
from seqmem.generators.complexity.repeats import is_primitive

DISPLAY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LARGEST_ALPHABET = 65_536
CountMeasure = Literal["lzw", "lz78", "lz76", "period", "min_context", "distinct_substrings"]


def symbol_dtype(alphabet_size: int) -> np.dtype:
    """Return the smallest unsigned integer type that holds the symbols of an alphabet.

    Examples
    --------
    >>> symbol_dtype(256), symbol_dtype(257)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(alphabet_size - 1)


@field_kinds()
@dataclass(frozen=True, eq=False)
class SymbolString:
    """A string: its symbols, and where it came from.

    Strings are equal if their alphabets and symbols are equal. The hash uses nothing else.

    Parameters
    ----------
    symbols : integer array, shape (n,)
        Symbols below ``alphabet_size``. They are stored read-only in the smallest unsigned type.
    alphabet_size : int
        k >= 2. Every string that is trained on uses all k symbols.
    reference_bits : float
        Ideal code length of this string, in bits. For stochastic sources it is the realized code
        length, and ``n * log2 k`` for given strings.
    reference_kind : str
        Kind of code length. ``uniform`` is ``n * log2 k``.
    source : str
        Registry name of the source, or ``given``.
    parameters : mapping
        Parameters of the source.
    seed : int, optional
        Seed of the string.
    measure : str, optional
        Measure that the string was grown by.
    target : int, optional
        Value that the measure was grown to.
    letters : str
        Display letter of each symbol. Empty for alphabets without letters.
    mapping : mapping
        How the symbols were made from data: ``symbols`` holds their names, and ``breakpoints`` lie
        between the bins of numbers.

    Raises
    ------
    InputError
        If the string is empty, has one distinct symbol, or holds a symbol outside the alphabet.

    Examples
    --------
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
        """Digest of the alphabet size and the symbols. It names the string in seeds and records."""
        return digest("string", self.alphabet_size, self.symbols.tolist())

    @property
    def period(self) -> int:
        """Length n in symbols. It is the period of the training sequence."""
        return len(self.symbols)

    @cached_property
    def is_primitive(self) -> bool:
        """Whether the string is not a repetition of a shorter string."""
        return is_primitive(self.symbols)

    @property
    def alphabet(self) -> Alphabet:
        """How the symbols are written."""
        return Alphabet(self.alphabet_size, self.letters)

    @property
    def text(self) -> str:
        """Display letters, or space-separated integers for alphabets beyond 52 symbols."""
        return self.alphabet.write(self.symbols)

    @overload
    def complexity(self, measure: CountMeasure) -> int: ...

    @overload
    def complexity(self, measure: str) -> Any: ...

    def complexity(self, measure: str) -> Any:
        """Return the value of a complexity measure.

        Parameters
        ----------
        measure : str
            Registry name of the measure.

        Returns
        -------
        int, float or None
            None if the measure is not defined for the string.

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
        """Values that were computed so far, by measure."""
        return {}


@argument_kinds(symbols=NUMBERS)
def from_symbols(symbols: np.ndarray, alphabet_size: int, letters: str = "") -> SymbolString:
    """Return a string of given symbols. Its reference code length is ``n * log2 k`` bits.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.
    letters : str, optional
        Display letter of each symbol. If not given, A-Z and a-z.

    Returns
    -------
    SymbolString
        The string, without a source.

    Raises
    ------
    InputError
        If there are no symbols, only one distinct symbol, or a symbol outside the alphabet.

    Examples
    --------
    >>> from_symbols(np.array([0, 1, 1]), alphabet_size=2).text
    'ABB'
    """
    bits = float(len(symbols) * log2(max(alphabet_size, 1)))
    return SymbolString(symbols, alphabet_size, bits, letters=letters)


@argument_kinds()
def from_text(text: str, alphabet_size: int | None = None) -> SymbolString:
    """Return the string that a text spells.

    Parameters
    ----------
    text : str
        The text. Its distinct characters, in code-point order, become the symbols 0, 1, …
    alphabet_size : int, optional
        If given, letters are read as display letters instead (A = 0, …). Then a symbol of the
        alphabet may be missing from the text.

    Returns
    -------
    SymbolString
        The string, without a source.

    Raises
    ------
    InputError
        If the text is empty, has one distinct symbol, or has letters beyond the alphabet.

    Examples
    --------
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
