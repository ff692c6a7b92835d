"""Numbers as the pages of the study write them."""

from __future__ import annotations

import re


def interval_words(value: float, low: float, high: float, digits: int = 2) -> str:
    """An estimate with its interval, if it has one.

    Examples
    --------
    >>> interval_words(-0.6284, -1.2, 0.004), interval_words(12.34, float("nan"), float("nan"))
    ('−0.63 [−1.20, 0.00]', '12.34')
    """
    if low != low:
        return short(value, digits)
    return f"{short(value, digits)} [{short(low, digits)}, {short(high, digits)}]"


def short(value: float, digits: int = 2) -> str:
    """A number to so many digits after the point, with a real minus sign; a dash if it is none."""
    if value != value:
        return "–"
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def minus(text: str) -> str:
    """Hyphens before digits as minus signs.

    Examples
    --------
    >>> minus("LSTM - GRU -0.1 [-0.7, 0.5], C1-C2")
    'LSTM - GRU −0.1 [−0.7, 0.5], C1-C2'
    """
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text)
