"""Copy the records of finished sweeps to the records that ship with the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from seqmem.analysis.records.loading import load
from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.courses import holds_seconds
from seqmem.sweeps.storage.file_names import CONFIG_FILE, COSTS_FILE, MANIFEST_FILE, RECORDS_FILE
from seqmem.workflows.paper.agreement import agreement_lines, environment_changes
from seqmem.workflows.paper.contents import TIMINGS_FILE, TIMINGS_FOLDER
from seqmem.workflows.paper.sweeps import is_done, study_1_sweeps

# The records come last: a folder with records holds the other files too.
FILES = (CONFIG_FILE, MANIFEST_FILE, COSTS_FILE, RECORDS_FILE)


def collect_study_1(runs: Path, shipped: Path) -> Iterator[tuple[str, bool]]:
    """Copy every finished sweep of study 1, and the timings, to the shipped records.

    Records stay as they are if they equal the shipped ones in everything but the times of the runs.
    Timings always stay, because no two are equal. Records made under another environment key never
    replace shipped ones, because equal numbers are promised within one key only. They are compared
    instead, and further lines say how far they agree.

    Parameters
    ----------
    runs : Path
        Folder that holds the folders of sweeps.
    shipped : Path
        Folder of the shipped records.

    Yields
    ------
    tuple of (str, bool)
        A line for each sweep, and whether its records are shipped completely.

    Raises
    ------
    InputError
        If the folder `runs` does not exist.
    """
    if not runs.is_dir():
        raise InputError(f"{runs}: no such folder; 'python -m seqmem.cli.paper run' makes it")
    for _, name in study_1_sweeps():
        result, is_complete = collect_sweep(runs / name, shipped / name)
        yield f"{name}: {result}", is_complete
    result, is_complete = _collect_timings(runs / TIMINGS_FOLDER, shipped / TIMINGS_FOLDER)
    yield f"{TIMINGS_FOLDER}: {result}", is_complete


def different_columns(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    """Return the columns in which two sets of records differ, except the times of the runs.

    Parameters
    ----------
    first : pandas.DataFrame
        Records, one row per run.
    second : pandas.DataFrame
        Records, one row per run.

    Returns
    -------
    list of str
        Names of columns; "rows" if the numbers of rows differ.

    Examples
    --------
    >>> different_columns(pd.DataFrame({"steps": [1, 2]}), pd.DataFrame({"steps": [1, 3]}))
    ['steps']
    """
    if len(first) != len(second):
        return ["rows"]
    columns = [name for name in dict.fromkeys([*first, *second]) if not holds_seconds(name)]
    shared = set(first) & set(second)
    return [name for name in columns if name not in shared or not _equal(first[name], second[name])]


def _equal(first: pd.Series, second: pd.Series) -> bool:
    """Return whether two columns are equal to the last bit, lists and missing values included."""
    return all(_same(one, other) for one, other in zip(first, second, strict=True))


def _same(one: object, other: object) -> bool:
    if isinstance(one, (np.ndarray, list)) and isinstance(other, (np.ndarray, list)):
        return bool(np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f"))
    return bool(one == other) or bool(pd.isna(one) and pd.isna(other))


def collect_sweep(folder: Path, target: Path) -> tuple[str, bool]:
    """Copy a finished sweep to the shipped records.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.
    target : Path
        Folder of its shipped records.

    Returns
    -------
    tuple of (str, bool)
        What was done, and whether the records are shipped completely.
    """
    if not is_done(folder):
        return "not run" if not folder.exists() else "not finished, left out", False
    frame = load(folder)
    count = f"{len(frame)} runs"
    if not (target / RECORDS_FILE).exists():
        return _copy(folder, target, f"{count}, new")
    shipped = load(target)
    changes = environment_changes(frame, shipped)
    if changes:
        kept = f"{count} of another environment ({', '.join(changes)}): the shipped ones are kept"
        return "\n  ".join([kept, *agreement_lines(frame, shipped)]), True
    columns = different_columns(frame, shipped)
    if not columns:
        return f"{count}, equal to the shipped ones", True
    different = f"{count}, different from the shipped ones in {', '.join(columns)}"
    return _copy(folder, target, different)


def _collect_timings(folder: Path, target: Path) -> tuple[str, bool]:
    if (target / TIMINGS_FILE).exists():
        return "the shipped timings are kept; remove them to collect others", True
    if not (folder / TIMINGS_FILE).exists():
        return "not run", False
    write_bytes(target / TIMINGS_FILE, (folder / TIMINGS_FILE).read_bytes())
    return "timings, new", True


def _copy(folder: Path, target: Path, result: str) -> tuple[str, bool]:
    for name in FILES:
        if (folder / name).exists():
            write_bytes(target / name, (folder / name).read_bytes())
    return result, True
