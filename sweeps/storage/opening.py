"""Open a sweep that was started, by its folder or by the URL of its storage."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.file_names import DATABASE_FILE

if TYPE_CHECKING:
    from seqmem.sweeps.storage.storage import SweepStorage


def open_sweep(target: str, name: str | None = None) -> "tuple[SweepConfig, SweepStorage]":
    """Return the configuration and the storage of a sweep; the storage is read only.

    Parameters
    ----------
    target : str
        Folder of the sweep, or URL of its storage.
    name : str, optional
        Name of the sweep. Only needed if the storage holds several.

    Returns
    -------
    tuple of (SweepConfig, SweepStorage)
        The caller closes the storage.

    Raises
    ------
    InputError
        If no sweep of this name is there, or several are there and no name is given.
    """
    from seqmem.sweeps.storage.backend import storage_errors, stored_values, sweep_names_at
    from seqmem.sweeps.storage.database import safe_url
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.sweeps.storage.storage import SweepStorage

    if "://" in target:
        url = target
    else:
        folder = SweepFolder(Path(target))
        folder.require()
        if not folder.database.exists():
            raise InputError(
                f"{target}: no {DATABASE_FILE}; give the storage URL of the sweep instead"
            )
        url = folder.storage_url
    with storage_errors(url), stored_values(url):
        names = sweep_names_at(url, read_only=True)
    if not names:
        raise InputError(f"storage {safe_url(url)}: holds no sweep")
    listed = ", ".join(names)
    if name is None and len(names) != 1:
        raise InputError(f"storage {safe_url(url)}: give --name; sweeps there: {listed}")
    if name is not None and name not in names:
        raise InputError(f"storage {safe_url(url)}: no sweep {name!r}; sweeps there: {listed}")
    with ExitStack() as stack:
        storage = SweepStorage(url, name or names[0], read_only=True)
        stack.callback(storage.close)
        config = validate(SweepConfig, storage.config, safe_url(url), stored=True)
        stack.pop_all()
        return config, storage
