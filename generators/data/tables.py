"""Tables: rows of cells under a header, found or given."""

import csv
from pathlib import Path
from typing import NamedTuple

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.delimiters import (
    BLANK,
    announced_delimiter,
    find_delimiter,
    split_rows,
)
from seqmem.generators.data.number_grammar import is_missing, is_number
from seqmem.generators.data.read_options import ReadOptions

_DELIMITER_NAMES = {"\t": "tabs", BLANK: "blanks"}
_TAB_SUFFIXES = (".tsv", ".tab")
# A first row of so many symbols that looks like the rows below it may be data.
_TELLING_LENGTH = 8


class Row(NamedTuple):
    """A row of data.

    Attributes
    ----------
    line : int
        Line of the file in which it begins, from 1.
    cells : list of str
        Its cells.
    """

    line: int
    cells: list[str]


class Table(NamedTuple):
    """The rows of a table.

    Attributes
    ----------
    names : list of str or None
        Names of the columns; None without a header. R's column of row names has the name ``""``.
    rows : list of Row
        The rows below the header.
    delimiter : str
        Character between the cells.
    notes : tuple of str
        What was found or skipped, for people.
    """

    names: list[str] | None
    rows: list[Row]
    delimiter: str
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names) if self.names is not None else len(self.rows[0].cells)


def parse_table(path: str, text: str, options: ReadOptions) -> Table:
    r"""Return the table in a text.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.
    options : ReadOptions
        Its delimiter, header, column and direction of series are used.

    Raises
    ------
    InputError
        If a row has another number of cells than the header, or the table has no rows.

    Examples
    --------
    >>> table = parse_table("x.csv", "day;load\n1;5\n2;7\n", ReadOptions())
    >>> table.names, [row.cells for row in table.rows], table.delimiter
    (['day', 'load'], [['1', '5'], ['2', '7']], ';')
    """
    notes = []
    announced = announced_delimiter(text)
    if announced and options.delimiter in (None, announced):
        text = "\n" + text.partition("\n")[2]
        notes.append(f"the first line announces {announced!r} between cells")
    preferred = "\t" if _inner_suffix(path) in _TAB_SUFFIXES else None
    delimiter = options.delimiter or announced or find_delimiter(path, text, preferred)
    rows = _rows(path, text, delimiter)
    names = rows.pop(0).cells if _has_header(path, rows, options) else None
    if not rows:
        raise InputError(f"{path}: has a header but no rows")
    rows, skipped = _without_blank_rows(rows, names)
    if skipped:
        notes.append(f"{counted(skipped, 'blank row')} skipped")
    if names is not None and _has_row_names(text, names, rows):
        names = ["", *names]
        notes.append("the first column has no name and holds row names")
    if options.series == "columns" or names is not None:
        _check_widths(path, names, rows, delimiter)
    if delimiter != ",":
        notes.append(f"cells between {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}")
    if names is None:
        notes.append("no header")
    return Table(names, rows, delimiter, tuple(notes))


def column_index(path: str, table: Table, column: str, option: str = "column") -> int:
    """Return the position of a column, from 0.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    table : Table
        The table.
    column : str
        A name in the header, or else a number from 1.
    option : str
        Name of the option that names the column, for messages.

    Raises
    ------
    InputError
        If there is no such column, or two columns have that name.
    """
    names = table.names or []
    count = names.count(column)
    if count > 1:
        positions = [str(at) for at, name in enumerate(names, start=1) if name == column]
        raise InputError(
            f"{path}: {count} columns are named {column!r}; choose one by its number: "
            f"--{option} {' or '.join(positions)}"
        )
    if count:
        return names.index(column)
    if column.isascii() and column.isdecimal() and 1 <= int(column) <= table.width:
        return int(column) - 1
    raise InputError(f"unknown {option} of {path}: {column!r}; valid: {column_names(table)}")


def column_names(table: Table) -> str:
    """Return the valid names or numbers of columns, for messages."""
    if table.names is None:
        return "1" if table.width == 1 else f"1 to {table.width} (there is no header)"
    return ", ".join(name or "(no name)" for name in table.names)


