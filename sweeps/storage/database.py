"""The database behind a storage URL: how it is named and shown, and SQLite's settings.

A password is never shown.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from seqmem.core.errors import InputError

URL_EXAMPLES = "sqlite:///runs/quick/optuna.db or postgresql+psycopg://user@host/database"
URL_ESCAPES = "in a password, write @ as %40, : as %3A and / as %2F"
LOOPBACK = "127.0.0.1"
SQLITE = "sqlite"
POSTGRESQL = "postgresql+psycopg"
# A dead connection is noticed within a minute; TCP alone would take a quarter of an hour.
SERVER_OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# How long SQLite waits for another process to release the database.
BUSY_TIMEOUT_SECONDS = 60
NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "fuse.sshfs",
    "gfs2",
    "glusterfs",
    "fuse.glusterfs",
    "gpfs",
    "lustre",
    "ocfs2",
    "panfs",
    "pvfs2",
}


def parse_url(url: str) -> URL:
    """Return the parts of a storage URL.

    Raises
    ------
    InputError
        If it is not a URL, names a database that a sweep cannot use, or a database in memory.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError(
            f"storage {safe_url(url)}: not a URL; examples: {URL_EXAMPLES}; {URL_ESCAPES}"
        ) from None
    if "@" in (parsed.host or ""):
        raise InputError(f"storage '***': not a URL; {URL_ESCAPES}")
    backend = parsed.get_backend_name()
    if backend == "postgresql" and parsed.drivername != POSTGRESQL:
        # Without a driver's name, the version of SQLAlchemy decides which driver is used.
        raise InputError(f"storage {safe_url(url)}: write PostgreSQL URLs as {POSTGRESQL}://…")
    if backend not in (SQLITE, "postgresql"):
        raise InputError(
            f"storage {safe_url(url)}: neither SQLite nor PostgreSQL; examples: {URL_EXAMPLES}"
        )
    if backend == SQLITE and (not parsed.database or parsed.database == ":memory:"):
        raise InputError(
            f"storage {safe_url(url)}: a database in memory cannot be resumed; name a file"
        )
    return parsed


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for a server.

    Examples
    --------
    >>> sqlite_file("sqlite:///runs/quick/optuna.db").name
    'optuna.db'
    """
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == SQLITE else None


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file.

    Examples
    --------
    >>> sqlite_url(Path("runs/quick/optuna.db"))
    'sqlite:///runs/quick/optuna.db'
    """
    return URL.create(SQLITE, database=str(path)).render_as_string()


def is_server(url: str) -> bool:
    """Return whether a storage is a server, which several launchers may use at once.

    Examples
    --------
    >>> is_server("sqlite:///runs/quick/optuna.db")
    False
    >>> is_server("postgresql+psycopg://me@localhost/sweeps")
    True
    """
    return sqlite_file(url) is None


def safe_url(url: str) -> str:
    """Return a URL without its password and options.

    A text that is not a URL is replaced by asterisks if it may contain a password.

    Examples
    --------
    >>> safe_url("postgresql+psycopg://me:secret@localhost/sweeps?password=secret")
    'postgresql+psycopg://me:***@localhost/sweeps'
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return repr(url) if not {"@", "="} & set(url) else "'***'"
    if "@" in (parsed.host or ""):
        return "'***'"
    if parsed.get_backend_name() != SQLITE:
        parsed = parsed.set(query={})
    return parsed.render_as_string(hide_password=True)


def enable_fast_commits(engine: Engine) -> None:
    """Make SQLite commit to a write-ahead log without waiting for the disk.

    Every commit survives the end of the process, also a kill. A power cut may undo the last
    commits, but never part of one; their runs are then missing and are executed again. The log
    needs memory that all readers share. On a network file system SQLite keeps its default.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Engine of a SQLite file. Its pooled connections are closed.
    """
    if is_on_network(Path(str(engine.url.database))):
        return

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    engine.dispose()


def is_on_network(path: Path) -> bool:
    """Return whether a file lies on a network file system, as far as Linux reports it."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    resolved = path.resolve()
    innermost = (0, "")
    for line in lines:
        mount = line.split()[4]
        file_system = line.partition(" - ")[2].split()[0]
        if resolved.is_relative_to(mount):
            innermost = max(innermost, (len(mount), file_system))
    return innermost[1] in NETWORK_FILE_SYSTEMS


def merge_write_ahead_log(path: Path) -> None:
    """Move the write-ahead log back into the SQLite file.

    The file can then be copied, and read from a read-only folder. A process that still reads it
    may prevent this; no data are lost then.
    """
    if not path.exists():
        # SQLite would make an empty file.
        return
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        return


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the state of a SQLite database at one moment, also while another process writes.

    Parameters
    ----------
    source : Path
        The database; opened read-only.
    target : Path
        File to write. What it holds is replaced in one transaction.

    Raises
    ------
    InputError
        If the database cannot be read.
    """
    url = f"{source.resolve().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(url, uri=True, timeout=BUSY_TIMEOUT_SECONDS)) as live,
            closing(sqlite3.connect(target, timeout=BUSY_TIMEOUT_SECONDS)) as copy,
        ):
            live.backup(copy)
    except sqlite3.Error as error:
        unfinished = source.with_name(f"{source.name}-journal").exists()
        advice = (
            "; a killed launcher left an unfinished write: start the sweep again"
            if unfinished
            else ""
        )
        raise InputError(f"{source}: cannot be read: {error}{advice}") from None
