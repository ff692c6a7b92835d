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

    Parameters
    ----------
    file
        A file of strings: a table such as `seqmem generate` writes, FASTA, FASTQ or plain text.
    json_output
        Print JSON instead of a table.
    """
    strings = _given_strings(string, file, reading)
    measured = [
        {"string": item.text, "length": len(item), "alphabet_size": item.alphabet_size}
        | {name: item.complexity(name) for name in MEASURES}
        for item in strings
    ]
    if json_output:
        print(json.dumps(measured if file else measured[0], indent=2))
    elif file is None:
        _print_lines(measured[0])
    else:
        _print_table(measured)


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


def _given_strings(
    string: str | None, file: Path | None, reading: dict[str, Any]
) -> list[SymbolString]:
    if (string is None) == (file is None):
        raise InputError("give a string or --file strings.csv, one of them")
    if file is None:
        refuse_file_options(reading)
        return [given_string(string or "")]
    strings, note = read_strings_with_note(file, **reading)
    say_reading(note)
    return strings
