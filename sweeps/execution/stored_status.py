"""The state of a sweep that a folder holds, if it holds one."""

from contextlib import closing
from pathlib import Path

from seqmem.sweeps.execution.status import Status, read_status
from seqmem.sweeps.storage.file_names import DATABASE_FILE
from seqmem.sweeps.storage.opening import open_sweep


def stored_status(folder: Path) -> Status | None:
    """Return the status of the sweep in a folder; None if the folder holds no database.

    Parameters
    ----------
    folder : Path
        The folder of the sweep, which need not exist.

    Raises
    ------
    InputError
        If the database holds no sweep, or several.

    Examples
    --------
    >>> stored_status(Path("nowhere")) is None
    True
    """
    if not (folder / DATABASE_FILE).exists():
        return None
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage)
