"""Result files: rounded, written aside and renamed, so that a reader never meets half a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from seqmem.core.atomic import replace_file
from seqmem.core.number_formats import SIGNIFICANT_DIGITS, round_digits


def write_bytes(path: Path, content: bytes) -> Path:
    """Write `content` to `path` by write-then-rename, making its folder where needed."""
    with replace_file(path, "wb") as file:
        file.write(content)
    return path


def write_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write a frame as UTF-8 CSV with Unix line ends, without its index, to 9 significant digits."""
    return write_bytes(
        path, round_significant(frame).to_csv(index=False, lineterminator="\n").encode()
    )


def round_significant(frame: pd.DataFrame, digits: int = SIGNIFICANT_DIGITS) -> pd.DataFrame:
    """Round every floating-point column to `digits` significant digits, so the last bits of a sum don't show.

    Examples
    --------
    >>> round_significant(pd.DataFrame({"x": [0.1 + 0.2, 1 / 3]})).x.tolist()
    [0.3, 0.333333333]
    """
    rounded = frame.copy()
    for column in frame.select_dtypes("floating").columns:
        rounded[column] = [round_digits(value, digits) for value in frame[column]]
    return rounded
