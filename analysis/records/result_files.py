"""Writing of result files: rounded, written to a temporary file, then renamed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from seqmem.core.atomic import replace_file
from seqmem.core.number_formats import SIGNIFICANT_DIGITS, round_digits


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file in one step, so that no reader sees half of it.

    Parameters
    ----------
    path : Path
        The file. Its folder is made if necessary.
    content : bytes
        What to write.

    Returns
    -------
    Path
        `path`.
    """
    with replace_file(path, "wb") as file:
        file.write(content)
    return path


def write_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write a frame as UTF-8 CSV with Unix line ends and without its index.

    Parameters
    ----------
    path : Path
        The file. Its folder is made if necessary.
    frame : DataFrame
        The table. Its numbers are rounded to 9 significant digits.

    Returns
    -------
    Path
        `path`.
    """
    return write_bytes(
        path, round_significant(frame).to_csv(index=False, lineterminator="\n").encode()
    )


def round_significant(frame: pd.DataFrame, digits: int = SIGNIFICANT_DIGITS) -> pd.DataFrame:
    """Round the floating-point columns of a frame, so that the last bits of sums do not show.

    Parameters
    ----------
    frame : DataFrame
        The table.
    digits : int, default 9
        Significant digits to keep.

    Returns
    -------
    DataFrame
        A rounded copy.

    Examples
    --------
    >>> round_significant(pd.DataFrame({"x": [0.1 + 0.2, 1 / 3]})).x.tolist()
    [0.3, 0.333333333]
    """
    rounded = frame.copy()
    for column in frame.select_dtypes("floating").columns:
        rounded[column] = [round_digits(value, digits) for value in frame[column]]
    return rounded
