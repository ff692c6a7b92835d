"""A PostgreSQL server of the tests' own: on loopback, with passwords, in a temporary folder."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.waiting import PATIENCE_SECONDS

USER = "researcher"
PASSWORD = "p@ss/word:1"
WAITING = ("-w", "-t", int(PATIENCE_SECONDS))


class Server:
    """A server that can be stopped and started again.

    If this user is root, another user runs it. Pytest's temporary folders are closed to other
    users, so the server has a separate folder.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._programs = programs()
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = folder = Path(tempfile.mkdtemp(prefix="seqmem-postgres-"))
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(folder, self._user)
            shutil.chown(secret, self._user)
        self._run(
            "initdb",
            "-D",
            folder / "data",
            "-A",
            "scram-sha-256",
            "-U",
            USER,
            "--pwfile",
            secret,
            "-N",
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=off"
        self._run(
            "pg_ctl",
            "-D",
            self.folder / "data",
            *WAITING,
            "-l",
            self.folder / "log",
            "-o",
            options,
            "start",
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is as if it had crashed."""
        self._run("pg_ctl", "-D", self.folder / "data", *WAITING, "-m", mode, "stop")

    def remove(self) -> None:
        """Stop the server and remove everything."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def new_database(self, name: str) -> str:
        """Make a database and return its storage URL."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://{USER}:p%40ss%2Fword%3A1@127.0.0.1:{self.port}/{name}"

    def address(self, database: str) -> str:
        """Return where a database is, as psycopg wants it."""
        return f"host=127.0.0.1 port={self.port} dbname={database} user={USER} password={PASSWORD}"

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, arguments)],
            check=True,
            user=self._user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
        )


def programs() -> Path:
    """Return the folder of the server's programs; skip the test if there is none."""
    initdb = shutil.which("initdb")
    folders = (
        [Path(initdb).parent]
        if initdb
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return pytest.skip("no PostgreSQL server is installed (Debian's package is called postgresql)")


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
