"""Whether the first row of a table holds the names of its columns."""

from collections.abc import Callable

from seqmem.core.errors import InputError, shorten
from seqmem.generators.data.number_grammar import is_missing, is_number, with_point
from seqmem.generators.data.read_options import STRINGS_COLUMN, ReadOptions

# Names that a column of strings often has, though they may look like its strings.
_USUAL_NAMES = {STRINGS_COLUMN, "strings", "seq", "sequence", "sequences", "text", "word", "words"}
# A first row of so many symbols that looks like the rows below it may be data.
_TELLING_LENGTH = 4
_LARGEST_TELLING_ALPHABET = 26
_CHOICE = "give --header or --no-header"


def has_header(path: str, rows: list[list[str]], delimiter: str, options: ReadOptions) -> bool:
    """Return whether the first row holds names.

    A first row of numbers is data, unless its first cell is empty, as above the row names of R and
    pandas. Any other first row is a header.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    rows : list of list of str
        All rows.
    delimiter : str
        Character between the cells.
    options : ReadOptions
        Its header decides if it is given.

    Raises
    ------
    InputError
        If the first row may as well be data.

    Examples
    --------
    >>> has_header("x", [["load"], ["1.5"]], ",", ReadOptions())
    True
    >>> has_header("x", [["1.7"], ["1.5"]], ",", ReadOptions())
    False
    """
    if options.header is not None:
        return options.header
    first = rows[0]
    wanted = options.column if options.series == "columns" else options.label
    is_name = wanted is not None and wanted in first
    if is_name and not _is_position(wanted, len(first)):
        return True
    may_be_number = _number_test(delimiter, options)
    if all(may_be_number(cell) or is_missing(cell) for cell in first):
        return _names_of_numbers(path, first, wanted if is_name else None)
    _refuse_data(path, rows, may_be_number)
    return True


def _is_position(wanted: str | None, width: int) -> bool:
    return wanted is not None and wanted.isdecimal() and 1 <= int(wanted) <= width


def _number_test(delimiter: str, options: ReadOptions) -> Callable[[str], bool]:
    """Return the test of cells for numbers, with points or decimal commas."""
    if options.decimal is None and delimiter != ",":
        return lambda cell: is_number(cell) or is_number(with_point(cell))
    return (lambda cell: is_number(with_point(cell))) if options.decimal == "," else is_number


def _names_of_numbers(path: str, first: list[str], name: str | None) -> bool:
    """Return whether a first row of numbers and missing values holds names.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    first : list of str
        The first row.
    name : str or None
        The column that is asked for, if the first row has it and it may be a position too.
    """
    if len(first) > 1 and not first[0].strip():
        return True
    if name is not None:
        raise InputError(
            f"{path}: {name!r} may be a name in the first row or the number of a column; {_CHOICE}"
        )
    if first == [str(number) for number in range(len(first))]:
        raise InputError(
            f"{path}: the first row, {first[0]!r}, may be a name or a number; {_CHOICE}"
        )
    if not any(map(is_number, first)) and not any("," in cell for cell in first):
        raise InputError(
            f"{path}: the first row, {first[0]!r}, may be a name or a missing value; {_CHOICE}"
        )
    return False


def _refuse_data(path: str, rows: list[list[str]], may_be_number: Callable[[str], bool]) -> None:
    """Raise `InputError` if a cell of the first row looks like the cells below it."""
    if len(rows) < 2:
        return
    for at, name in enumerate(rows[0]):
        cells = [row[at] for row in rows[1:] if at < len(row)]
        if _looks_like(name, cells, may_be_number):
            shown = shorten(name, 40)
            raise InputError(
                f"{path}: {shown!r} in the first row looks like the cells below it; {_CHOICE}"
            )


def _looks_like(name: str, cells: list[str], may_be_number: Callable[[str], bool]) -> bool:
    """Return whether a name is a number over numbers, recurs, or is a string over strings."""
    if not name.strip() or not cells:
        return False
    if may_be_number(name):
        return all(may_be_number(cell) or is_missing(cell) for cell in cells)
    if name in cells:
        return True
    if name.lower() in _USUAL_NAMES or len(name) < _TELLING_LENGTH:
        return False
    letters = set().union(*cells)
    return (
        set(name) <= letters
        and len(letters) <= _LARGEST_TELLING_ALPHABET
        and min(map(len, cells)) >= _TELLING_LENGTH
        and min(map(len, cells)) <= len(name)
    )
