"""Strings as CSV: one row a string, readable by a spreadsheet and read back without loss."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from generators.atomic import replace_file
from generators.errors import InputError
from generators.symbols import DISPLAY_LETTERS, SymbolString, from_symbols, from_text

COLUMNS = (
    "string", "alphabet_size", "length", "lzw", "min_context", "reference_bits", "reference_kind",
    "source", "parameters", "seed", "measure", "target",
)  # fmt: skip


def write_strings(path: Path | str, strings: Iterable[SymbolString]) -> None:
    """Write strings as CSV with their measures and provenance; whole or not at all."""
    with replace_file(path) as file:
        write_rows(file, strings)


def write_rows(file: IO[str], strings: Iterable[SymbolString]) -> None:
    """Write strings as CSV to an open text file."""
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    writer.writerows(_row(string) for string in strings)


def read_strings(path: Path | str) -> list[SymbolString]:
    """Read strings from a CSV file with a ``string`` column; the other columns are optional.

    Raises
    ------
    InputError
        If the file is missing, empty, has no ``string`` column, or a row is not a string.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if "string" not in columns:
        raise InputError(f"{path}: no column 'string'; found: {', '.join(columns) or 'nothing'}")
    if not rows:
        raise InputError(f"{path}: holds no strings")
    return [_read_row(row, f"{path}, row {number}") for number, row in enumerate(rows, start=1)]


def _row(string: SymbolString) -> list[object]:
    return [
        string.text, string.alphabet_size, len(string), string.complexity("lzw"),
        string.complexity("min_context"), string.reference_bits, string.reference_kind,
        string.source, json.dumps(dict(string.parameters), sort_keys=True),
        "" if string.seed is None else string.seed, string.measure or "",
        "" if string.target is None else string.target,
    ]  # fmt: skip


def _read_row(row: dict[str, str], where: str) -> SymbolString:
    try:
        string = _read_symbols(row["string"] or "", row.get("alphabet_size") or "")
        if not row.get("reference_bits"):
            return string
        return SymbolString(
            string.symbols,
            string.alphabet_size,
            reference_bits=float(row["reference_bits"]),
            reference_kind=row.get("reference_kind") or "uniform",
            source=row.get("source") or "given",
            parameters=json.loads(row.get("parameters") or "{}"),
            seed=int(row["seed"]) if row.get("seed") else None,
            measure=row.get("measure") or None,
            target=int(row["target"]) if row.get("target") else None,
            letters=string.letters,
        )
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None


def _read_symbols(text: str, alphabet_size: str) -> SymbolString:
    size = int(alphabet_size) if alphabet_size else None
    if size is not None and size > len(DISPLAY_LETTERS):
        return from_symbols(np.array([int(symbol) for symbol in text.split()]), size)
    if size is not None and set(text) <= set(DISPLAY_LETTERS[:size]):
        return from_text(text, size)
    return from_text(text)
