"""Checks of files that a user names for output."""

from pathlib import Path

from seqmem.core.errors import InputError


def check_output_file(out: Path | None) -> None:
    """Raise `InputError` if the folder of an output file does not exist.

    A misspelt path would otherwise make folders.

    Parameters
    ----------
    out : path, optional
        The file, if the user named one.

    Examples
    --------
    >>> check_output_file(Path("nowhere/runs.parquet"))
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: --out nowhere/runs.parquet: no folder nowhere; make it first
    """
    if out is not None and not out.parent.is_dir():
        raise InputError(f"--out {out}: no folder {out.parent}; make it first")