def place_of(table: Table, index: int) -> str:
    """Return where a row is, for messages: its number, from 1, and its line in the file."""
    return f"row {index + 1:,} (line {table.rows[index].line:,})"


def _inner_suffix(path: str) -> str:
    """Return the suffix of a file, below that of its compression."""
    return Path(path.lower().removesuffix(".gz")).suffix


def _rows(path: str, text: str, delimiter: str) -> list[Row]:
    try:
        rows = [Row(line, cells) for line, cells in split_rows(text, delimiter)]
    except csv.Error as error:
        raise InputError(f"{path}: not a table ({error}); --format text reads plain text") from None
    while rows and not rows[0].cells:
        rows.pop(0)
    while rows and not rows[-1].cells:
        rows.pop()
    return rows


def _has_header(path: str, rows: list[Row], options: ReadOptions) -> bool:
    """Return whether the first row holds the names of the columns."""
    if options.header is not None:
        return options.header
    first = rows[0].cells
    wanted = options.column if options.series == "columns" else options.label
    if wanted is not None and wanted in first:
        return True
    if _counts_from_zero(first):
        if len(first) > 1:
            return True
        raise InputError(
            f"{path}: the first row, {first[0]!r}, may be a name or a number; "
            "give --header or --no-header"
        )
    if all(is_number(cell) or is_missing(cell) for cell in first):
        return not any(map(is_number, first))
    if _looks_like_data(rows):
        raise InputError(
            f"{path}: the first row looks like the rows below it; give --header or --no-header"
        )
    return True


def _counts_from_zero(cells: list[str]) -> bool:
    """Return whether names of columns were counted, as pandas does, maybe beside an index."""
    named = cells[1:] if len(cells) > 1 and not cells[0] else cells
    return named == [str(number) for number in range(len(named))]


def _looks_like_data(rows: list[Row]) -> bool:
    """Return whether the first row of one column of strings is probably a string too."""
    if len(rows) < 2 or any(len(row.cells) != 1 for row in rows):
        return False
    first, *others = [row.cells[0] for row in rows]
    lengths = [len(cell) for cell in others]
    return _TELLING_LENGTH <= min(lengths) <= len(first) <= max(lengths) and set(first) <= set(
        "".join(others)
    )


def _without_blank_rows(rows: list[Row], names: list[str] | None) -> tuple[list[Row], int]:
    """Return the rows without empty lines. In a table of one column, these are empty cells."""
    width = len(names) if names is not None else max(len(row.cells) for row in rows)
    if width == 1:
        return [row if row.cells else Row(row.line, [""]) for row in rows], 0
    kept = [row for row in rows if row.cells]
    return kept, len(rows) - len(kept)


def _has_row_names(text: str, names: list[str], rows: list[Row]) -> bool:
    """Return whether every row has one cell more than the header, a row name as R writes it.

    A row name is quoted, or row names count 1, 2, 3, … A decimal comma in a table of one column
    has the same number of cells, but neither of these.
    """
    if any(len(row.cells) != len(names) + 1 for row in rows):
        return False
    lines = text.split("\n")
    if all(lines[row.line - 1].startswith('"') for row in rows):
        return True
    if len(names) == 1 and all(cell.isdecimal() for row in rows for cell in row.cells):
        # Numbers such as 1,5 have the same shape.
        return False
    return [row.cells[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def _check_widths(path: str, names: list[str] | None, rows: list[Row], delimiter: str) -> None:
    """Raise `InputError` if a row has another number of cells than the header or the first row."""
    width = len(names) if names is not None else len(rows[0].cells)
    whole = "the header" if names is not None else "the first row"
    for number, row in enumerate(rows, start=1):
        if len(row.cells) == width:
            continue
        hint = ""
        if delimiter == "," and len(row.cells) > width and _are_digits(row.cells):
            hint = "; if the commas are decimal, --delimiter ';' --decimal , reads them"
        raise InputError(
            f"{path}: row {number:,} (line {row.line:,}) has {counted(len(row.cells), 'cell')} "
            f"where {whole} has {width}{hint}"
        )


def _are_digits(cells: list[str]) -> bool:
    return all(cell.lstrip("+-").isdecimal() for cell in cells)
