"""The folder of a sweep is given to a larger sweep; the smaller one is kept in a folder in it."""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

from seqmem.core.atomic import replace_file
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.database import copy_sqlite, merge_write_ahead_log, sqlite_url
from seqmem.sweeps.storage.file_names import (
    CONFIG_FILE,
    COSTS_FILE,
    DATABASE_FILE,
    MANIFEST_FILE,
    RECORDS_FILE,
)
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.opening import open_sweep
from seqmem.sweeps.storage.storage import SweepStorage, canonical

EARLIER = "before-"
_KEPT = (CONFIG_FILE, MANIFEST_FILE, RECORDS_FILE, COSTS_FILE, "comparison.json")


def earlier_versions(folder: Path) -> list[Path]:
    """Return the folders of the smaller sweeps that a sweep was grown from, the oldest first.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.

    Examples
    --------
    >>> earlier_versions(Path("nowhere"))
    []
    """
    kept = {
        number: path
        for path in folder.glob(f"{EARLIER}*")
        if (number := _number(path)) is not None and path.is_dir()
    }
    return [kept[number] for number in sorted(kept)]


def _number(path: Path) -> int | None:
    """Return the number in the name of a kept folder; None if it has another name."""
    before, _, number = path.name.partition(EARLIER)
    return int(number) if not before and number.isdecimal() else None


def is_earlier_version(target: str) -> bool:
    """Return whether a folder is that of a smaller sweep, kept in the folder of a larger one.

    Examples
    --------
    >>> is_earlier_version("runs/mine/before-2"), is_earlier_version("runs/mine")
    (True, False)
    """
    return "://" not in target and _number(Path(target)) is not None


def replace_by_larger(
    folder: SweepFolder, config: SweepConfig, environment_key: str
) -> Path | None:
    """Give the folder of a sweep to a larger one. The smaller one is kept in ``before-N`` in it.

    The folder must be locked. If the process is killed, the folder holds the smaller sweep, or the
    same call goes on where it was. The database is replaced in one transaction.

    Parameters
    ----------
    folder : SweepFolder
        The folder.
    config : SweepConfig
        The resolved configuration of the larger sweep.
    environment_key : str
        Key of the environment in which the larger sweep starts.

    Returns
    -------
    Path or None
        Folder of the smaller sweep; None if the folder held the larger one already.
    """
    given = config.to_dict()
    kept = None
    merge_write_ahead_log(folder.database)
    if _stored_config(folder) != canonical(given):
        kept = _keep(folder)
        _replace_database(folder, config, environment_key)
    elif folder.holds(config):
        return None
    # What describes the smaller sweep. The launcher writes another manifest.
    folder.manifest.unlink(missing_ok=True)
    folder.records.unlink(missing_ok=True)
    with replace_file(folder.config) as file:
        file.write(config.to_toml())
    return kept


def _stored_config(folder: SweepFolder) -> dict[str, Any]:
    _, storage = open_sweep(str(folder.path))
    with closing(storage):
        return storage.config


def _keep(folder: SweepFolder) -> Path:
    """Copy the sweep in a folder into a new folder in it."""
    earlier = earlier_versions(folder.path)
    # A process that was killed after this step has kept the same sweep already.
    if earlier and _is_same_file(earlier[-1] / CONFIG_FILE, folder.config):
        shutil.rmtree(earlier[-1])
        earlier.pop()
    number = (_number(earlier[-1]) or 0) + 1 if earlier else 1
    kept = folder.path / f"{EARLIER}{number}"
    unfinished = folder.path / f".{kept.name}.part"
    unfinished.mkdir()
    for name in _KEPT:
        if (folder.path / name).exists():
            shutil.copy2(folder.path / name, unfinished / name)
    copy_sqlite(folder.database, unfinished / DATABASE_FILE)
    unfinished.rename(kept)
    return kept


def _is_same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.read_bytes() == other.read_bytes()


def _replace_database(folder: SweepFolder, config: SweepConfig, environment_key: str) -> None:
    """Put an empty storage of the larger sweep in place of the database."""
    aside = folder.path / f".{DATABASE_FILE}.part"
    with closing(SweepStorage(sqlite_url(aside), config.name)) as storage:
        storage.begin(canonical(config.to_dict()), environment_key)
    copy_sqlite(aside, folder.database)
    aside.unlink()
