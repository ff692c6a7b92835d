"""Strings of different sources with the same value of one measure, and of one length on request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqmem.core.argument_kinds import LIST, TEXT, WHOLE_NUMBER
from seqmem.core.errors import InputError
from seqmem.core.number_formats import round_digits
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import derive_seed, generator
from seqmem.generators.complexity import COUNTERS
from seqmem.generators.complexity.repeats import is_primitive
from seqmem.generators.sources import choose_alphabet, make_source, stored_parameters
from seqmem.generators.sources.source import Source
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import Reader, check_target, generate, make_string

Request = tuple[str, Mapping[str, Any]]

STREAMS = 400
# The dial of a source is found by so many halvings. Each one uses the median of SAMPLE streams.
HALVINGS = 14
SAMPLE = 9
# Seeds that are tried for every target if a measure grows by more than one at a time.
VARIANTS = 32
ROUNDS = 100


@argument_kinds(
    sources=LIST,
    alphabet_size=WHOLE_NUMBER,
    measure=TEXT,
    seed=WHOLE_NUMBER,
    length=WHOLE_NUMBER,
)
def match(
    sources: Sequence[str | Request],
    *,
    alphabet_size: int | None = None,
    measure: str = "lzw",
    target: int,
    seed: int,
    length: int | None = None,
) -> list[SymbolString]:
    """Return one string of every source, all with the same value of a measure.

    Parameters
    ----------
    sources : sequence of str or of (str, mapping)
        Names of sources, or pairs of a name and parameters.
    alphabet_size : int, optional
        k of all strings. If not given, the first source chooses it.
    measure : str
        A measure that can be grown to a target.
    target : int
        Value of the measure. Some measures grow by more than one at a time. Their value is the
        first common value from the target on.
    seed : int
        The same seed gives the same strings.
    length : int, optional
        Number of symbols of every string. Streams are drawn until a string fits. Some sources have
        a dial (`entropy_rate` of Markov chains, `probability` of noise). If you do not set the
        dial, it is turned until the strings fit.

    Returns
    -------
    list of SymbolString
        One string of each source.

    Raises
    ------
    InputError
        If a source has no such string. The message names the values that were reached. Also if two
        sources are equal with their parameters, because their strings would be equal too.

    Examples
    --------
    >>> [len(string) for string in match(["iid", "thue_morse"], alphabet_size=2, target=50, seed=1)]
    [161, 194]
    >>> pair = match(["iid", "markov"], alphabet_size=4, target=110, length=260, seed=1)
    >>> [(len(string), string.complexity("lzw")) for string in pair]
    [(260, 110), (260, 110)]
    """
    requests = [_request(source) for source in sources]
    if not requests:
        raise InputError("no source to match")
    _refuse_equal(requests)
    size = choose_alphabet(*_with_alphabet(requests[0], alphabet_size))
    check_target(measure, target, size)
    if length is not None:
        return [_of_length(request, size, measure, target, seed, length) for request in requests]
    if COUNTERS[measure].unit_growth:
        return [_grown(request, size, measure, target, seed) for request in requests]
    return _common(requests, size, measure, target, seed)


def _request(source: str | Request) -> Request:
    """Return a source with its stored parameters."""
    if isinstance(source, str):
        return source, {}
    if not isinstance(source, Sequence) or len(source) != 2 or not isinstance(source[1], Mapping):
        raise InputError(f"sources: {source!r} is neither a name nor a name with a dict")
    return source[0], stored_parameters(source[0], source[1])


def _refuse_equal(requests: list[Request]) -> None:
    for index, request in enumerate(requests):
        if request in requests[:index]:
            raise InputError(
                f"source {request[0]!r} is given twice with the same parameters, which would make "
                "the same string twice; `generate` makes several strings of one source"
            )


def _common(
    requests: list[Request], size: int, measure: str, target: int, seed: int
) -> list[SymbolString]:
    """Return strings with the first value that strings of all sources have reached.

    Ever higher targets and several seeds are tried.
    """
    seeds = [seed, *(derive_seed(seed, "match", variant) for variant in range(1, VARIANTS))]
    reached: list[dict[int, SymbolString]] = [{} for _ in requests]
    for wanted in range(target, target + ROUNDS):
        for by_value, request in zip(reached, requests, strict=True):
            for string in (_grown(request, size, measure, wanted, variant) for variant in seeds):
                by_value.setdefault(int(string.complexity(measure)), string)
        common = set(reached[0]).intersection(*reached)
        if common:
            return [by_value[min(common)] for by_value in reached]
    names = ", ".join(name for name, _ in requests)
    raise InputError(f"no common value of {measure} from {target} to {target + ROUNDS} for {names}")


def _with_alphabet(
    request: Request, alphabet_size: int | None
) -> tuple[str, int | None, Mapping[str, Any]]:
    return request[0], alphabet_size, request[1]


def _grown(request: Request, size: int, measure: str, target: int, seed: int) -> SymbolString:
    source, parameters = request
    return generate(
        source, alphabet_size=size, measure=measure, target=target, seed=seed, parameters=parameters
    )


def _of_length(
    request: Request, size: int, measure: str, target: int, seed: int, length: int
) -> SymbolString:
    """Return a string of a source with a given length and value. A free dial is turned."""
    name, parameters = request
    source = make_source(name, size, parameters)
    if not size <= length <= COUNTERS[measure].longest:
        raise InputError(f"length {length}; valid: {size} to {COUNTERS[measure].longest}")
    dial = source.dial
    if dial is not None and dial not in parameters:
        source = _dialled(source, dial, measure, target, seed, length)
        parameters = {**parameters, dial: getattr(source, dial)}
    reached = []
    for stream in range(STREAMS):
        symbols = _prefix(source, seed, stream, length)
        if len(symbols) < length:
            continue
        value = _value(source, measure, symbols)
        reached.append(value)
        if value == target and len(np.unique(symbols)) == size and is_primitive(symbols):
            bits = source.reference_bits(symbols, _rng(source, seed, stream))
            return make_string(
                source,
                symbols,
                bits,
                source=name,
                parameters=parameters,
                seed=seed,
                measure=measure,
                target=target,
            )
    if not reached:
        raise InputError(f"length {length}: source {name!r} has no {length} symbols in a row")
    raise InputError(
        f"length {length}: no string of source {name!r} with {measure} = {target} and all {size} "
        f"symbols; the largest value reached is {max(reached)}, the smallest {min(reached)}"
    )


def _dialled(
    source: Source, dial: str, measure: str, target: int, seed: int, length: int
) -> Source:
    """Return the source with its dial set so that the median string has the target value."""
    low, high = source.dial_range()
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        turned = turn(source, dial, middle)
        values = [
            _value(turned, measure, _prefix(turned, seed, stream, length))
            for stream in range(SAMPLE)
        ]
        low, high = (middle, high) if np.median(values) < target else (low, middle)
    return turn(source, dial, round_digits(high, 6))


def turn(source: Source, dial: str, value: float) -> Source:
    """Return the source with another value of its dial.

    Parameters
    ----------
    source : Source
    dial : str
        Name of the parameter that is the dial.
    value : float
        New value of the dial.
    """
    changed: Any = {dial: value}
    return replace(source, **changed)


def _value(source: Source, measure: str, symbols: np.ndarray) -> int:
    return int(COUNTERS[measure](source.alphabet_size).extend(symbols)[-1])


def _prefix(source: Source, seed: int, stream: int, length: int) -> np.ndarray:
    return Reader(source.again(stream).stream(_rng(source, seed, stream))).take(length)


def _rng(source: Source, seed: int, stream: int) -> np.random.Generator:
    return generator("match", type(source).__name__, source.alphabet_size, seed, stream)
