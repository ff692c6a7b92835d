"""SQLite for one launcher: quick commits that outlive it, and one plain file when it is done."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

BUSY_TIMEOUT_SECONDS = 60
NETWORKS = {
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


def hasten(engine: Engine) -> None:
    """Let commits not wait for the disk: a write-ahead log, synchronized when it is written back.

    Every commit outlives the process, however it ends. A power cut may undo the last ones, never part of one; their
    runs are then missing and executed again. The log needs memory that all readers share: on a file system that other
    machines see as well, SQLite keeps its old way.
    """
    if is_shared(Path(str(engine.url.database))):
        return

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    engine.dispose()


def is_shared(path: Path) -> bool:
    """Whether a file lies on a network file system, as far as the system tells."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    resolved, found = path.resolve(), (0, "")
    for line in lines:
        mount, kind = line.split()[4], line.partition(" - ")[2].split()[0]
        if resolved.is_relative_to(mount):
            found = max(found, (len(mount), kind))
    return found[1] in NETWORKS


def settle(path: Path) -> None:
    """Put everything back into the one file, so that it can be copied and read from a read-only folder.

    Another process that reads it may prevent that; nothing is lost then.
    """
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        return
