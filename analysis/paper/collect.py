"""Take the records of finished sweeps into those that ship with the project."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd

from analysis.records import MANIFEST, RECORDS, STUDY_FILE, load
from analysis.sources import TIMINGS
from study.record import TIMES
from sweeps.cli import open_sweep
from sweeps.status import read_status

FILES = (RECORDS, STUDY_FILE, MANIFEST, "costs.json", *TIMINGS)


def collect(runs: Path, shipped: Path) -> Iterator[str]:
    """Copy every sweep in `runs` that is done, and timings, into `shipped`; yield a line for each of them.

    Records that equal the shipped ones in everything but the times that they took are left as they are.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    for folder in sorted(path for path in runs.iterdir() if path.is_dir()):
        yield f"{folder.name}: {_collect(folder, shipped / folder.name)}"


def _collect(folder: Path, target: Path) -> str:
    if not (folder / RECORDS).exists():
        if not any((folder / name).exists() for name in TIMINGS):
            return "no records"
        return _copy(folder, target, "timings")
    if not _is_done(folder):
        return "not finished, left out"
    frame = load(folder)
    words = f"{len(frame)} runs"
    if not (target / RECORDS).exists():
        return _copy(folder, target, f"{words}, new")
    differing = different_columns(frame, load(target))
    if not differing:
        return f"{words}, equal to the shipped ones"
    return _copy(folder, target, f"{words}, different from the shipped ones in {', '.join(differing)}")


def different_columns(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    """The columns in which two bodies of records differ, but for the times that runs took; "rows" if their numbers do.

    Examples
    --------
    >>> different_columns(pd.DataFrame({"steps": [1, 2]}), pd.DataFrame({"steps": [1, 3]}))
    ['steps']
    """
    if len(first) != len(second):
        return ["rows"]
    columns = [name for name in dict.fromkeys([*first, *second]) if name not in TIMES]
    return [
        name for name in columns if name not in first or name not in second or not _equal(first[name], second[name])
    ]


def _equal(first: pd.Series, second: pd.Series) -> bool:
    """Whether two columns are equal, lists in them too."""
    return bool(first.astype(str).reset_index(drop=True).equals(second.astype(str).reset_index(drop=True)))


def _is_done(folder: Path) -> bool:
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage).is_done


def _copy(folder: Path, target: Path, words: str) -> str:
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if (folder / name).exists():
            shutil.copyfile(folder / name, target / name)
    return words
