"""Copy the records of one finished sweep to the shipped ones, or say how they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from seqmem.analysis.records.loading import load
from seqmem.analysis.records.result_files import write_bytes
from seqmem.sweeps.execution.stored_status import stored_status
from seqmem.sweeps.storage.courses import holds_seconds
from seqmem.sweeps.storage.file_names import CONFIG_FILE, COSTS_FILE, MANIFEST_FILE, RECORDS_FILE
from seqmem.workflows.shipping.agreement import agreement_lines, environment_changes

# The records come last: a folder with records holds the other files too.
FILES = (CONFIG_FILE, MANIFEST_FILE, COSTS_FILE, RECORDS_FILE)


def is_done(folder: Path) -> bool:
    """Return whether no run of a sweep is missing.

    Parameters
    ----------
    folder : Path
        The folder of the sweep.

    Returns
    -------
    bool
        False if the folder holds no sweep.
    """
    status = stored_status(folder)
    return status is not None and status.is_done


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
    try:
        frame = load(folder)
    except FileNotFoundError as error:  # the database came from elsewhere, without the records
        return f"finished, left out: {error}", False
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


def _copy(folder: Path, target: Path, result: str) -> tuple[str, bool]:
    for name in FILES:
        if (folder / name).exists():
            write_bytes(target / name, (folder / name).read_bytes())
    return result, True
