"""Tables: rows of cells under a header, found or given."""

import csv
from pathlib import Path
from typing import NamedTuple

from seqmem.core.errors import InputError, listed, shorten
from seqmem.core.number_formats import counted
from seqmem.generators.data.delimiters import (
    BLANK,
    announced_delimiter,
    find_delimiter,
    split_rows,
)
from seqmem.generators.data.headers import has_header
from seqmem.generators.data.read_options import ReadOptions

_DELIMITER_NAMES = {"\t": "tabs", BLANK: "blanks"}
_TAB_SUFFIXES = (".tsv", ".tab")
# Names of columns in messages: how many, and how much of each.
_NAMES_SHOWN = 8
_WIDTH_SHOWN = 30


class Table(NamedTuple):
    """The rows of a table.

    Attributes
    ----------
    names : list of str or None
        Names of the columns; None without a header. R's column of row names has the name ``""``.
    rows : list of list of str
        The cells of every row below the header.
    lines : list of int
        The line of the file in which each row begins, from 1.
    delimiter : str
        Character between the cells.
    notes : tuple of str
        What was found or skipped, for people.
    """

    names: list[str] | None
    rows: list[list[str]]
    lines: list[int]
    delimiter: str
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names) if self.names is not None else len(self.rows[0])

    def place(self, index: int) -> str:
        """Return where a row is, for messages: its number, from 1, and its line in the file."""
        return f"row {index + 1:,} (line {self.lines[index]:,})"


def parse_table(path: str, text: str, options: ReadOptions) -> Table:
    r"""Return the table in a text.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.
    options : ReadOptions
        Its delimiter, decimal sign, header, column and direction of series are used.

    Raises
    ------
    InputError
        If a row has another number of cells than the header, or the table has no rows.

    Examples
    --------
    >>> table = parse_table("x.csv", "day;load\n1;5\n2;7\n", ReadOptions())
    >>> table.names, table.rows, table.delimiter
    (['day', 'load'], [['1', '5'], ['2', '7']], ';')
    """
    notes = []
    announced = announced_delimiter(text)
    if announced and options.delimiter in (None, announced):
        text = "\n" + text.partition("\n")[2]
        notes.append(f"the first line announces {announced!r} between cells")
    preferred = "\t" if _inner_suffix(path) in _TAB_SUFFIXES else None
    delimiter = (
        options.delimiter or announced or find_delimiter(path, text, preferred, options.decimal)
    )
    lines, rows = _rows(path, text, delimiter)
    if not rows:
        raise InputError(f"{path}: is empty")
    names = None
    if has_header(path, rows, delimiter, options):
        names = rows.pop(0)
        del lines[0]
        if len(names) > 1 and names in rows:
            line = lines[rows.index(names)]
            raise InputError(f"{path}: line {line:,} repeats the header; remove it or --no-header")
    if not rows:
        raise InputError(f"{path}: has a header but no rows")
    blank = _drop_blank_rows(lines, rows, names)
    if blank:
        notes.append(f"{counted(blank, 'blank row')} skipped")
    if names is not None:
        names, note = _fitted_names(text, names, lines, rows)
        notes += note
    table = Table(names, rows, lines, delimiter, ())
    if options.series == "columns" or names is not None:
        _check_widths(path, table)
    if delimiter != ",":
        notes.append(f"cells between {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}")
    if names is None:
        notes.append("no header")
    return table._replace(notes=tuple(notes))


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
    return listed([_shown_name(name) for name in table.names], _NAMES_SHOWN)


def _shown_name(name: str) -> str:
    """Return a name as messages show it, with quotes if it is not a plain word."""
    if not name:
        return "(no name)"
    plain = name.isprintable() and name == name.strip()
    return shorten(name, _WIDTH_SHOWN) if plain else repr(shorten(name, _WIDTH_SHOWN))


def _inner_suffix(path: str) -> str:
    """Return the suffix of a file, below that of its compression."""
    return Path(path.lower().removesuffix(".gz")).suffix


def _rows(path: str, text: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    """Return the line and the cells of every row, without empty lines at both ends."""
    try:
        lines, rows = split_rows(text, delimiter)
    except csv.Error as error:
        raise InputError(f"{path}: not a table ({error}); --format text reads plain text") from None
    filled = [at for at, cells in enumerate(rows) if cells]
    if not filled:
        return [], []
    return lines[filled[0] : filled[-1] + 1], rows[filled[0] : filled[-1] + 1]


def _drop_blank_rows(lines: list[int], rows: list[list[str]], names: list[str] | None) -> int:
    """Remove empty lines in place, and return their number.

    In a table of one column, they are empty cells, and stay.
    """
    width = len(names) if names is not None else max(map(len, rows))
    blank = [at for at, cells in enumerate(rows) if not cells]
    if width == 1:
        for at in blank:
            rows[at] = [""]
        return 0
    for at in reversed(blank):
        del rows[at], lines[at]
    return len(blank)


def _fitted_names(
    text: str, names: list[str], lines: list[int], rows: list[list[str]]
) -> tuple[list[str], list[str]]:
    """Return names for rows that all have one cell more than the header, and a note.

    The additional cell is a row name as R writes it, or there is a delimiter at the end of every
    row.
    """
    if any(len(cells) != len(names) + 1 for cells in rows):
        return names, []
    if not any(cells[-1] for cells in rows):
        for cells in rows:
            del cells[-1]
        return names, ["every row ends with a delimiter"]
    if _are_row_names(text, lines, rows):
        return ["", *names], ["the first column has no name and holds row names"]
    return names, []


def _are_row_names(text: str, lines: list[int], rows: list[list[str]]) -> bool:
    """Return whether the first cells are quoted, or count from 1.

    Numbers with a decimal comma have the same shape, so one of the cells must be no whole number.
    """
    of_file = text.split("\n")
    if all(of_file[line - 1].startswith('"') for line in lines):
        return True
    if all(_are_digits(cells) for cells in rows):
        return False
    return [cells[0] for cells in rows] == [str(number) for number in range(1, len(rows) + 1)]


def _check_widths(path: str, table: Table) -> None:
    """Raise `InputError` if a row has another number of cells than the header or the first row."""
    whole = "the header" if table.names is not None else "the first row"
    for index, cells in enumerate(table.rows):
        if len(cells) != table.width:
            raise InputError(
                f"{path}: {table.place(index)} has {counted(len(cells), 'cell')} where {whole} has "
                f"{table.width}{_hint(cells, table)}"
            )


def _hint(cells: list[str], table: Table) -> str:
    if len(cells) < table.width:
        return ""
    if table.delimiter == "," and _are_digits(cells):
        return "; if the commas are decimal, --delimiter ';' --decimal , reads them"
    if table.width == 1:
        other = ";" if table.delimiter == "," else ","
        return (
            f"; if {_DELIMITER_NAMES.get(table.delimiter, repr(table.delimiter))} are part of the "
            f"cells, --delimiter {other!r} reads them"
        )
    return ""


def _are_digits(cells: list[str]) -> bool:
    return all(cell.lstrip("+-").isdecimal() for cell in cells)
