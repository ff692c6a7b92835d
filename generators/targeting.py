"""Growing a string from a source until a complexity measure reaches its target."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from seqmem.core.argument_kinds import ANYTHING
from seqmem.core.errors import InputError, unknown
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import generator
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.complexity.repeats import is_primitive
from seqmem.generators.sources import choose_alphabet, make_source, stored_parameters
from seqmem.generators.sources.source import Source
from seqmem.generators.symbols import LARGEST_ALPHABET, SymbolString

__all__ = ["LARGEST_ALPHABET", "LARGEST_SEED", "check_target", "generate", "grow", "make_string"]

LARGEST_SEED = 2**63
ATTEMPTS = 100
FIRST_STRIDE = 64
# Measures that are set by a parameter of a source, and the parameter.
SET_BY_PARAMETER = dict.fromkeys(
    ("entropy_rate", "entropy_rate_lz76"), "parameter entropy_rate of source 'markov'"
)


class Growth(NamedTuple):
    """The result of growing a string from a stream.

    Attributes
    ----------
    symbols : integer array, shape (n,), or None
        The prefix at the target, or None if there is no such prefix.
    largest : int
        Largest value of the measure that was reached.
    read : int
        Number of symbols that were read.
    short : bool
        Whether the stream or the longest length ended before the target.
    """

    symbols: np.ndarray | None
    largest: int
    read: int
    short: bool


@argument_kinds(target=ANYTHING)
def generate(
    source: str = "iid",
    *,
    alphabet_size: int | None = None,
    target: int,
    measure: str = "lzw",
    seed: int,
    parameters: Mapping[str, Any] | None = None,
) -> SymbolString:
    """Return the first primitive prefix of a seeded source whose measure reaches the target.

    All ``alphabet_size`` symbols occur in it. If a symbol raises the measure by at most one, the
    target is met exactly. The measures `distinct_substrings` and `linear_complexity` grow faster,
    so the first value from the target on is taken. The time grows in proportion to the length of
    the string. For LZ76 and distinct substrings, it grows like that of sorting numbers.

    Parameters
    ----------
    source : str
        Registry name of the source.
    alphabet_size : int, optional
        k, from 2 to 65,536. If not given, the source chooses it.
    target : int
        Value of the measure. For measures that count every symbol, it is at least k.
    measure : str
        Registry name of the measure.
    seed : int
        From 0 to 2**63 - 1. The same seed gives the same string everywhere.
    parameters : mapping, optional
        Parameters of the source.

    Returns
    -------
    SymbolString

    Raises
    ------
    InputError
        If a name or a parameter is unknown, or the alphabet is not valid. Also if no string reaches
        the target. The message then names the largest value that was reached.

    Examples
    --------
    >>> string = generate("iid", alphabet_size=4, measure="lzw", target=300, seed=1)
    >>> string.complexity("lzw"), string.is_primitive
    (300, True)
    """
    given = stored_parameters(source, parameters or {})
    size = choose_alphabet(source, alphabet_size, given)
    check_target(measure, target, size)
    if not 0 <= seed < LARGEST_SEED:
        raise InputError(f"seed {seed}; valid: 0 to 2**63 - 1")
    origin = make_source(source, size, given)
    best = Growth(None, -1, 0, False)
    components = ("source", source, origin.seed_parameters(given), size, seed)
    for attempt in range(ATTEMPTS):
        tried = origin.again(attempt)
        growth = grow(tried.stream(generator(*components, attempt)), size, measure, target)
        if growth.symbols is not None:
            bits = tried.reference_bits(growth.symbols, generator(*components, attempt))
            return make_string(
                tried,
                growth.symbols,
                bits,
                source=source,
                parameters=given,
                seed=seed,
                measure=measure,
                target=target,
            )
        best = max(best, growth, key=lambda reached: (reached.largest, reached.read))
        if growth.short and tried.is_endless:
            break
    raise _unreachable(source, size, measure, target, best)


def make_string(
    origin: Source, symbols: np.ndarray, bits: float, **provenance: Any
) -> SymbolString:
    """Return a string of a source with its code length and its origin.

    Parameters
    ----------
    origin : Source
        The source.
    symbols : integer array, shape (n,)
    bits : float
        Reference code length, in bits.
    **provenance
        Further fields of `SymbolString`.
    """
    return SymbolString(
        symbols,
        origin.alphabet_size,
        bits,
        origin.reference_kind,
        letters=origin.letters,
        mapping=origin.mapping,
        **provenance,
    )


def grow(stream: Iterator[np.ndarray], alphabet_size: int, measure: str, target: int) -> Growth:
    """Return the first primitive prefix at the target that uses all symbols.

    Parameters
    ----------
    stream : iterator of integer array
        Blocks of symbols below ``alphabet_size``.
    alphabet_size : int
        k.
    measure : str
        Registry name of the measure.
    target : int
        Value of the measure.
    """
    counter = COUNTERS[measure](alphabet_size)
    reader = Reader(stream)
    symbols = []
    values = []
    read = 0
    reached = 0
    while read < counter.longest:
        stride = max(FIRST_STRIDE, alphabet_size, int(read * counter.stride))
        block = reader.take(min(stride, counter.longest - read))
        if not len(block):
            break
        symbols.append(block)
        values.append(counter.extend(block))
        read += len(block)
        reached = int(values[-1][-1])
        if reached < target:
            continue
        string = np.concatenate(symbols)
        length = first_at(
            string, np.concatenate(values), alphabet_size, target, exact=counter.unit_growth
        )
        if length:
            return Growth(string[:length], target, read, False)
        if counter.unit_growth and reached > target:
            return Growth(None, reached, read, False)
    return Growth(None, reached, read, True)


def first_at(
    symbols: np.ndarray, values: np.ndarray, alphabet_size: int, target: int, *, exact: bool
) -> int | None:
    """Return the length of the first primitive prefix at the target with every symbol.

    Parameters
    ----------
    symbols : integer array, shape (n,)
        A string.
    values : integer array, shape (n,)
        The measure of each prefix of the string.
    alphabet_size : int
        k.
    target : int
        Value of the measure.
    exact : bool
        Whether the measure must equal the target. Otherwise it may exceed the target.

    Returns
    -------
    int or None
        None if there is no such prefix.

    Examples
    --------
    >>> first_at(np.array([0, 1, 0, 1]), np.array([1, 2, 3, 3]), 2, 3, exact=True)
    3
    """
    shortest = max(
        1 + int(np.searchsorted(values, target)), length_with_all(symbols, alphabet_size)
    )
    for length in range(shortest, len(symbols) + 1):
        if exact and values[length - 1] != target:
            return None
        if is_primitive(symbols[:length]):
            return length
    return None


def length_with_all(symbols: np.ndarray, alphabet_size: int) -> int:
    """Return the length of the shortest prefix with all k symbols.

    Parameters
    ----------
    symbols : integer array, shape (n,)
    alphabet_size : int
        k.

    Returns
    -------
    int
        If a symbol is missing, the length is n + 1.

    Examples
    --------
    >>> length_with_all(np.array([0, 0, 1, 0]), 2), length_with_all(np.array([0, 0]), 2)
    (3, 3)
    """
    size = 16 * alphabet_size
    while True:
        # A short beginning is searched first, because most strings show all symbols soon.
        part = symbols[:size]
        firsts = np.full(alphabet_size, len(symbols))
        firsts[part[::-1]] = np.arange(len(part))[::-1]
        if size >= len(symbols) or int(firsts.max()) < len(part):
            return 1 + int(firsts.max())
        size *= 4


class Reader:
    """Takes any number of symbols at a time from a stream of blocks.

    Parameters
    ----------
    stream : iterator of integer array
        Blocks of symbols.

    Examples
    --------
    >>> reader = Reader(iter([np.array([0, 1, 0]), np.array([1, 1])]))
    >>> reader.take(2).tolist(), reader.take(9).tolist()
    ([0, 1], [0, 1, 1])
    """

    def __init__(self, stream: Iterator[np.ndarray]) -> None:
        self._stream = stream
        self._rest = np.empty(0, dtype=np.int64)

    def take(self, count: int) -> np.ndarray:
        """Return the next ``count`` symbols, or fewer at the end of a finite stream."""
        blocks = [self._rest]
        held = len(self._rest)
        while held < count:
            block = next(self._stream, None)
            if block is None:
                break
            blocks.append(block)
            held += len(block)
        together = np.concatenate(blocks)
        self._rest = together[count:]
        return together[:count]


def check_target(measure: str, target: int, alphabet_size: int, name: str = "target") -> None:
    """Check that a measure can be grown to a target with every symbol of the alphabet.

    Parameters
    ----------
    measure : str
        Registry name of the measure.
    target : int
        Value of the measure.
    alphabet_size : int
        k.
    name : str, optional
        How the message calls the target.

    Raises
    ------
    InputError
        If the measure cannot be grown to the target.
    """
    if measure not in COUNTERS:
        raise _not_grown(measure)
    if isinstance(target, bool) or not isinstance(target, int | np.integer):
        raise InputError(f"{name} {target!r}; valid: a whole number")
    if target < (alphabet_size if COUNTERS[measure].counts_symbols else 1):
        raise InputError(
            f"{name} {target} is smaller than the alphabet: {measure} is at least "
            f"{alphabet_size} when all {alphabet_size} symbols occur"
        )
    bound = COUNTERS[measure].bound(alphabet_size)
    if target > bound:
        raise InputError(
            f"{name} {target}: {measure} over {alphabet_size} symbols is at most {bound:,} "
            f"in the {COUNTERS[measure].longest:,} symbols up to which strings are grown"
        )
    if (
        measure == "linear_complexity"
        and MEASURES[measure](np.array([0, 1]), alphabet_size) is None
    ):
        raise InputError(
            f"alphabet_size {alphabet_size}: linear_complexity needs a prime number of symbols"
        )


def _not_grown(measure: str) -> InputError:
    if measure in SET_BY_PARAMETER:
        grown = ", ".join(sorted(COUNTERS))
        return InputError(
            f"measure {measure!r} is not grown to a target but set by {SET_BY_PARAMETER[measure]}; "
            f"valid: {grown}"
        )
    return unknown("measure to target", measure, COUNTERS)


def _unreachable(source: str, size: int, measure: str, target: int, best: Growth) -> InputError:
    if best.largest < target or best.short:
        return InputError(
            f"target {target}: {measure} of source {source!r} does not get there with all {size} "
            f"symbols; the largest value reached is {best.largest} (in {best.read:,} symbols)"
        )
    return InputError(
        f"no primitive string with {measure} = {target} and all {size} symbols in {ATTEMPTS} "
        f"streams of source {source!r}; raise the target, or change the source's parameters"
    )
