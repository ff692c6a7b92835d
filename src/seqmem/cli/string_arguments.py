"""What the commands about strings share: their help texts, source parameters and output."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from seqmem.core.errors import InputError
from seqmem.core.messages import print_message
from seqmem.core.number_formats import counted, number_range
from seqmem.core.output_files import check_output_file
from seqmem.core.registries import help_lines, help_with_choices
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.data.string_files import is_strings_file, write_rows, write_strings
from seqmem.generators.sources import SOURCES, make_source, parameter_types
from seqmem.generators.symbols import SymbolString, from_text

LONGEST_FILE_NAME = 255


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


def check_strings_output(out: Path | None) -> None:
    """Raise `InputError` if strings cannot be written to a file, before they are made.

    Parameters
    ----------
    out : Path or None
        File to write. If None, nothing is checked.
    """
    check_output_file(out)
    if out is not None and out.is_file() and not is_strings_file(out):
        raise InputError(
            f"--out {out}: is a file that seqmem did not write; remove it or choose another name"
        )


def write_or_print(
    strings: list[SymbolString], out: Path | None, noun: str = "string", kind: str = ""
) -> None:
    """Write strings to a CSV file and print a summary line, or print the CSV.

    Parameters
    ----------
    strings : list of SymbolString
    out : Path or None
        File to write, which `check_strings_output` accepts. If None, the CSV is printed.
    noun, kind : str
        What one string is called, and what all have in common, for the summary line.
    """
    if out is None:
        write_rows(sys.stdout, strings)
        return
    write_strings(out, strings)
    lengths = [len(string) for string in strings]
    span = number_range(min(lengths), max(lengths), ",")
    print(f"{counted(len(strings), noun)}{kind}, {span} symbols: {out}")


def given_string(text: str) -> SymbolString:
    """Return the string that a text spells. Warn if the text is the name of a file."""
    if len(text) < LONGEST_FILE_NAME and Path(text).is_file():
        print_message(
            f"seqmem: warning: the string {text!r} is also the name of a file; to read the file, "
            f"give --file {text}"
        )
    return from_text(text)


def refuse_file_options(given: Mapping[str, Any]) -> None:
    """Raise `InputError` if options of a file are given beside a string."""
    for name in given:
        raise InputError(f"--{name.replace('_', '-')} is for a file; give --file, or leave it out")


def say_readings(source: str, alphabet_size: int | None, parameters: Mapping[str, Any]) -> None:
    """Print what a source read from files, on stderr. Most sources read nothing."""
    for line in make_source(source, alphabet_size, parameters).readings:
        say_reading(line)


def say_reading(line: str) -> None:
    """Print a line about what was read from a file, on stderr."""
    print_message(f"seqmem: read {line}")


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
