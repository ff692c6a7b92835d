"""The command ``measure``: every complexity measure of a string."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.reading_options import FileArgument, with_reading_options
from seqmem.cli.string_arguments import given_string, refuse_file_options, say_reading
from seqmem.core.errors import InputError, shorten
from seqmem.core.number_formats import value_text
from seqmem.core.registries import help_with_choices
from seqmem.generators.complexity import MEASURES
from seqmem.generators.records import read_strings_with_note
from seqmem.generators.symbols import SymbolString

_STRING_HELP = help_with_choices(
    "The string. Each distinct character is a symbol. These measures are printed:",
    {name: measure.title for name, measure in MEASURES.items()},
    "A dash means that a measure is not defined for the string.",
)


@with_reading_options
def measure_command(
    string: Annotated[str | None, Parameter(help=_STRING_HELP)] = None,
    /,
    *,
    file: FileArgument | None = None,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
    **reading: Any,
) -> None:
    """Print every complexity measure of a string, or of every string of a file.

    For a file, the first column is the number of the record, counted from 1. Records of FASTA and
    FASTQ also have their name.

    Parameters
    ----------
    file
        A file of strings: a table such as `seqmem generate` writes, FASTA, FASTQ or plain text.
    json_output
        Print JSON instead of a table.
    """
    if (string is None) == (file is None):
        raise InputError("give a string or --file strings.csv, one of them")
    if file is None:
        refuse_file_options(reading)
        measured = [_measured(given_string(string or ""))]
    else:
        measured = _measured_file(file, reading)
    if json_output:
        print(json.dumps(measured if file else measured[0], indent=2))
    elif file is None:
        _print_lines(measured[0])
    else:
        _print_table(measured)


def _measured(string: SymbolString) -> dict[str, object]:
    """Return the text, the length, the alphabet and every measure of a string."""
    described = {
        "string": string.text,
        "length": len(string),
        "alphabet_size": string.alphabet_size,
    }
    return described | {name: string.complexity(name) for name in MEASURES}


def _measured_file(file: Path, reading: dict[str, Any]) -> list[dict[str, object]]:
    """Return the measures of every string of a file, behind the number and name of its record."""
    read = read_strings_with_note(file, **reading)
    say_reading(read.note)
    places: list[dict[str, object]] = [{"record": number} for number in read.records]
    for place, name in zip(places, read.names, strict=False):
        place["name"] = name
    return [place | _measured(item) for place, item in zip(places, read.strings, strict=True)]


def _print_lines(values: dict[str, object]) -> None:
    """Print one value a line, with the title of the measure."""
    for name, value in values.items():
        title = MEASURES[name].title if name in MEASURES else ""
        print(f"{name:<20}  {_format_value(value):<40}  {title}".rstrip())


def _print_table(rows: list[dict[str, object]]) -> None:
    """Print one string a line, with tabs between the values."""
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_format_value(value) for value in row.values()])


def _format_value(value: object) -> str:
    if isinstance(value, str):
        return shorten(value, 40)
    return value_text(value, digits=6, missing="-")
