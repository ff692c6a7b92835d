"""What the commands about strings share: their help texts, source parameters and output."""

import json
import sys
from pathlib import Path
from typing import Any

from seqmem.core.errors import InputError
from seqmem.core.registries import help_lines, help_with_choices
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.data.string_files import write_rows, write_strings
from seqmem.generators.sources import SOURCES
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


def parse_parameter(text: str) -> tuple[str, Any]:
    """Return the name and the value of a parameter that is given as ``key=value``.

    A value that is not JSON is taken as a string.

    Raises
    ------
    InputError
        If the text has no key or no equals sign.

    Examples
    --------
    >>> parse_parameter("order=2"), parse_parameter("source=markov")
    (('order', 2), ('source', 'markov'))
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(f"--param {text!r} is not key=value")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
