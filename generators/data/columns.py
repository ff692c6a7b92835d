"""A column, or the rows, of a table as strings, symbols or series of numbers."""

from typing import NamedTuple

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.number_grammar import (
    as_numbers,
    foreign_number,
    is_missing,
    is_number,
    may_be_thousands,
    with_point,
)
from seqmem.generators.data.read_options import STRINGS_COLUMN, ReadOptions
from seqmem.generators.data.tables import (
    Table,
    column_index,
    column_names,
    parse_table,
    place_of,
)
from seqmem.generators.symbols import shorten


class Content(NamedTuple):
    """What a file holds, before it becomes symbols.

    Attributes
    ----------
    kind : {"strings", "symbols", "numbers"}
        What the records are.
    records : list
        A str for each record of strings; a list of str for symbols; an array of float for numbers,
        in which a missing number is NaN.
    notes : tuple of str
        What was found or skipped, for people.
    column : str or None
        Name of the column that was read.
    places : list of str
        Where each cell of a column of numbers or symbols is, for messages.
    """

    kind: str
    records: list[str] | list[list[str]] | list[np.ndarray]
    notes: tuple[str, ...] = ()
    column: str | None = None
    places: list[str] = []


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
    column, name = _chosen_column(path, table, options)
    cells = [row.cells[column] for row in table.rows]
    if not any(cell.strip(" \t") for cell in cells):
        raise InputError(f"{path}: {name} is empty")
    places = [place_of(table, index) for index in range(len(cells))]
    cells, decimal = _with_decimal_points(cells, table, options)
    notes = (*table.notes, *decimal)
    kind = options.cells
    if kind is None and table.names is not None and options.column is None:
        kind = "strings" if table.names[column] == STRINGS_COLUMN else None
    if kind is None:
        kind = _kind_of(path, name, cells, places)
    if kind == "strings":
        return Content(kind, cells, notes, name, places)
    if kind == "symbols":
        return Content(kind, [cells], notes, name, places)
    _check_numbers(path, name, cells, places)
    return Content(kind, [as_numbers(cells)], notes, name, places)


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
    if all(is_number(cell) or is_missing(cell) for cell in table.rows[0].cells[1:]):
        rows = "; if every row is a series: --series rows (--label N leaves out column N)"
    raise InputError(
        f"{path}: column is not given; give --column, valid: {column_names(table)}{rows}"
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


def _kind_of(path: str, name: str, cells: list[str], places: list[str]) -> str:
    """Return whether cells are numbers or strings.

    Raises
    ------
    InputError
        If most cells are numbers, or look like numbers of another locale, but not all.
    """
    others = [cell for cell in cells if not is_missing(cell)]
    strange = [cell for cell in others if not is_number(cell)]
    if not strange:
        return "numbers" if others else "strings"
    foreign = sum(foreign_number(cell) is not None for cell in strange)
    numbers = len(others) - len(strange)
    if foreign and 2 * (foreign + numbers) >= len(others):
        _check_numbers(path, name, cells, places)
    # Digits behind a zero are codes, and a column of codes is text.
    has_codes = any(cell.strip(" \t").isdecimal() for cell in strange)
    if not has_codes and 2 * len(strange) < len(others):
        _check_numbers(path, name, cells, places)
    return "strings"


def _check_numbers(path: str, name: str, cells: list[str], places: list[str]) -> None:
    """Raise `InputError` if a cell is neither a number nor missing."""
    wrong = [at for at, cell in enumerate(cells) if not (is_number(cell) or is_missing(cell))]
    if not wrong:
        return
    first = cells[wrong[0]]
    reason = foreign_number(first)
    remedy = f"it {reason}" if reason else "correct or remove it"
    raise InputError(
        f"{path}: {name} has {counted(len(wrong), 'cell')} of {len(cells):,} that "
        f"{'is no number' if len(wrong) == 1 else 'are no numbers'}, the first {shorten(first)!r} "
        f"in {places[wrong[0]]}: {remedy}; or say what cells are: --values strings or "
        "--values symbols"
    )


def _row_series(path: str, table: Table, options: ReadOptions) -> Content:
    """Return every row as a series of numbers, without the label and missing numbers at its end."""
    label = None
    if options.label is not None:
        label = column_index(path, table, options.label, "label")
    first = 1 if table.names is not None and not table.names[0] else 0
    series = []
    for index, row in enumerate(table.rows):
        cells = [cell for at, cell in enumerate(row.cells) if at >= first and at != label]
        if options.decimal == "," or (table.delimiter != "," and _has_decimal_commas(cells)):
            cells = [with_point(cell) for cell in cells]
        while cells and is_missing(cells[-1]):
            cells.pop()
        place = place_of(table, index)
        _check_numbers(path, place, cells, [f"cell {at + 1}" for at in range(len(cells))])
        series.append(as_numbers(cells))
    return Content("numbers", series, (*table.notes, "a series in each row"))
