"""The user's own data: texts from text, FASTA and CSV files, and numbers from a CSV column."""

import csv
import math
from pathlib import Path

import numpy as np

from seqmem.core.errors import InputError, unknown
from seqmem.generators.data.string_files import long_fields

FORMATS = ("text", "fasta", "csv")
_SUFFIXES = {".csv": "csv"} | dict.fromkeys((".fasta", ".fa", ".fna", ".faa", ".ffn"), "fasta")


def format_of(path: str, given: str | None) -> str:
    """Return the format of a file.

    Parameters
    ----------
    path : str
        The file.
    given : {"text", "fasta", "csv"} or None
        The format that was given. If None, the suffix of the file decides. Without a known suffix,
        the format is text.

    Raises
    ------
    InputError
        If the given format is unknown.

    Examples
    --------
    >>> format_of("genome.fa", None), format_of("genome.fa", "text"), format_of("novel", None)
    ('fasta', 'text', 'text')
    """
    if given is not None and given not in FORMATS:
        raise unknown("format", given, FORMATS)
    return given or _SUFFIXES.get(Path(path).suffix.lower(), "text")


def read_text(path: str, *, by_line: bool = False) -> list[str]:
    """Return the records of a text file.

    Parameters
    ----------
    path : str
    by_line : bool
        Whether every line that is not empty is a record. Otherwise the whole text is one record,
        without its last line end.

    Raises
    ------
    InputError
        If the file cannot be read or is empty.
    """
    text = _content(path)
    texts = (
        [line for line in text.splitlines() if line]
        if by_line
        else [text.removesuffix("\n").removesuffix("\r")]
    )
    if not any(texts):
        raise InputError(f"{path}: is empty")
    return texts


def read_fasta(path: str) -> list[str]:
    """Return the sequences of a FASTA file, in order.

    Line breaks and blanks inside a sequence are dropped.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or holds no records. A record is a line that starts
        with ``>`` and a sequence.
    """
    sequences: list[list[str]] = []
    for line in _content(path).splitlines():
        if line.startswith(">"):
            sequences.append([])
        elif line.strip() and not line.startswith(";"):
            if not sequences:
                raise InputError(
                    f"{path}: holds no FASTA records: the first line does not start with '>'"
                )
            sequences[-1].append("".join(line.split()))
    texts = [text for text in map("".join, sequences) if text]
    if not texts:
        raise InputError(f"{path}: holds no FASTA records")
    return texts


def read_column(path: str, column: str | None, delimiter: str = ",") -> list[str]:
    """Return the cells of a column of a CSV file that are not empty.

    Parameters
    ----------
    path : str
    column : str or None
        Name of the column. A file with one column needs no name.
    delimiter : str
        Character between the cells.

    Raises
    ------
    InputError
        If the file cannot be read, the column does not exist, or the column is empty.
    """
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise InputError(f"delimiter {delimiter!r}; valid: one character, for example ',' or ';'")
    with long_fields():
        try:
            reader = csv.DictReader(
                _content(path).splitlines(keepends=True), strict=True, delimiter=delimiter
            )
            names = list(reader.fieldnames or [])
            rows = list(reader)
        except csv.Error as error:
            raise InputError(f"{path}: not a CSV file ({error})") from None
    if column is None and len(names) == 1:
        column = names[0]
    if column is None:
        raise InputError(f"{path}: column is not given; valid: {', '.join(names)}")
    if column not in names:
        raise unknown(f"column of {path}:", column, names)
    cells = [row[column] for row in rows if row[column]]
    if not cells:
        raise InputError(f"{path}: column {column!r} is empty")
    return cells


def as_numbers(cells: list[str]) -> np.ndarray | None:
    """Return cells as finite numbers, or None if a cell is not a finite number.

    Parameters
    ----------
    cells : list of str

    Returns
    -------
    float array, shape (n,), or None

    Examples
    --------
    >>> as_numbers(["1", "2.5e3"]).tolist(), as_numbers(["1", "x"])
    ([1.0, 2500.0], None)
    """
    return None if any(map(is_no_number, cells)) else np.array([float(cell) for cell in cells])


def is_no_number(cell: str) -> bool:
    """Return whether a cell is anything but a finite number.

    Examples
    --------
    >>> [is_no_number(cell) for cell in ("-1.5", "nan", "3,5")]
    [False, True, True]
    """
    try:
        return not math.isfinite(float(cell))
    except ValueError:
        return True


def _content(path: str) -> str:
    """Return the text of a file, or raise `InputError` if it cannot be read or is empty."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not a text file in UTF-8 ({error.reason} at byte {error.start})"
        ) from None
    if not text.strip():
        raise InputError(f"{path}: is empty")
    return text
