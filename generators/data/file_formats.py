"""The format of a file: given, or found by its content and then by its suffix."""

import csv
import re
from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.generators.data.delimiters import (
    BLANK,
    DELIMITERS,
    announced_delimiter,
    find_delimiter,
    split_rows,
)
from seqmem.generators.data.fasta import first_sign, looks_like_fasta, looks_like_fastq
from seqmem.generators.data.number_grammar import foreign_number, is_missing, is_number
from seqmem.generators.data.other_formats import refuse_other_texts
from seqmem.generators.data.read_options import STRINGS_COLUMN, ReadOptions

_SUFFIXES = (
    dict.fromkeys((".csv", ".tsv", ".tab"), "csv")
    | dict.fromkeys((".fa", ".fas", ".fasta", ".fna", ".faa", ".ffn", ".pro"), "fasta")
    | dict.fromkeys((".fastq", ".fq"), "fastq")
)
# Options that say that a file is a table.
_OF_TABLES = ("column", "delimiter", "decimal", "header", "cells", "series")
# A text is a table only if so many rows are cut alike.
_FEWEST_ROWS = 3
_SAMPLE = 200
# Numbers in one line that are probably a series.
_FEWEST_NUMBERS = 5
# Share of the lines that must look like a number.
_MOST = 0.8
_RECORD_MARKS = {"fasta": ">", "fastq": "@"}


def find_format(path: str, text: str, options: ReadOptions) -> str:
    r"""Return the format of a text.

    Parameters
    ----------
    path : str
        Name of the file. Its suffix decides where the content does not.
    text : str
        Its content.
    options : ReadOptions
        Its format decides if it is given.

    Returns
    -------
    {"csv", "fasta", "fastq", "text"}

    Raises
    ------
    InputError
        If the suffix and the content disagree, or the text is of a kind that is not read.

    Examples
    --------
    >>> find_format("genome.txt", ">seq1\nACGT\n", ReadOptions())
    'fasta'
    >>> find_format("novel.txt", "Call me Ishmael.\n", ReadOptions())
    'text'
    """
    if options.format is not None:
        return options.format
    if options.by_line:
        return "text"
    refuse_other_texts(path, text)
    by_suffix = _SUFFIXES.get(Path(path.lower().removesuffix(".gz")).suffix)
    if by_suffix in _RECORD_MARKS:
        if first_sign(text) == _RECORD_MARKS[by_suffix]:
            return by_suffix
        raise InputError(
            f"{path}: holds no {by_suffix.upper()} records: the first line does not start with "
            f"{_RECORD_MARKS[by_suffix]!r}; --format text reads plain text"
        )
    if looks_like_fasta(text):
        return "fasta"
    if looks_like_fastq(text):
        return "fastq"
    if by_suffix or announced_delimiter(text) or _is_for_tables(options):
        return "csv"
    return _table_or_text(path, text)


def _is_for_tables(options: ReadOptions) -> bool:
    """Return whether an option is given that only a table has."""
    given = options.given()
    return any(name in given for name in _OF_TABLES)


def _table_or_text(path: str, text: str) -> str:
    """Return whether a text without a telling suffix is a table with numbers.

    Raises
    ------
    InputError
        If it looks like numbers or a table that cannot be read without options.
    """
    lines = [line for line in text.split("\n", _SAMPLE)[:_SAMPLE] if line.strip()]
    if len(lines) < _FEWEST_ROWS:
        _refuse_line_of_numbers(path, lines)
        return "text"
    numbers = sum(map(_is_like_number, lines))
    if numbers and numbers >= _MOST * len(lines):
        return "csv"
    delimiter = find_delimiter(path, "\n".join(lines))
    if STRINGS_COLUMN in split_rows(lines[0], delimiter, 1)[1][0]:
        return "csv"
    if any(sign in lines[0] for sign in DELIMITERS) and _has_numbers(lines, delimiter):
        return "csv"
    if _has_numbers(lines, BLANK):
        raise InputError(
            f"{path}: looks like a table with blanks between its cells; --delimiter ' ' reads the "
            "table, --format text reads every character as a symbol"
        )
    return "text"


def _refuse_line_of_numbers(path: str, lines: list[str]) -> None:
    """Raise `InputError` if one or two lines hold several numbers each."""
    for line in lines:
        cells = re.split(r"[ ,;\t|]+", line.strip())
        if len(cells) < _FEWEST_NUMBERS or not all(map(is_number, cells)):
            return
    raise InputError(
        f"{path}: looks like numbers in a row; --format csv --no-header --series rows reads them "
        "(with --delimiter ' ' for blanks), --format text reads every character as a symbol"
    )


def _is_like_number(cell: str) -> bool:
    return is_number(cell) or is_missing(cell) or foreign_number(cell) is not None


def _has_numbers(lines: list[str], delimiter: str) -> bool:
    """Return whether rows are cut into as many cells, at least two, with a column of numbers.

    The first row may differ, if the column of row names has no name or the header is a comment.
    """
    try:
        rows = [cells for cells in split_rows("\n".join(lines[1:]), delimiter)[1] if cells]
    except csv.Error:
        return False
    if len({len(cells) for cells in rows}) != 1 or len(rows[0]) < 2:
        return False
    columns = zip(*rows, strict=True)
    return any(
        all(_is_like_number(cell) for cell in column) and not all(map(is_missing, column))
        for column in columns
    )
