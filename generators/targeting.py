"""Growing a string from a source until a complexity measure reaches its target."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from generators.complexity import COUNTERS
from generators.complexity.repeats import PeriodTracker
from generators.errors import InputError, unknown
from generators.seeding import generator
from generators.sources import SOURCES
from generators.sources.iid import IidSource
from generators.symbols import SymbolString

LARGEST_ALPHABET = 65_536
LARGEST_SEED = 2**63
LARGEST_TARGET = 10_000_000
ATTEMPTS = 100


def generate(
    source: str = "iid",
    *,
    alphabet_size: int,
    target: int,
    measure: str = "lzw",
    seed: int,
    parameters: Mapping[str, Any] | None = None,
) -> SymbolString:
    """Return the first primitive prefix of a seeded source whose measure equals the target.

    Time is linear in the length of the string. All ``alphabet_size`` symbols occur in it.

    Parameters
    ----------
    source, measure : str
        Registry names.
    alphabet_size : int
        k, from 2 to 65,536.
    target : int
        Value of the measure; at least k.
    seed : int
        From 0 to 2**63 - 1. The same seed gives the same string, everywhere.
    parameters : mapping, optional
        The source's own parameters.

    Raises
    ------
    InputError
        For unknown names or parameters, an alphabet of fewer than 2 symbols, or a target that
        no string reaches.

    >>> string = generate("iid", alphabet_size=4, measure="lzw", target=300, seed=1)
    >>> string.complexity("lzw"), string.is_primitive
    (300, True)
    """
    _check(source, measure, alphabet_size, target, seed)
    stream_source = make_source(source, alphabet_size, parameters or {})
    for attempt in range(ATTEMPTS):
        rng = generator("source", source, dict(parameters or {}), alphabet_size, seed, attempt)
        symbols = grow(stream_source.stream(rng), alphabet_size, measure, target)
        if symbols is not None:
            return SymbolString(
                symbols,
                alphabet_size,
                reference_bits=stream_source.reference_bits(symbols),
                reference_kind=stream_source.reference_kind,
                source=source,
                parameters=dict(parameters or {}),
                seed=seed,
                measure=measure,
                target=target,
            )
    raise InputError(
        f"no primitive string with {measure} = {target} and all {alphabet_size} symbols "
        f"in {ATTEMPTS} streams of source {source!r}; raise the target"
    )


def make_source(source: str, alphabet_size: int, parameters: Mapping[str, Any]) -> IidSource:
    """Return a source by its registry name.

    Raises
    ------
    InputError
        If it does not know a parameter.
    """
    valid = [field.name for field in fields(SOURCES[source]) if field.name != "alphabet_size"]
    for name in parameters:
        if name not in valid:
            raise unknown(f"parameter of source {source!r}:", name, valid)
    return SOURCES[source](alphabet_size, **parameters)


def grow(stream: Iterator[int], alphabet_size: int, measure: str, target: int) -> np.ndarray | None:
    """Return the first primitive prefix at the target that uses all symbols; None if there is none.

    Parameters
    ----------
    stream : iterator of symbols below ``alphabet_size``
    """
    counter, tracker, seen = COUNTERS[measure](), PeriodTracker(), set[int]()
    symbols: list[int] = []
    for symbol in stream:
        if counter.push(symbol) > target:
            return None
        symbols.append(symbol)
        seen.add(symbol)
        tracker.push(symbol)
        if counter.count == target and len(seen) == alphabet_size and tracker.is_primitive:
            return np.array(symbols)
    return None


def _check(source: str, measure: str, alphabet_size: int, target: int, seed: int) -> None:
    if source not in SOURCES:
        raise unknown("source", source, SOURCES)
    if measure not in COUNTERS:
        raise unknown("measure to target", measure, COUNTERS)
    if not 2 <= alphabet_size <= LARGEST_ALPHABET:
        raise InputError(f"alphabet_size {alphabet_size}; valid: 2 to {LARGEST_ALPHABET}")
    if not 0 <= seed < LARGEST_SEED:
        raise InputError(f"seed {seed}; valid: 0 to 2**63 - 1")
    if target > LARGEST_TARGET:
        raise InputError(f"target {target}; valid: up to {LARGEST_TARGET}")
    if target < alphabet_size:
        raise InputError(
            f"target {target} is smaller than the alphabet: {measure} is at least "
            f"{alphabet_size} when all {alphabet_size} symbols occur"
        )
