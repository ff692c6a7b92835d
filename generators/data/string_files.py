"""Strings as CSV, one row for each string, which a spreadsheet can read.

Strings are read back without loss.
"""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from seqmem.core.argument_kinds import LIST, PATH
from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError, check_type, one_line, shorten
from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.data.columns import is_own_table
from seqmem.generators.data.decoding import Document, beginning
from seqmem.generators.data.delimiters import DELIMITERS
from seqmem.generators.data.read_options import OWN_COLUMNS, ReadOptions
from seqmem.generators.data.tables import parse_table
from seqmem.generators.symbols import (
    DISPLAY_LETTERS,
    SymbolString,
    from_symbols,
    from_text,
)

# Digits of the largest seed.
LONGEST_NUMBER = 19


@argument_kinds(path=PATH, strings=LIST)
def write_strings(path: Path | str, strings: Iterable[SymbolString]) -> None:
    """Write strings with their measures and their origin to a CSV file.

    The file is written as a whole or not at all.

    Parameters
    ----------
    path : path or str
        File to write. An existing file is replaced.
    strings : iterable of SymbolString

    Raises
    ------
    InputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from seqmem.generators.data.decoding import read_document
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "strings.csv")
    ...     write_strings(path, [from_text("ABRACADABRA")])
    ...     [string.text for string in restore_strings("x", read_document(str(path))) or []]
    ['ABRACADABRA']
    """
    with replace_file(path) as file:
        write_rows(file, strings)


def write_rows(file: IO[str], strings: Iterable[SymbolString]) -> None:
    """Write strings as CSV to an open text file."""
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(OWN_COLUMNS)
    for string in strings:
        check_type(string, SymbolString, "strings must be SymbolStrings, as from_text makes them")
        writer.writerow(_row(string))


def is_strings_file(path: Path | str) -> bool:
    """Return whether a file is empty or has the columns that `write_strings` writes.

    Parameters
    ----------
    path : path or str
        A file.
    """
    text = beginning(str(path))
    return not text or _delimiter(text) is not None


def _delimiter(text: str) -> str | None:
    """Return what separates the columns that `write_strings` writes; None if they are not there."""
    names = text.lstrip("\n").partition("\n")[0].replace('"', "")
    return next((sign for sign in DELIMITERS if is_own_table(names.split(sign))), None)


def restore_strings(path: str, document: Document) -> list[SymbolString] | None:
    """Return the strings of a file that `write_strings` wrote, without loss.

    The file may have been saved again by a spreadsheet, with another delimiter or other line ends.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    document : Document
        Its content.

    Returns
    -------
    list of SymbolString or None
        None if the file lacks a column that `write_strings` writes.

    Raises
    ------
    InputError
        If a row is not a string.
    """
    delimiter = _delimiter(document.text)
    if delimiter is None:
        return None
    # Line ends inside cells are symbols, unless another program has saved the file again.
    is_untouched = not document.exact.partition("\n")[0].endswith("\r")
    text = document.exact if is_untouched else document.text
    table = parse_table(path, text, ReadOptions(delimiter=delimiter, header=True))
    rows = [dict(zip(table.names or (), cells, strict=True)) for cells in table.rows]
    return [_read_row(row, f"{path}, row {number}") for number, row in enumerate(rows, start=1)]


def _row(string: SymbolString) -> list[object]:
    return [
        string.text, string.alphabet_size, len(string), string.complexity("lzw"),
        string.complexity("min_context"), string.reference_bits, string.reference_kind,
        string.source, json.dumps(dict(string.parameters), sort_keys=True),
        "" if string.seed is None else string.seed, string.measure or "",
        "" if string.target is None else string.target,
        json.dumps(dict(string.mapping), sort_keys=True),
    ]  # fmt: skip


def _read_row(row: dict[str, str], where: str) -> SymbolString:
    try:
        mapping = _object("mapping", row.get("mapping") or "{}")
        string = _read_symbols(row["string"] or "", row.get("alphabet_size") or "", mapping)
        if not row.get("reference_bits"):
            return string
        return SymbolString(
            string.symbols,
            string.alphabet_size,
            reference_bits=float(row["reference_bits"]),
            reference_kind=row.get("reference_kind") or "uniform",
            source=row.get("source") or "given",
            parameters=_object("parameters", row.get("parameters") or "{}"),
            seed=_whole("seed", row["seed"]) if row.get("seed") else None,
            measure=row.get("measure") or None,
            target=_whole("target", row["target"]) if row.get("target") else None,
            letters=string.letters,
            mapping=mapping,
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"{where}: {one_line(error)}") from None


def _whole(name: str, text: str) -> int:
    """Return a whole number, or raise `InputError`."""
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        raise InputError(f"{name} {shorten(text)!r} is no whole number from 0 on")
    return int(text)


def _object(name: str, text: str) -> dict[str, Any]:
    """Return a JSON object as a dict, or raise `InputError`."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise InputError(f"{name} {text!r} are not a JSON object")
    return value


def _read_symbols(text: str, alphabet_size: str, mapping: dict[str, Any]) -> SymbolString:
    """Return a string from its text: letters of data, numbers, or display letters."""
    size = _whole("alphabet_size", alphabet_size) if alphabet_size else None
    names = mapping.get("symbols", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"mapping: symbols {shorten(str(names))} are no list of texts")
    if size is not None and len(names) == size and all(len(name) == 1 for name in names):
        # A record may lack some of the letters of its file.
        index = {name: symbol for symbol, name in enumerate(names)}
        if set(text) <= set(names):
            return from_symbols(np.array([index[letter] for letter in text]), size, "".join(names))
    if size is not None and size > len(DISPLAY_LETTERS) and set(text) <= set("0123456789 "):
        return from_symbols(np.array([int(symbol) for symbol in text.split()]), size)
    if size is not None and set(text) <= set(DISPLAY_LETTERS[:size]):
        return from_text(text, size)
    return from_text(text)
