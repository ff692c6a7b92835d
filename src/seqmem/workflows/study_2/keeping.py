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
from seqmem.sweeps.storage.file_names import CONFIG_FILE, COSTS_FILE, DATABASE_FILE, MANIFEST_FILE
from seqmem.workflows.study_2.presets import PREFIX

PACKED = f"{DATABASE_FILE}.xz"
_BESIDE = (CONFIG_FILE, MANIFEST_FILE, COSTS_FILE)


def keep_sweeps(runs: Path, kept: Path) -> Iterator[str]:
    """Write a compressed copy of the database of each sweep of study 2 in a folder.

    The sweeps may be running: the copy holds all runs that were stored when it was made.

    Parameters
    ----------
    runs : Path
        Folder that holds the folders of sweeps.
    kept : Path
        Folder for the copies.

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
    for database in databases:
        target = kept / database.parent.name
        content = lzma.compress(_snapshot(database))
        write_bytes(target / PACKED, content)
        for name in _BESIDE:
            if (database.parent / name).exists():
                write_bytes(target / name, (database.parent / name).read_bytes())
        yield f"{target.name}: {len(content) / 1e6:.1f} MB"


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
    for packed in copies:
        target = runs / packed.parent.name
        if (target / DATABASE_FILE).exists():
            yield f"{target.name}: is there already, left as it is"
            continue
        try:
            content = lzma.decompress(packed.read_bytes())
        except (lzma.LZMAError, EOFError) as error:
            raise DamagedError(f"{packed}: damaged ({error}); restore it from git") from None
        for name in _BESIDE:
            if (packed.parent / name).exists():
                write_bytes(target / name, (packed.parent / name).read_bytes())
        # The database comes last: a folder with a database holds the other files too.
        write_bytes(target / DATABASE_FILE, content)
        yield f"{target.name}: restored; the command that began it goes on with it"


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
