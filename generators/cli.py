"""The commands ``generate`` and ``measure``."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from generators.arguments import WholeNumber
from generators.complexity import MEASURES
from generators.errors import InputError
from generators.files import read_strings, write_rows, write_strings
from generators.symbols import SymbolString, from_text, shorten
from generators.targeting import generate


def generate_command(
    *,
    source: str = "iid",
    alphabet: WholeNumber = 4,
    measure: str = "lzw",
    target: WholeNumber,
    count: WholeNumber = 1,
    seed: WholeNumber = 0,
    param: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> None:
    """Make strings of controlled complexity, as CSV.

    Parameters
    ----------
    source
        Source of the symbols: iid.
    alphabet
        Number of different symbols.
    measure
        Complexity measure that is grown to the target: lzw.
    target
        Value of the measure.
    count
        Number of strings, made from the seeds seed, seed + 1, …
    seed
        From 0 on; the same seed gives the same string.
    param
        A parameter of the source, key=value; may be repeated.
    out
        File to write; without it the CSV is printed.
    """
    if count < 1:
        raise InputError(f"--count {count}: at least 1 is needed")
    parameters = dict(_parameter(text) for text in param)
    strings = [
        generate(
            source,
            alphabet_size=alphabet,
            measure=measure,
            target=target,
            seed=seed + offset,
            parameters=parameters,
        )
        for offset in range(count)
    ]
    if out is None:
        write_rows(sys.stdout, strings)
        return
    write_strings(out, strings)
    lengths = sorted(len(string) for string in strings)
    print(f"{count} strings of {measure} {target}, {lengths[0]} to {lengths[-1]} symbols: {out}")


def measure_command(
    string: str | None = None,
    /,
    *,
    file: Path | None = None,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Measure the complexity of a string, or of every string of a CSV file.

    Parameters
    ----------
    string
        The string; each distinct character is a symbol.
    file
        CSV file with a column "string", as `seqmem generate` writes it.
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
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerow(measured[0])
    for row in measured:
        writer.writerow([shorten(value, 40) if isinstance(value, str) else value for value in row.values()])


def _given(string: str | None, file: Path | None) -> list[SymbolString]:
    if (string is None) == (file is None):
        raise InputError("give a string or --file strings.csv, one of them")
    return read_strings(file) if file is not None else [from_text(string or "")]


def _parameter(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(f"--param {text!r} is not key=value")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
