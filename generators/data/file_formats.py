"""The format of a file: given, or found by its content and then by its suffix."""

from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.generators.data.delimiters import (
    BLANK,
    DELIMITERS,
    announced_delimiter,
    find_delimiter,
    split_rows,
)
from seqmem.generators.data.fasta import looks_like_fasta, looks_like_fastq
from seqmem.generators.data.number_grammar import is_missing, is_number, with_point
from seqmem.generators.data.other_formats import refuse_other_texts
from seqmem.generators.data.read_options import STRINGS_COLUMN, ReadOptions

_SUFFIXES = (
    dict.fromkeys((".csv", ".tsv", ".tab"), "csv")
    | dict.fromkeys((".fa", ".fas", ".fasta", ".fna", ".faa", ".ffn", ".pro"), "fasta")
    | dict.fromkeys((".fastq", ".fq"), "fastq")
)
# A text is a table only if so many rows are cut alike.
_FEWEST_ROWS = 3
_SAMPLE = 200


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
    if looks_like_fasta(text):
        return "fasta"
    if looks_like_fastq(text):
        return "fastq"
    by_suffix = _SUFFIXES.get(Path(path.lower().removesuffix(".gz")).suffix)
    if by_suffix in ("fasta", "fastq"):
        mark = ">" if by_suffix == "fasta" else "@"
        raise InputError(
            f"{path}: holds no {by_suffix.upper()} records: the first line does not start with "
            f"{mark!r}; --format text reads plain text"
        )
    if by_suffix or announced_delimiter(text) or _table_options(options):
        return "csv"
    return _table_or_text(path, text)


def _table_options(options: ReadOptions) -> bool:
    """Return whether an option is given that only a table has."""
    given = options.given()
    return any(
        name in given for name in ("column", "delimiter", "decimal", "header", "cells", "series")
    )


def _table_or_text(path: str, text: str) -> str:
    """Return whether a text without a telling suffix is a table with numbers.

    Raises
    ------
    InputError
        If it looks like a table whose cells are separated by blanks.
    """
    lines = [line for line in text.split("\n", _SAMPLE)[:_SAMPLE] if line.strip()]
    if len(lines) < _FEWEST_ROWS:
        return "text"
    if all(is_number(line) or is_missing(line) for line in lines[1:]):
        return "csv"
    delimiter = find_delimiter(path, text)
    if STRINGS_COLUMN in split_rows(text, delimiter, 1)[0][1]:
        return "csv"
    if any(sign in lines[0] for sign in DELIMITERS) and _has_numbers(text, delimiter):
        return "csv"
    if _has_numbers("\n".join(lines), BLANK):
        raise InputError(
            f"{path}: looks like a table with blanks between its cells; --delimiter ' ' reads the "
            "table, --format text reads every character as a symbol"
        )
    return "text"


def _has_numbers(text: str, delimiter: str) -> bool:
    """Return whether rows are cut into as many cells, at least two, with a column of numbers."""
    rows = [cells for _, cells in split_rows(text, delimiter, _SAMPLE) if cells]
    if len(rows) < _FEWEST_ROWS or len({len(cells) for cells in rows}) > 1 or len(rows[0]) < 2:
        return False
    columns = zip(*rows[1:], strict=True)
    return any(
        any(is_number(with_point(cell)) or is_number(cell) for cell in column)
        and all(
            is_number(cell) or is_number(with_point(cell)) or is_missing(cell) for cell in column
        )
        for column in columns
    )
