"""Strings of different sources with the same value of one measure, and the same length if asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.number_formats import round_digits
from seqmem.core.seeding import derive_seed, generator
from seqmem.generators.complexity import COUNTERS
from seqmem.generators.complexity.repeats import is_primitive
from seqmem.generators.sources import choose_alphabet, make_source
from seqmem.generators.sources.source import Source
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import Reader, check_target, generate, make_string

Request = tuple[str, Mapping[str, Any]]

STREAMS = 400
# The dial of a source is turned by halving this often, by the median of so many streams.
HALVINGS = 14
SAMPLE = 9
# Seeds that are tried for every target where a measure leaps.
VARIANTS = 32
ROUNDS = 100


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
    sources : list of names, or of pairs (name, parameters)
    alphabet_size : int, optional
        k of all of them; that of the first source if not given.
    measure : str
        One that can be grown to a target.
    target : int
        The value; for measures that grow by more than one at a time, the first common value from there on.
    length : int, optional
        If given, every string has so many symbols: streams are drawn until one fits. Where a source has a dial
        (`entropy_rate` of Markov chains, `probability` of noise) that is not given, it is turned until they do.

    Raises
    ------
    InputError
        If a source has no such string; with the values that were met.

    >>> [len(string) for string in match(["iid", "thue_morse"], alphabet_size=2, target=50, seed=1)]
    [161, 194]
    >>> even = match(["iid", "markov"], alphabet_size=4, target=110, length=260, seed=1)
    >>> [(len(string), string.complexity("lzw")) for string in even]
    [(260, 110), (260, 110)]
    """
    requests: list[Request] = [
        (source, {}) if isinstance(source, str) else (source[0], dict(source[1]))
        for source in sources
    ]
    if not requests:
        raise InputError("no source to match")
    size = choose_alphabet(*_with_alphabet(requests[0], alphabet_size))
    check_target(measure, target, size)
    if length is not None:
        return [_of_length(request, size, measure, target, seed, length) for request in requests]
    if COUNTERS[measure].unit_growth:
        return [_grown(request, size, measure, target, seed) for request in requests]
    return _common(requests, size, measure, target, seed)


def _common(
    requests: list[Request], size: int, measure: str, target: int, seed: int
) -> list[SymbolString]:
    """Return strings with the first value that all sources have met, from ever higher targets and further seeds."""
    seeds = [seed, *(derive_seed(seed, "match", variant) for variant in range(1, VARIANTS))]
    met: list[dict[int, SymbolString]] = [{} for _ in requests]
    for wanted in range(target, target + ROUNDS):
        for found, request in zip(met, requests, strict=True):
            for string in (_grown(request, size, measure, wanted, variant) for variant in seeds):
                found.setdefault(int(string.complexity(measure)), string)
        common = set(met[0]).intersection(*met)
        if common:
            return [found[min(common)] for found in met]
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
    """Return a string of a length with a value, the dial turned where there is one."""
    name, parameters = request
    source = make_source(name, size, parameters)
    if not size <= length <= COUNTERS[measure].longest:
        raise InputError(f"length {length}; valid: {size} to {COUNTERS[measure].longest}")
    dial = source.dial
    if dial is not None and dial not in parameters:
        source = _dialled(source, dial, measure, target, seed, length)
        parameters = {**parameters, dial: getattr(source, dial)}
    met = []
    for stream in range(STREAMS):
        symbols = _prefix(source, seed, stream, length)
        if len(symbols) < length:
            continue
        value = _value(source, measure, symbols)
        met.append(value)
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
    if not met:
        raise InputError(f"length {length}: source {name!r} has no {length} symbols in a row")
    raise InputError(
        f"length {length}: no string of source {name!r} with {measure} = {target} and all {size} symbols; "
        f"the largest value reached is {max(met)}, the smallest {min(met)}"
    )


def _dialled(
    source: Source, dial: str, measure: str, target: int, seed: int, length: int
) -> Source:
    """Return the source with its dial where the median string of that length has the target."""
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
    """Return the source with another value of its dial."""
    changed: Any = {dial: value}
    return replace(source, **changed)


def _value(source: Source, measure: str, symbols: np.ndarray) -> int:
    return int(COUNTERS[measure](source.alphabet_size).extend(symbols)[-1])


def _prefix(source: Source, seed: int, stream: int, length: int) -> np.ndarray:
    return Reader(source.again(stream).stream(_rng(source, seed, stream))).take(length)


def _rng(source: Source, seed: int, stream: int) -> np.random.Generator:
    return generator("match", type(source).__name__, source.alphabet_size, seed, stream)
