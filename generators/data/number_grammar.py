"""Which cells of a table are numbers, and which only look like numbers."""

import math
import re

import numpy as np

# Sign, digits, one point, exponent. A zero leads only before the point.
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MISSING = frozenset({"", "na", "n/a", "nan", "null"})
_GROUP_SIGNS = {",": "commas", "'": "apostrophes", "\u2019": "apostrophes", " ": "blanks"}
_BLANKS = "\u00a0\u2007\u2009\u202f"
_OTHER_MINUS_SIGNS = ("\u2212", "\u2013", "\ufe63", "\uff0d")


def is_number(cell: str) -> bool:
    """Return whether a cell is a finite number: sign, digits, one point, exponent.

    Blanks around it do not matter. A number has no leading zero, except in ``0`` and ``0.…``, so
    that strings such as ``01101`` are texts.

    Examples
    --------
    >>> [is_number(cell) for cell in ("-1.5", "2e3", "0.5", ".5", " 7 ")]
    [True, True, True, True, True]
    >>> [is_number(cell) for cell in ("01101", "100_1", "nan", "1e999", "3,5", "")]
    [False, False, False, False, False, False]
    """
    trimmed = cell.strip(" \t")
    return _NUMBER.fullmatch(trimmed) is not None and math.isfinite(float(trimmed))


def is_missing(cell: str) -> bool:
    """Return whether a cell stands for a missing value: blank, NA, N/A, NaN or null.

    Examples
    --------
    >>> [is_missing(cell) for cell in (" ", "NA", "NaN", "null", "0")]
    [True, True, True, True, False]
    """
    return cell.strip(" \t").lower() in _MISSING


def with_point(cell: str) -> str:
    """Return a cell with a decimal point instead of its decimal comma.

    A cell with a point is no number then, so its point is kept as a second comma.

    Examples
    --------
    >>> with_point("0,701"), with_point("0.701")
    ('0.701', '0,701')
    """
    return cell.translate({ord(","): ".", ord("."): ","})


def as_numbers(cells: list[str]) -> np.ndarray:
    """Return cells as numbers. A missing cell is NaN.

    Parameters
    ----------
    cells : list of str
        Each a number or missing.

    Returns
    -------
    float array, shape (n,)

    Examples
    --------
    >>> as_numbers(["1", "", "2.5e3"]).tolist()
    [1.0, nan, 2500.0]
    """
    return np.array([math.nan if is_missing(cell) else float(cell) for cell in cells])


def may_be_thousands(cell: str) -> bool:
    """Return whether the comma of a cell may separate thousands as well as decimals.

    Examples
    --------
    >>> may_be_thousands("1,234"), may_be_thousands("0,701"), may_be_thousands("1,5")
    (True, False, False)
    """
    return re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", cell.strip(" \t")) is not None


def foreign_number(cell: str) -> str | None:
    """Return what makes a number of another locale differ from a plain one, with the remedy.

    Returns
    -------
    str or None
        None if the cell is not such a number.

    Examples
    --------
    >>> foreign_number("12%")
    'has the sign %; remove it'
    >>> foreign_number("1,234.5")
    'has commas between thousands; remove them'
    >>> foreign_number("ABBA") is None
    True
    """
    trimmed = cell.strip(" \t")
    if is_number(trimmed) or not any(character.isdigit() for character in trimmed):
        return None
    for reason, plain in _plain_forms(trimmed):
        if plain != trimmed and is_number(plain):
            return reason
    return None


def _plain_forms(cell: str) -> list[tuple[str, str]]:
    """Return what may be foreign about a cell, and the cell without it."""
    blanks = "".join(character for character in cell if character not in _BLANKS)
    forms = [
        ("has a no-break space; remove it", blanks),
        ("has the sign %; remove it", cell.rstrip("%").rstrip(" ")),
        ("has a sign of currency; remove it", cell.strip("$€£¥ ")),
        ("has digits of another script; write 0 to 9", _ascii_digits(cell)),
    ]
    for sign in _OTHER_MINUS_SIGNS:
        if sign in cell:
            reason = f"has the sign {sign} (U+{ord(sign):04X}); write - instead"
            forms.append((reason, cell.replace(sign, "-")))
    return forms + _grouped_forms(cell)


def _grouped_forms(cell: str) -> list[tuple[str, str]]:
    """Return the forms of a cell with separators of thousands or a decimal comma."""
    if may_be_thousands(cell):
        reason = "has a comma, for thousands (remove it) or for decimals (--decimal , reads it)"
        return [(reason, cell.replace(",", ""))]
    forms = []
    for sign, name in _GROUP_SIGNS.items():
        if re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+(?:\.[0-9]+)?", cell):
            forms.append((f"has {name} between thousands; remove them", cell.replace(sign, "")))
    if re.fullmatch(
        r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]+|[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?", cell
    ):
        comma = cell.replace(".", "").replace(",", ".")
        forms.append(("has a decimal comma; --decimal , reads it", comma))
    return forms


def _ascii_digits(cell: str) -> str:
    return "".join(
        str(int(character)) if character.isdecimal() else character for character in cell
    )
