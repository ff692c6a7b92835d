"""What the commands about strings share: their help texts, source parameters and output."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from seqmem.core.errors import InputError
from seqmem.core.registries import help_lines, help_with_choices
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.data.string_files import write_rows, write_strings
from seqmem.generators.sources import SOURCES, make_source, parameter_types
from seqmem.generators.symbols import SymbolString


def source_help(lead: str, end: str = "") -> str:
    """Return a help text that lists the registered sources.

    Parameters
    ----------
    lead, end : str
        The paragraphs above and below the list.
    """
    return help_with_choices(lead, help_lines(SOURCES), end)


def target_measure_help(lead: str, end: str = "") -> str:
    """Return a help text that lists the registered measures that can be grown to a target.

    Parameters
    ----------
    lead, end : str
        The paragraphs above and below the list.
    """
    return help_with_choices(lead, {name: MEASURES[name].title for name in COUNTERS}, end)


def write_or_print(strings: list[SymbolString], kind: str, out: Path | None) -> None:
    """Write strings to a CSV file and print a summary line, or print the CSV.

    Parameters
    ----------
    strings : list of SymbolString
    kind : str
        What the strings are, for the summary line.
    out : Path or None
        File to write. If None, the CSV is printed.
    """
    if out is None:
        write_rows(sys.stdout, strings)
        return
    write_strings(out, strings)
    lengths = sorted(len(string) for string in strings)
    print(f"{len(strings)} {kind}, {lengths[0]} to {lengths[-1]} symbols: {out}")


def say_readings(source: str, alphabet_size: int | None, parameters: Mapping[str, Any]) -> None:
    """Print what a source read from files, on stderr. Most sources read nothing."""
    for line in make_source(source, alphabet_size, parameters).readings:
        say_reading(line)


def say_reading(line: str) -> None:
    """Print a line about what was read from a file, on stderr."""
    print(f"seqmem: read {line}", file=sys.stderr)


def parse_parameters(source: str, texts: Iterable[str]) -> dict[str, Any]:
    """Return parameters of a source that are given as ``key=value``.

    The source declares the type of each value, so that a text may look like a number.

    Parameters
    ----------
    source : str
        Registry name of the source.
    texts : iterable of str
        One for each parameter.

    Raises
    ------
    InputError
        If a text has no key or no equals sign.

    Examples
    --------
    >>> parse_parameters("markov", ["order=2"]), parse_parameters("corpus", ["column=0"])
    ({'order': 2}, {'column': '0'})
    """
    types = parameter_types(source) if source in SOURCES else {}
    return dict(_parameter(text, types) for text in texts)


def _parameter(text: str, types: Mapping[str, Any]) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(f"--param {text!r} is not key=value")
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = value
    if _is_text(types.get(key)) and not isinstance(parsed, str | None):
        return key, value
    return key, parsed


def _is_text(kind: Any) -> bool:
    """Return whether a parameter is a text, or a text or None."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return set(kinds) <= {str, type(None)} and str in kinds
