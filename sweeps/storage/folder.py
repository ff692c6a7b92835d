"""The folder of a sweep: its files, the checks before it is used, and the lock of its launcher."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from seqmem.core.atomic import remove_leftovers, replace_file
from seqmem.core.errors import InputError, listed, shorten
from seqmem.study.calibration.table import CostTable, read_table, write_table
from seqmem.study.environment_keys import environments_of
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, Shard
from seqmem.sweeps.config.differences import differences, flatten
from seqmem.sweeps.config.extension import is_growing
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.storage.backend import sweep_names_at
from seqmem.sweeps.storage.database import safe_url, sqlite_file, sqlite_url
from seqmem.sweeps.storage.file_names import (
    CONFIG_FILE,
    COSTS_FILE,
    DATABASE_FILE,
    MANIFEST_FILE,
    RECORDS_FILE,
)
from seqmem.sweeps.storage.manifest import manifest, read_manifest, resumed, write_manifest

# More differences between two sweeps are only counted.
CHANGES_LISTED = 4
# Characters of what was read from data, in a message.
READING_SHOWN = 68
_DATA_KEY = "strings.pieces.data"
_PATH_KEY = "strings.parameters.path"
_LENGTH_KEY = "search.length.high"


class SweepFolder:
    """The files of a sweep.

    They are ``config.toml``, ``manifest.json``, ``optuna.db``, ``runs.parquet`` and ``report/``.
    A budget in calibrated seconds adds ``costs.json``.

    Parameters
    ----------
    path : Path
        The folder, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / CONFIG_FILE
        self.manifest = path / MANIFEST_FILE
        self.database = path / DATABASE_FILE
        self.records = path / RECORDS_FILE
        self.costs = path / COSTS_FILE

    @property
    def storage_url(self) -> str:
        """URL of the SQLite database in the folder."""
        return sqlite_url(self.database)

    def check(self, config: SweepConfig, storage_url: str | None) -> None:
        """Raise `InputError` unless the folder is new or holds this sweep.

        Parameters
        ----------
        config : SweepConfig
            The resolved configuration.
        storage_url : str, optional
            The storage; the database in the folder if absent. A folder that keeps its runs in
            another storage is refused.
        """
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{self.path} is a file; --out names a folder")
        if self.config.exists():
            stored = load_config(self.config)
            self._check_data(stored, config)
            refuse_differences(stored.to_dict(), config.to_dict(), str(self.path))
            self._check_storage(storage_url)
        elif self.database.exists():
            self._check_names(config)
        elif self.path.exists():
            foreign = sorted(
                item.name for item in self.path.iterdir() if not item.name.startswith(".")
            )
            if foreign:
                raise InputError(
                    f"{self.path} holds no sweep but other files ({foreign[0]}, …); "
                    "choose another --out"
                )

    def holds(self, config: SweepConfig) -> bool:
        """Return whether the folder's configuration is that of a sweep.

        Parameters
        ----------
        config : SweepConfig
            The resolved configuration.
        """
        if not self.config.exists():
            return False
        return not differences(load_config(self.config).to_dict(), config.to_dict())

    @contextmanager
    def locked(self, storage_url: str | None) -> Iterator[None]:
        """Create the folder and lock it, and the SQLite database, against other launchers.

        The lock of a launcher that died is free.

        Parameters
        ----------
        storage_url : str, optional
            The storage; the database in the folder if absent.

        Raises
        ------
        InputError
            If another process runs this sweep.
        """
        database = _database_lock(storage_url or self.storage_url)
        with locked_folder(self.path, *([database] if database else [])):
            yield

    def write(
        self,
        config: SweepConfig,
        environment_key: str,
        jobs: int,
        storage_url: str | None,
        shard: Shard = WHOLE_SWEEP,
    ) -> None:
        """Write configuration, cost table and manifest.

        If there is a manifest, the present machine is added to it, and what was read from files
        if it lacks that.

        Parameters
        ----------
        config : SweepConfig
            The resolved configuration.
        environment_key : str
            Joint key of the environments of this process.
        jobs : int
            Runs at a time.
        storage_url : str, optional
            The storage; the database in the folder if absent.
        shard : Shard
            Part of the sweep whose runs the folder's own database is to hold.
        """
        table = config.training.cost_table
        if isinstance(table, CostTable) and not self._holds(table):
            write_table(self.costs, table)
        if not self.config.exists():
            with replace_file(self.config) as file:
                file.write(config.to_toml())
        environments = environments_of(environment_key)
        data = {} if self.has_digest else config.strings.data
        added: dict[str, Any] = {"data": data} if data else {}
        if storage_url is None and not shard.is_whole:
            added["shard"] = str(shard)
        if not self.manifest.exists():
            content = manifest(config, environments, jobs, _storage_name(storage_url))
            write_manifest(self.manifest, content | added)
            return
        content = read_manifest(self.manifest)
        now = resumed(content, environments) | {"jobs": jobs} | added
        if "shard" not in added:
            now.pop("shard", None)
        if now != content:
            write_manifest(self.manifest, now)

    def _holds(self, table: CostTable) -> bool:
        """Return whether the folder has a cost table with its extension.

        A table from before there were extensions gets that of the present table.
        """
        if not self.costs.exists():
            return False
        return table.extension is None or read_table(self.costs).extension is not None

    @property
    def has_digest(self) -> bool:
        """Whether the manifest has a digest of the data that the sweep was begun with."""
        return bool(self._known_data.get("digest"))

    def require(self) -> None:
        """Raise `InputError` if the folder holds no sweep."""
        if not self.config.exists():
            raise InputError(
                f"{self.path}: holds no sweep (no {CONFIG_FILE}); start one with `seqmem sweep`"
            )

    @property
    def _known_data(self) -> dict[str, Any]:
        """What the manifest says about the data that were read; empty if it says nothing."""
        content = read_manifest(self.manifest) if self.manifest.exists() else {}
        return dict(content.get("data", {}))

    def _check_data(self, stored: SweepConfig, config: SweepConfig) -> None:
        """Raise `InputError` if strings come from a file that was read differently before."""
        known = self._known_data
        before = stored.strings.pieces.data if stored.strings.pieces else known.get("digest")
        present = config.strings.data if before else {}
        if present and present.get("digest") != before:
            raise InputError(
                f"other data than before (digest {before} then, {present.get('digest')} now), "
                f"or they are read differently; {self.path} was begun with "
                f"{_changed_readings(known.get('readings', []), present['readings'])}; "
                "choose another --out"
            )

    def _check_names(self, config: SweepConfig) -> None:
        """Raise `InputError` if the database belongs to another sweep.

        A launcher that is killed before it writes the configuration leaves only a database.
        """
        for name in sweep_names_at(self.storage_url):
            if name != config.name:
                raise InputError(
                    f"{self.path} holds another sweep (name: {name}); choose another --out"
                )

    def _check_storage(self, storage_url: str | None) -> None:
        if not self.manifest.exists():
            return
        stored = read_manifest(self.manifest)["storage"]
        given = _storage_name(storage_url)
        if stored != given:
            raise InputError(
                f"{self.path} keeps its runs in {stored}, not in {given}; "
                "give the same --storage as before"
            )


