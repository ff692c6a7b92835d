"""Take the records of finished sweeps into those that ship with the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from seqmem.analysis.records.loading import load
from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.study.record import TIMES
from seqmem.sweeps.storage.file_names import CONFIG_FILE, COSTS_FILE, MANIFEST_FILE, RECORDS_FILE
from seqmem.workflows.paper.agreement import agreement_lines, environment_changes
from seqmem.workflows.paper.contents import TIMINGS, TIMINGS_FOLDER
from seqmem.workflows.paper.sweeps import is_done, sweeps_of_the_study

# The records last: where they are, the others are.
FILES = (CONFIG_FILE, MANIFEST_FILE, COSTS_FILE, RECORDS_FILE)


def collect_study(runs: Path, shipped: Path) -> Iterator[tuple[str, bool]]:
    """Copy every finished sweep of the study, and the timings, from `runs` into `shipped`.

    Yields a line for each, and whether it is there whole. Records that equal the shipped ones in everything but the
    times that they took are left as they are, and so are timings: no two are equal. Records made under another
    environment key than the shipped ones are compared with them and never replace them, since equal numbers are
    promised within one key only; the line says how far both agree, in further lines.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not runs.is_dir():
        raise InputError(f"{runs}: no such folder; 'python -m seqmem.cli.paper run' makes it")
    for _, name in sweeps_of_the_study():
        words, is_there = _collect(runs / name, shipped / name)
        yield f"{name}: {words}", is_there
    words, is_there = _collect_timings(runs / TIMINGS_FOLDER, shipped / TIMINGS_FOLDER)
    yield f"{TIMINGS_FOLDER}: {words}", is_there


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
    shared = set(first) & set(second)
    return [name for name in columns if name not in shared or not _equal(first[name], second[name])]


def _equal(first: pd.Series, second: pd.Series) -> bool:
    """Whether two columns are equal to the last bit, lists in them too; what is missing equals what is missing."""
    return all(_same(one, other) for one, other in zip(first, second, strict=True))


def _same(one: object, other: object) -> bool:
    if isinstance(one, (np.ndarray, list)) and isinstance(other, (np.ndarray, list)):
        return bool(np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f"))
    return bool(one == other) or bool(pd.isna(one) and pd.isna(other))


def _collect(folder: Path, target: Path) -> tuple[str, bool]:
    if not is_done(folder):
        return "not run" if not folder.exists() else "not finished, left out", False
    frame = load(folder)
    words = f"{len(frame)} runs"
    if not (target / RECORDS_FILE).exists():
        return _copy(folder, target, f"{words}, new")
    shipped = load(target)
    changes = environment_changes(frame, shipped)
    if changes:
        kept = f"{words} of another environment ({', '.join(changes)}): the shipped ones are kept"
        return "\n  ".join([kept, *agreement_lines(frame, shipped)]), True
    differing = different_columns(frame, shipped)
    if not differing:
        return f"{words}, equal to the shipped ones", True
    return _copy(
        folder, target, f"{words}, different from the shipped ones in {', '.join(differing)}"
    )


def _collect_timings(folder: Path, target: Path) -> tuple[str, bool]:
    if (target / TIMINGS).exists():
        return "the shipped timings are kept; remove them to take others", True
    if not (folder / TIMINGS).exists():
        return "not run", False
    write_bytes(target / TIMINGS, (folder / TIMINGS).read_bytes())
    return "timings, new", True


def _copy(folder: Path, target: Path, words: str) -> tuple[str, bool]:
    for name in FILES:
        if (folder / name).exists():
            write_bytes(target / name, (folder / name).read_bytes())
    return words, True
