"""The repository that an editable installation comes from: the shipped records are there, not in the package."""

from __future__ import annotations

from pathlib import Path

from seqmem.core.errors import InputError

ROOT = Path(__file__).parents[4]
STUDY_1 = ROOT / "results" / "study-1"


def shipped_records(records: Path | None = None) -> Path:
    """Return the folder of the records of study 1: the given one, or the repository's.

    Raises
    ------
    InputError
        If none is given and the package was not installed from a checkout of the repository.
    """
    if records is None and not STUDY_1.is_dir():
        raise InputError(
            "the records of study 1 are not in the installed package; give a folder, or use a checkout"
        )
    return STUDY_1 if records is None else records
