"""The character that separates the cells of a table."""

import csv

from seqmem.core.errors import InputError
from seqmem.generators.data.long_fields import long_fields

DELIMITERS = (",", ";", "\t", "|")
BLANK = " "
# Rows that are looked at.
_SAMPLE = 200


def announced_delimiter(text: str) -> str | None:
    r"""Return the delimiter that Excel writes into the first line, as ``sep=;``, or None.

    Examples
    --------
    >>> announced_delimiter("sep=;\na;b\n1;2\n"), announced_delimiter("a;b\n") is None
    (';', True)
    """
    first = text.partition("\n")[0].strip('" ')
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") else None


def find_delimiter(
    path: str, text: str, preferred: str | None = None, decimal: str | None = None
) -> str:
    r"""Return the character that separates the cells of a table.

    It is the one that cuts every row into as many cells, at least two. If none does, it is one that
    is in the first row, or in all rows below it: such a table is refused later by the row that
    differs. Otherwise the table has one column.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.
    preferred : str, optional
        The character that wins if several cut the rows equally well.
    decimal : str, optional
        The decimal sign, which separates no cells.

    Raises
    ------
    InputError
        If two characters cut the rows equally well.

    Examples
    --------
    >>> find_delimiter("x.csv", "day;load\n1;0,701\n2;0,128\n")
    ';'
    """
    valid = [delimiter for delimiter in DELIMITERS if delimiter != decimal]
    cut = {sign: _cells_of_rows(text, sign) for sign in valid if sign in text}
    even = [delimiter for delimiter, cells in cut.items() if _is_even(cells)]
    if preferred in even:
        return str(preferred)
    if len(even) > 1:
        names = " and ".join(repr(delimiter) for delimiter in even)
        raise InputError(f"{path}: {names} both cut every row into as many cells; give --delimiter")
    if even:
        return even[0]
    uneven = [delimiter for delimiter, cells in cut.items() if _is_uneven(cells)]
    return uneven[0] if uneven else ","


def split_rows(
    text: str, delimiter: str, most: int | None = None
) -> tuple[list[int], list[list[str]]]:
    r"""Return the number of the first line, and the cells, of every row.

    Parameters
    ----------
    text : str
        The content of a file.
    delimiter : str
        A blank stands for any run of blanks and tabs.
    most : int, optional
        Number of lines after which to stop. A quoted cell may be cut there.

    Raises
    ------
    csv.Error
        If a quoted cell is not closed, or text follows it.

    Examples
    --------
    >>> split_rows('a,b\n"1,5",2\n', ",")
    ([1, 2], [['a', 'b'], ['1,5', '2']])
    """
    parts = text.removesuffix("\n").split("\n", most or -1)
    given = (f"{line}\n" for line in parts[:most])
    if delimiter == BLANK:
        given = (line.strip(" \t\n").replace("\t", BLANK) + "\n" for line in given)
    lines: list[int] = []
    rows: list[list[str]] = []
    with long_fields():
        reader = csv.reader(
            given, delimiter=delimiter, strict=most is None, skipinitialspace=delimiter == BLANK
        )
        before = 0
        for cells in reader:
            lines.append(before + 1)
            rows.append(cells)
            before = reader.line_num
    return lines, rows


def _cells_of_rows(text: str, delimiter: str) -> list[int] | None:
    """Return the number of cells of the first rows, or None if they are not cut."""
    try:
        return [len(cells) for cells in split_rows(text, delimiter, _SAMPLE)[1] if cells]
    except csv.Error:
        return None


def _is_even(cells: list[int] | None) -> bool:
    """Return whether all rows have as many cells, or all but the first have one more."""
    if not cells or max(cells) < 2:
        return False
    # R leaves the column of row names without a name.
    return len(set(cells)) == 1 or (len(set(cells[1:])) == 1 and cells[1] == cells[0] + 1 > 2)


def _is_uneven(cells: list[int] | None) -> bool:
    """Return whether the header, or all rows below it, have several cells."""
    return cells is not None and (max(cells[:1], default=1) > 1 or min(cells[1:], default=1) > 1)
