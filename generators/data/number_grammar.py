"""Which cells of a table are numbers, and which only look like numbers."""

import math
import re
from collections.abc import Callable

import numpy as np

# Sign, digits, one point, exponent. A zero leads only before the point.
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MISSING = frozenset({"", ".", "na", "n/a", "#n/a", "nan", "none", "null"})
_GROUP_SIGNS = {",": "commas", "'": "apostrophes", "\u2019": "apostrophes", " ": "blanks"}
_BLANKS = "\u00a0\u2007\u2009\u202f"
_CURRENCY = "(?:[$€£¥]|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL)"
_MINUS_SIGNS = "[\u2010-\u2014\u2212\ufe63\uff0d]"


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
    """Return whether a cell stands for a missing value: blank, ``.``, NA, NaN, None or null.

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
    plain = cell.strip(" \t")
    if is_number(plain) or not any(character.isdigit() for character in plain):
        return None
    reasons = []
    for reason, change in _CHANGES:
        changed = change(plain)
        if changed != plain:
            reasons.append(reason.format(sign=_first_sign(plain)))
            plain = changed
    if may_be_thousands(plain):
        return "has a comma, for thousands (remove it) or for decimals (--decimal , reads it)"
    if not is_number(plain):
        reason, plain = _ungrouped(plain)
        reasons.append(reason)
    return "; it ".join(reasons) if is_number(plain) else None


def _first_sign(cell: str) -> str:
    """Return the first minus sign that is not ASCII, with its code point, or an empty string."""
    sign = re.search(_MINUS_SIGNS, cell)
    return f"{sign.group()} (U+{ord(sign.group()):04X})" if sign else ""


def _digits_of_ascii(cell: str) -> str:
    return "".join(
        str(int(character)) if character.isdecimal() else character for character in cell
    )


def _without_currency(cell: str) -> str:
    return re.sub(rf"^{_CURRENCY} *| *{_CURRENCY}$", "", cell)


# What may be foreign about a number, and how to undo it.
_CHANGES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("has a no-break space; remove it", lambda cell: re.sub(f"[{_BLANKS}]", "", cell)),
    ("has digits of another script; write 0 to 9", _digits_of_ascii),
    ("has the sign {sign}; write - instead", lambda cell: re.sub(_MINUS_SIGNS, "-", cell)),
    ("has the sign %; remove it", lambda cell: cell.rstrip("%").rstrip(" ")),
    ("has a currency; remove it", _without_currency),
    ("has brackets; write - instead", lambda cell: re.sub(r"^\((.*)\)$", r"-\1", cell)),
    (
        "has the exponent D; write E",
        lambda cell: re.sub(r"(?<=[0-9.])[dD](?=[+-]?[0-9])", "E", cell),
    ),
)


def _ungrouped(cell: str) -> tuple[str, str]:
    """Return how digits are grouped in a cell, with the remedy, and the number without groups."""
    for sign, name in _GROUP_SIGNS.items():
        groups = (
            rf"[+-]?[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{2,3}})*{re.escape(sign)}[0-9]{{3}}"
        )
        if re.fullmatch(groups + r"(?:\.[0-9]*)?", cell):
            return f"has {name} between thousands; remove them", cell.replace(sign, "")
        if re.fullmatch(groups + r",[0-9]*", cell):
            plain = cell.replace(sign, "").replace(",", ".")
            return f"has {name} between thousands and a decimal comma; write 1234.5", plain
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]*", cell):
        plain = cell.replace(".", "").replace(",", ".")
        return "has points between thousands; remove them, and give --decimal ,", plain
    return "has a decimal comma; --decimal , reads it", cell.replace(",", ".")
