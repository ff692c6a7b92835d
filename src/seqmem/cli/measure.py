"""The command ``measure``: every complexity measure of a string."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.errors import InputError
from seqmem.generators.complexity import MEASURES
from seqmem.generators.data.documents import format_of
from seqmem.generators.data.string_files import read_strings
from seqmem.generators.sources.corpus import whole_records
from seqmem.generators.symbols import SymbolString, from_text, shorten


def measure_command(
    string: str | None = None,
    /,
    *,
    file: Path | None = None,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Print every complexity measure of a string, or of every string of a file.

    Parameters
    ----------
    string
        The string; each distinct character is a symbol.
    file
        CSV file with a column "string", as `seqmem generate` writes it, or a FASTA file.
    json_output
        Print JSON instead of a table.
    """
    strings = _given(string, file)
    measured = [
        {"string": item.text, "length": len(item), "alphabet_size": item.alphabet_size}
        | {name: item.complexity(name) for name in MEASURES}
        for item in strings
    ]
    if json_output:
        print(json.dumps(measured if file else measured[0], indent=2))
        return
    if file is None:
        for name, value in measured[0].items():
            print(
                f"{name:<20}  {_shown(value):<40}  {MEASURES[name].title if name in MEASURES else ''}".rstrip()
            )
        return
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerow(measured[0])
    for row in measured:
        writer.writerow([_shown(value) for value in row.values()])


def _shown(value: object) -> str:
    if isinstance(value, str):
        return shorten(value, 40)
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _given(string: str | None, file: Path | None) -> list[SymbolString]:
    if (string is None) == (file is None):
        raise InputError("give a string or --file strings.csv, one of them")
    if file is None:
        return [from_text(string or "")]
    return (
        whole_records({"path": str(file)})
        if format_of(str(file), None) == "fasta"
        else read_strings(file)
    )
