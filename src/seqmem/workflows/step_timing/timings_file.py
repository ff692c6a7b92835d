"""Time cells and write the timings to a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.progress import Progress, Silent
from seqmem.study.engine import resolve_engine
from seqmem.workflows.step_timing.measurement import TimedCells, measure_timings

if TYPE_CHECKING:
    import pandas as pd

TIMINGS_SUFFIXES = (".csv", ".parquet")


def chosen_engines(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the engines to time, each once.

    Parameters
    ----------
    names : sequence of str
        Names of engines; if empty, the installed engines that have the cells.
    cells : sequence of str
        Names of cells.

    Returns
    -------
    list of str
        Names of engines; "auto" is resolved.

    Raises
    ------
    InputError
        If an engine is unknown, is not installed, or lacks a cell.

    Examples
    --------
    >>> chosen_engines(["torch", "torch"], ["gru"])
    ['torch']
    """
    wanted = names or ("auto", "torch")
    return list(dict.fromkeys(resolve_engine(name, "cpu", cells) for name in wanted))


def write_timings(
    wanted: Sequence[TimedCells], processes: int, out: Path, progress: Progress | None = None
) -> pd.DataFrame:
    """Time cells in several processes, write the timings to a file, and return them.

    Parameters
    ----------
    wanted : sequence of TimedCells
        As `plan_timings` returns them.
    processes : int
        How often everything is timed, each time in a process of its own.
    out : Path
        File to write, .csv or .parquet.
    progress : Progress, optional
        Where progress is shown; nowhere if absent.

    Returns
    -------
    pandas.DataFrame
        As `measure_timings` returns it.

    Raises
    ------
    InputError
        If the file cannot be written. It is opened before anything is timed.
    WorkerDied
        If a process that is timed ends before it is done.
    """
    progress = progress or Silent()
    with replace_file(out, "wb") as file:
        progress.start(len(wanted) * processes, 0)
        try:
            frame = measure_timings(wanted, processes, advance=lambda: progress.advance(""))
        finally:
            progress.stop()
        file.write(encoded(frame, out.suffix))
    return frame


def check_timings_file(out: Path) -> None:
    """Raise `InputError` if the suffix of a file for timings is unknown.

    Parameters
    ----------
    out : Path
        File to write.

    Raises
    ------
    InputError
        If it ends in neither .csv nor .parquet.
    """
    if out.suffix not in TIMINGS_SUFFIXES:
        raise InputError(f"--out {out}: give a name that ends in {' or '.join(TIMINGS_SUFFIXES)}")


def encoded(frame: pd.DataFrame, suffix: str) -> bytes:
    """Return timings as the content of a file that ends in .csv or .parquet."""
    if suffix == ".csv":
        return str(frame.to_csv(index=False, lineterminator="\n")).encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
