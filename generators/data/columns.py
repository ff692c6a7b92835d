"""A column, or the rows, of a table as strings, symbols or series of numbers."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqmem.core.errors import InputError, shorten
from seqmem.core.number_formats import counted
from seqmem.generators.data.number_grammar import (
    as_numbers,
    foreign_number,
    is_missing,
    is_number,
    may_be_thousands,
    with_point,
)
from seqmem.generators.data.read_options import OWN_COLUMNS, STRINGS_COLUMN, ReadOptions
from seqmem.generators.data.tables import (
    Table,
    column_index,
    column_names,
    parse_table,
)

# Symbols of an alphabet without letters.
_CODES = re.compile(r"[0-9]+(?: [0-9]+)+")
# A number whose points may separate thousands.
_GROUPED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+\s*")


class Content(NamedTuple):
    """What a file holds, before it becomes symbols.

    Attributes
    ----------
    kind : {"strings", "symbols", "numbers", "codes"}
        What the records are.
    records : list
        A str for each record of strings; a list of str for symbols; an array of float for numbers,
        in which a missing number is NaN; a list of int for codes, which are symbols of an alphabet
        without letters.
    notes : tuple of str
        What was found or skipped, for people.
    column : str or None
        Name of the column that was read.
    place : callable, optional
        Returns where a cell of a column is, for messages, by its number from 0.
    names : tuple of str
        Name of each record; empty if the format names none.
    """

    kind: str
    records: list[Any]
    notes: tuple[str, ...] = ()
    column: str | None = None
    place: Callable[[int], str] | None = None
    names: tuple[str, ...] = ()


def table_content(path: str, text: str, options: ReadOptions) -> Content:
    r"""Return what a table holds.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.
    options : ReadOptions
        How to read it.

    Raises
    ------
    InputError
        If the column is not given or does not exist, or a cell is not what it should be.

    Examples
    --------
    >>> table_content("x.csv", "day,load\n1,5\n2,7\n", ReadOptions(column="load")).records
    [array([5., 7.])]
    """
    table = parse_table(path, text, options)
    if options.series == "rows":
        return _row_series(path, table, options)
    index, name = _chosen_column(path, table, options)
    given = [cells[index] for cells in table.rows]
    if all(is_blank(cell) for cell in given):
        raise InputError(f"{path}: {name} is empty")
    cells, decimal = _with_decimal_points(given, table, options)
    found = Content("strings", cells, (*table.notes, *decimal), name, table.place)
    kind = options.cells
    if kind is None and options.column is None and name == f"column {STRINGS_COLUMN!r}":
        kind = "strings"
        if is_own_table(table.names or ()) and all(map(_CODES.fullmatch, given)):
            codes = [[int(code) for code in cell.split()] for cell in given]
            return found._replace(kind="codes", records=codes)
    if kind is None:
        kind = _kind_of(
            f"{path}: {name}", table, given, cells, is_decided=options.decimal is not None
        )
    if kind == "strings":
        return found._replace(records=given)
    if kind == "symbols":
        return found._replace(kind=kind, records=[given])
    _check_numbers(f"{path}: {name}", given, cells, table.place)
    return found._replace(kind=kind, records=[as_numbers(cells)])


def is_own_table(names: Sequence[str]) -> bool:
    """Return whether a table has all columns that `seqmem generate` writes."""
    return set(OWN_COLUMNS) <= set(names)


def is_blank(cell: str) -> bool:
    """Return whether a cell is empty. Among symbols, words such as NA are symbols.

    Examples
    --------
    >>> is_blank(" "), is_blank("NA")
    (True, False)
    """
    return not cell.strip(" \t")


def _chosen_column(path: str, table: Table, options: ReadOptions) -> tuple[int, str]:
    """Return the position of the column that is read, and how messages call it."""
    if options.column is not None:
        index = column_index(path, table, options.column)
    else:
        index = _only_column(path, table)
    if table.names is None:
        return index, f"column {index + 1}"
    return index, f"column {table.names[index]!r}"


def _only_column(path: str, table: Table) -> int:
    """Return the column of strings, or the only one beside row names."""
    if table.names is not None and STRINGS_COLUMN in table.names:
        return column_index(path, table, STRINGS_COLUMN)
    if table.width == 1:
        return 0
    # R and pandas write row names into a first column that has no name.
    if table.names is not None and table.width == 2 and not table.names[0]:
        return 1
    rows = ""
    if all(is_number(cell) or is_missing(cell) for cell in table.rows[0][1:]):
        header = "" if table.names is not None else "--no-header "
        rows = f"; if every row is a series: {header}--series rows (--label N leaves out column N)"
    raise InputError(
        f"{path}: column is not given; give --column, valid: {column_names(table)}{rows}; "
        "if it is prose, --format text"
    )


def _with_decimal_points(
    cells: list[str], table: Table, options: ReadOptions
) -> tuple[list[str], tuple[str, ...]]:
    """Return cells with points for decimal commas, if these are given or certain."""
    if options.decimal == ",":
        return [with_point(cell) for cell in cells], ()
    if (
        options.decimal is not None
        or table.delimiter == ","
        or options.cells in ("strings", "symbols")
    ):
        return cells, ()
    if not _has_decimal_commas(cells):
        return cells, ()
    return [with_point(cell) for cell in cells], ("decimal commas",)


def _has_decimal_commas(cells: list[str]) -> bool:
    """Return whether cells are numbers only with a comma as decimal sign.

    ``1,234`` may be a thousand, so one cell must be none, such as ``0,701`` or ``1,5``.
    """
    return (
        any("," in cell and not may_be_thousands(cell) for cell in cells)
        and not any("." in cell for cell in cells)
        and all(is_number(with_point(cell)) or is_missing(cell) for cell in cells)
    )


def _kind_of(
    where: str, table: Table, given: list[str], cells: list[str], *, is_decided: bool
) -> str:
    """Return whether cells are numbers or strings.

    Parameters
    ----------
    where : str
        The file and the column, for messages.
    table : Table
        The table.
    given, cells : list of str
        Cells as they are in the file, and with decimal points.
    is_decided : bool
        Whether the decimal sign is given.

    Raises
    ------
    InputError
        If most cells are numbers, or look like numbers of another locale, but not all.
    """
    others = [cell for cell in cells if not is_missing(cell)]
    strange = [cell for cell in others if not is_number(cell)]
    if not strange:
        if not is_decided:
            _refuse_grouped(where, table, cells)
        return "numbers" if others else "strings"
    foreign = sum(foreign_number(cell) is not None for cell in strange)
    numbers = len(others) - len(strange)
    if foreign and 2 * (foreign + numbers) >= len(others):
        _check_numbers(where, given, cells, table.place)
    # Digits behind a zero are codes, and a column of codes is text.
    has_codes = any(cell.strip(" \t").isdecimal() for cell in strange)
    if not has_codes and 2 * len(strange) < len(others):
        _check_numbers(where, given, cells, table.place)
    return "strings"


def _refuse_grouped(where: str, table: Table, cells: list[str]) -> None:
    """Raise `InputError` if points may separate thousands, beside whole numbers without any.

    A table of such a locale has no commas between its cells.
    """
    if table.delimiter == ",":
        return
    pointed = [cell for cell in cells if "." in cell and not is_missing(cell)]
    plain = [cell for cell in cells if cell.strip(" \t").lstrip("+-").isdecimal()]
    if pointed and plain and all(map(_GROUPED.fullmatch, pointed)):
        raise InputError(
            f"{where} has cells such as {pointed[0]!r} beside {plain[0]!r}: if the points separate "
            "thousands, remove them; if they are decimal, give --decimal ."
        )


def _check_numbers(
    where: str, given: list[str], cells: list[str], place: Callable[[int], str]
) -> None:
    """Raise `InputError` if a cell is neither a number nor missing.

    Parameters
    ----------
    where : str
        The file and the column, for the message.
    given, cells : list of str
        Cells as they are in the file, and with decimal points.
    place : callable
        Returns where a cell is.
    """
    wrong = [at for at, cell in enumerate(cells) if not (is_number(cell) or is_missing(cell))]
    if not wrong:
        return
    reason = foreign_number(given[wrong[0]])
    if cells[wrong[0]] != given[wrong[0]]:
        reason = "is no number with a decimal comma"
    remedy = f"it {reason}" if reason else "correct or remove it"
    verb = "is no number" if len(wrong) == 1 else "are no numbers"
    raise InputError(
        f"{where} has {counted(len(wrong), 'cell')} of {len(cells):,} that {verb}, the first "
        f"{shorten(given[wrong[0]])!r} in {place(wrong[0])}: {remedy}; or say what cells are: "
        "--values strings or --values symbols"
    )


def _row_series(path: str, table: Table, options: ReadOptions) -> Content:
    """Return every row as a series of numbers, without the label and missing numbers at its end."""
    if options.cells not in (None, "numbers"):
        raise InputError(f"--series rows is for numbers, not for --values {options.cells}")
    label = None
    if options.label is not None:
        label = column_index(path, table, options.label, "label")
    first = 1 if table.names is not None and not table.names[0] else 0
    rows = [
        [cell for at, cell in enumerate(row) if at >= first and at != label] for row in table.rows
    ]
    trailing = sum(map(_drop_missing_end, rows))
    given = [cell for row in rows for cell in row]
    # The decimal sign is decided once, for the whole table.
    cells, decimal = _with_decimal_points(given, table, options)
    if options.decimal is None:
        _refuse_grouped(path, table, cells)
    ends = np.cumsum([len(row) for row in rows])
    series = []
    for index, (row, end) in enumerate(zip(rows, ends, strict=True)):
        pointed = cells[end - len(row) : end]
        _check_row(f"{path}: {table.place(index)}", row, pointed)
        series.append(as_numbers(pointed))
    notes = (*table.notes, *decimal, "a series in each row")
    if trailing:
        notes += (f"{counted(trailing, 'missing number')} at the ends of rows dropped",)
    return Content("numbers", series, notes)


def _drop_missing_end(row: list[str]) -> int:
    """Remove missing cells at the end of a row in place, and return their number."""
    length = len(row)
    while row and is_missing(row[-1]):
        row.pop()
    return length - len(row)


def _check_row(where: str, given: list[str], cells: list[str]) -> None:
    for at, cell in enumerate(cells):
        if not (is_number(cell) or is_missing(cell)):
            reason = foreign_number(given[at]) or "is no number; leave out a column with --label"
            raise InputError(f"{where}: {shorten(given[at])!r} in cell {at + 1} {reason}")
