"""The repository of an editable installation, which holds the shipped records."""

from __future__ import annotations

from pathlib import Path

from seqmem.core.errors import InputError

ROOT = Path(__file__).parents[4]
STUDY_1 = ROOT / "results" / "study-1"


def shipped_records(records: Path | None = None) -> Path:
    """Return the folder of the records of study 1.

    Parameters
    ----------
    records : Path, optional
        A folder; that of the repository if absent.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If none is given and the package was not installed from a checkout of the repository.
    """
    if records is None and not STUDY_1.is_dir():
        raise InputError(
            "the records of study 1 are not in the installed package; "
            "give a folder, or use a checkout of the repository"
        )
    return STUDY_1 if records is None else records
