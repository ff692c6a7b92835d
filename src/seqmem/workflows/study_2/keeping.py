"""Keep the databases of sweeps that are not finished, so that another machine goes on with them."""

from __future__ import annotations

import lzma
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.damage import DamagedError
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import (
    CONFIG_FILE,
    COSTS_FILE,
    DATABASE_FILE,
    MANIFEST_FILE,
    RECORDS_FILE,
)
from seqmem.sweeps.storage.larger import earlier_versions
from seqmem.workflows.shipping.collecting import is_done
from seqmem.workflows.study_2.presets import PREFIX

PACKED = f"{DATABASE_FILE}.xz"
_BESIDE = (CONFIG_FILE, MANIFEST_FILE, COSTS_FILE)


def keep_sweeps(runs: Path, kept: Path, records: Path) -> Iterator[str]:
    """Write a compressed copy of the database of each sweep of study 2 in a folder.

    The sweeps may be running: the copy holds all runs that were stored when it was made. Of a sweep
    that is still growing, the smaller ones are kept too, because it takes over their runs one by
    one. Sweeps that ship already are left out.

    Parameters
    ----------
    runs : Path
        Folder that holds the folders of sweeps.
    kept : Path
        Folder for the copies.
    records : Path
        Folder of the shipped records.

    Yields
    ------
    str
        A line for each sweep.

    Raises
    ------
    InputError
        If the folder holds no sweep of study 2.
    """
    databases = sorted(runs.glob(f"{PREFIX}*/{DATABASE_FILE}"))
    if not databases:
        raise InputError(f"{runs}: holds no sweep of study 2")
    for folder in (database.parent for database in databases):
        if _ships(folder, records / folder.name):
            yield f"{folder.name}: ships already, left out"
            continue
        growing = [] if is_done(folder) else earlier_versions(folder)
        size = sum(_pack(one, kept / one.relative_to(runs)) for one in [*growing, folder])
        yield f"{folder.name}: {size / 1e6:.1f} MB"


def restore_sweeps(kept: Path, runs: Path) -> Iterator[str]:
    """Unpack the copies of sweeps that a folder does not hold.

    Parameters
    ----------
    kept : Path
        Folder that `keep_sweeps` wrote.
    runs : Path
        Folder for the folders of sweeps. Those that are there are left as they are.

    Yields
    ------
    str
        A line for each sweep.

    Raises
    ------
    InputError
        If the folder `kept` holds no copy.
    DamagedError
        If a copy is damaged.
    """
    copies = sorted(kept.glob(f"{PREFIX}*/{PACKED}"))
    if not copies:
        raise InputError(f"{kept}: holds no copy of a sweep of study 2")
    for folder in (packed.parent for packed in copies):
        if (runs / folder.name / DATABASE_FILE).exists():
            yield f"{folder.name}: is there already, left as it is"
            continue
        # The sweep itself comes last: a folder with a database holds all that is needed.
        for one in [*earlier_versions(folder), folder]:
            _unpack(one, runs / one.relative_to(kept))
        yield f"{folder.name}: restored; the command that began it goes on with it"


def _ships(folder: Path, shipped: Path) -> bool:
    """Return whether the records of a finished sweep were collected, with as many searches."""
    return (
        (shipped / RECORDS_FILE).exists()
        and (shipped / CONFIG_FILE).read_bytes() == (folder / CONFIG_FILE).read_bytes()
        and is_done(folder)
    )


def _pack(folder: Path, target: Path) -> int:
    """Write the copy of one sweep, and return the bytes of its database."""
    content = lzma.compress(_snapshot(folder / DATABASE_FILE))
    write_bytes(target / PACKED, content)
    for name in _BESIDE:
        if (folder / name).exists():
            write_bytes(target / name, (folder / name).read_bytes())
    return len(content)


def _unpack(folder: Path, target: Path) -> None:
    packed = folder / PACKED
    try:
        content = lzma.decompress(packed.read_bytes())
    except (lzma.LZMAError, EOFError) as error:
        raise DamagedError(f"{packed}: damaged ({error}); restore it from git") from None
    for name in _BESIDE:
        if (folder / name).exists():
            write_bytes(target / name, (folder / name).read_bytes())
    # The database comes last: a folder with a database holds the other files too.
    write_bytes(target / DATABASE_FILE, content)


def _snapshot(database: Path) -> bytes:
    """Return the content of a database, with what its write-ahead log holds."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / DATABASE_FILE
        with (
            closing(sqlite3.connect(f"file:{database.resolve()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("VACUUM")
        return copy.read_bytes()
