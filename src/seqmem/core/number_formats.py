"""Numbers as text for readers, and numbers rounded for files: the one place that writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

SIGNIFICANT_DIGITS = 9
_HYPHEN_BEFORE_DIGIT = re.compile(r"(?<![\w)])-(?=\d)")


def round_digits(value: float, digits: int = SIGNIFICANT_DIGITS) -> float:
    """Round a number to significant digits.

    Parameters
    ----------
    value : float
        The number. NaN and infinities stay as they are.
    digits : int, default 9
        Significant digits to keep.

    Returns
    -------
    float
        The rounded number.

    Examples
    --------
    >>> round_digits(0.1 + 0.2), round_digits(123456, 2)
    (0.3, 120000.0)
    """
    return float(f"{value:.{digits}g}")


def json_value(value: Any) -> Any:
    """Convert a value to JSON types, with numbers rounded to 9 significant digits.

    Parameters
    ----------
    value : object
        A mapping, list, tuple, number, string or None; containers may be nested.

    Returns
    -------
    object
        The same with tuples as lists. Numbers that are not finite become None.

    Examples
    --------
    >>> json_value({"low": float("nan"), "limits": (1 / 3, 2)})
    {'low': None, 'limits': [0.333333333, 2]}
    """
    if isinstance(value, Mapping):
        return {key: json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, float):
        return round_digits(value) if math.isfinite(value) else None
    return value


def short_number(value: float) -> str:
    """Write a number for reading: whole from 10 on, two significant digits below.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        Its text.

    Examples
    --------
    >>> short_number(76.2), short_number(9.96), short_number(1), short_number(0.0312)
    ('76', '10', '1.0', '0.031')
    """
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:#.2g}".rstrip(".")


def plain_number(value: float, digits: int = 2, grouped: bool = True) -> str:
    """Write a number without an exponent or trailing zeros: whole from 100 on.

    Parameters
    ----------
    value : float
        The number.
    digits : int, default 2
        Significant digits of numbers below 100.
    grouped : bool, default True
        Whether thousands are separated by a comma.

    Returns
    -------
    str
        Its text.

    Examples
    --------
    >>> [plain_number(value) for value in (0.015625, 1, 26.7, 427.25, 60000)]
    ['0.016', '1', '27', '427', '60,000']
    """
    if abs(value) < 100:
        return f"{value:.{digits}g}"
    return f"{value:,.0f}" if grouped else f"{value:.0f}"


def fixed_number(value: float, digits: int = 2) -> str:
    """Write a number with a fixed number of decimals and a real minus sign.

    Parameters
    ----------
    value : float
        The number. NaN gives a dash.
    digits : int, default 2
        Digits after the point.

    Returns
    -------
    str
        Its text. A number that rounds to zero has no sign.

    Examples
    --------
    >>> fixed_number(-0.6284), fixed_number(-0.004), fixed_number(float("nan"))
    ('−0.63', '0.00', '–')
    """
    if math.isnan(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def fixed_interval(value: float, low: float, high: float, digits: int = 2) -> str:
    """Write an estimate with its interval; without an interval (NaN limits) the estimate alone.

    Parameters
    ----------
    value : float
        The estimate.
    low, high : float
        Limits of its interval.
    digits : int, default 2
        Digits after the point.

    Returns
    -------
    str
        Text such as `0.31 [0.12, 0.50]`.

    Examples
    --------
    >>> fixed_interval(-0.6284, -1.2, 0.004), fixed_interval(12.34, float("nan"), float("nan"))
    ('−0.63 [−1.20, 0.00]', '12.34')
    """
    if math.isnan(low):
        return fixed_number(value, digits)
    limits = f"[{fixed_number(low, digits)}, {fixed_number(high, digits)}]"
    return f"{fixed_number(value, digits)} {limits}"


def with_minus_signs(text: str) -> str:
    """Replace hyphens before numbers with minus signs.

    Parameters
    ----------
    text : str
        Text with numbers.

    Returns
    -------
    str
        The text with real minus signs. Hyphens inside words stay.

    Examples
    --------
    >>> with_minus_signs("LSTM - GRU -0.1 [-0.7, 0.5], C1-C2")
    'LSTM - GRU −0.1 [−0.7, 0.5], C1-C2'
    """
    return _HYPHEN_BEFORE_DIGIT.sub("−", text)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count and its noun, in the singular for one.

    Parameters
    ----------
    count : int
        The count.
    noun : str
        The noun in the singular.
    plural : str, optional
        Its plural; with an ``s`` at the end if absent.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(0, "series", "series")
    ('1 row', '1,200 rows', '0 series')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def number_range(low: float, high: float, spec: str = "") -> str:
    """Write a range of numbers, or one number where both ends are equal.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    spec : str, default ""
        Format specification of each number, such as ".3g" or ",".

    Returns
    -------
    str
        Text such as `2 to 4`.

    Examples
    --------
    >>> number_range(3, 3), number_range(5, 1200, ",")
    ('3', '5 to 1,200')
    """
    return f"{low:{spec}}" if low == high else f"{low:{spec}} to {high:{spec}}"


def value_text(value: object, digits: int, missing: str) -> str:
    """Write one value of a table.

    Parameters
    ----------
    value : object
        A number, a text, or None.
    digits : int
        Significant digits of floating-point numbers.
    missing : str
        Text for None and NaN.

    Returns
    -------
    str
        Its text.

    Examples
    --------
    >>> [value_text(value, 4, "–") for value in (1 / 3, 12, "gru", None, float("nan"))]
    ['0.3333', '12', 'gru', '–', '–']
    """
    if value is None or value != value:
        return missing
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
