"""Open the storage of a sweep that was started, from its folder or from the storage's URL."""

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
    """Return configuration and storage of a sweep, from its folder or its storage's URL.

    Raises
    ------
    InputError
        If there is no sweep, or several and no name says which.
    """
    from seqmem.sweeps.storage.backend import storage_errors, sweep_names_at
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
                f"{target}: no {DATABASE_FILE}; give the storage URL the sweep was started with"
            )
        url = folder.storage_url
    with storage_errors(url):
        names = sweep_names_at(url, read_only=True)
    found = ", ".join(names) or "none"
    if name is None and len(names) != 1:
        raise InputError(f"storage {safe_url(url)}: give --name; sweeps there: {found}")
    if name is not None and name not in names:
        raise InputError(f"storage {safe_url(url)}: no sweep {name!r}; sweeps there: {found}")
    with ExitStack() as stack:
        storage = SweepStorage(url, name or names[0], read_only=True)
        stack.callback(storage.close)
        config = validate(SweepConfig, storage.config, safe_url(url))
        stack.pop_all()
        return config, storage
