"""Copy the records of study 1 to the records that ship with the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.workflows.paper.contents import TIMINGS_FILE, TIMINGS_FOLDER
from seqmem.workflows.paper.sweeps import study_1_sweeps
from seqmem.workflows.shipping.collecting import collect_sweep


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


def _collect_timings(folder: Path, target: Path) -> tuple[str, bool]:
    if (target / TIMINGS_FILE).exists():
        return "the shipped timings are kept; remove them to collect others", True
    if not (folder / TIMINGS_FILE).exists():
        return "not run", False
    write_bytes(target / TIMINGS_FILE, (folder / TIMINGS_FILE).read_bytes())
    return "timings, new", True