@contextmanager
def locked_folder(
    path: Path, *locks: Path, busy: str = "this sweep is being run by {holder}"
) -> Iterator[None]:
    """Create a folder, lock it against other processes, and remove leftovers of killed ones.

    The system frees the locks of a process that died.

    Parameters
    ----------
    path : Path
        The folder.
    *locks : Path
        Further files to lock.
    busy : str
        The message for a locked folder, where ``{holder}`` stands for the process that holds it.

    Raises
    ------
    InputError
        If another process has locked it, or it cannot be written.
    """
    path.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for lock in (path / ".lock", *locks):
            _acquire(stack, lock, busy)
        remove_leftovers(path)
        yield


def _acquire(stack: ExitStack, lock: Path, busy: str) -> None:
    """Take a lock until the stack is closed, and note this process as its holder."""
    holder = lock.with_name(f"{lock.name}-holder")
    try:
        stack.enter_context(FileLock(lock, timeout=0))
        holder.write_text(
            f"process {os.getpid()} on {socket.gethostname()}, since {_now()}", encoding="utf-8"
        )
    except Timeout:
        state = busy.format(holder=_read_holder(holder))
        raise InputError(f"{lock.parent}: {state}; wait for it or stop it") from None
    except OSError as error:
        raise InputError(f"{lock.parent}: cannot be written: {error.strerror}") from None
    stack.callback(holder.unlink, missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(sep=" ", timespec="seconds")


def _read_holder(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"


def _database_lock(storage_url: str) -> Path | None:
    """Return the lock file beside a SQLite database, or None for a server.

    Links to the database lead to the same lock file.
    """
    path = sqlite_file(storage_url)
    return path.resolve().with_name(f".{path.resolve().name}.lock") if path else None


def refuse_differences(stored: dict[str, Any], given: dict[str, Any], where: str) -> None:
    """Raise `InputError` if two configurations differ.

    Parameters
    ----------
    stored, given : dict
        Configurations as plain values.
    where : str
        Where the first is stored, for the message.

    Raises
    ------
    InputError
        If they differ; the message lists every key with both values.
    """
    changed = differences(stored, given)
    if not any(change.name == _DATA_KEY for change in changed) and _DATA_KEY in flatten(stored):
        # The same data by another path.
        changed = [change for change in changed if change.name != _PATH_KEY]
    if changed:
        changes = [
            f"{name}: {shorten(str(before))} -> {shorten(str(after))}"
            for name, before, after in changed
        ]
        # A growth keeps the range of length, which otherwise follows from all strings.
        decisive = [change for change in changed if change.name != _LENGTH_KEY] or changed
        grow = ", or grow it with --extend" if all(map(is_growing, decisive)) else ""
        raise InputError(
            f"{where} holds another sweep ({listed(changes, CHANGES_LISTED)}); "
            f"choose another --out or name{grow}"
        )


def _changed_readings(before: Sequence[str], now: Sequence[str]) -> str:
    """Return what was read then and what is read now, if that is known and differs."""
    then, present = "; ".join(before), "; ".join(now)
    if not then or then == present:
        return "the first"
    return f"{shorten(then, READING_SHOWN)}; now {shorten(present, READING_SHOWN)}"


def _storage_name(storage_url: str | None) -> str:
    return DATABASE_FILE if storage_url is None else safe_url(storage_url)
