"""Locks of launchers that share a PostgreSQL server.

No launcher executes the runs of another one, and only one of them creates the tables. The locks
are PostgreSQL's advisory locks. They belong to a connection, so the locks of a launcher that died
are free at once.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from seqmem.core.errors import InputError
from seqmem.core.seeding import derive_seed
from seqmem.sweeps.config.conditions import LARGEST_SHARD_COUNT, Shard
from seqmem.sweeps.storage.database import SERVER_OPTIONS

LONGEST_NAME = 63
GATE = 0
HELD = """
    SELECT objid, coalesce(application_name, 'another process'), locks.pid
    FROM pg_locks AS locks LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND locks.pid <> pg_backend_pid()
      AND classid::bigint = :sweep AND objid::bigint <> :number
      AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class ServerLock:
    """The claim of a launcher on one shard of a sweep, held by a separate connection.

    Parameters
    ----------
    url : str
        URL of a PostgreSQL database.
    sweep : str
        Name of the sweep.
    shard : Shard
        Part of the sweep that this launcher executes.
    """

    def __init__(self, url: str, sweep: str, shard: Shard) -> None:
        name = f"seqmem {socket.gethostname()} {os.getpid()}"[:LONGEST_NAME]
        options = SERVER_OPTIONS | {"application_name": name}
        self._engine = create_engine(
            url, poolclass=NullPool, connect_args=options, isolation_level="AUTOCOMMIT"
        )
        self._sweep = sweep
        self._shard = shard
        self._connection: Connection | None = None
        self._is_claimed = False

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Let all other launchers of the sweep wait until the block ends."""
        self._ask("SELECT pg_advisory_lock(:sweep, :number)", number=GATE)
        try:
            yield
        finally:
            self._ask("SELECT pg_advisory_unlock(:sweep, :number)", number=GATE)

    def claim(self) -> None:
        """Claim the shard; call it inside the gate.

        Raises
        ------
        InputError
            If another launcher runs this shard, or a shard of a division into another number.
        """
        for shard, holder in self._held():
            if shard.count != self._shard.count or shard.index == self._shard.index:
                part = "sweep" if shard.is_whole else f"shard {shard} of sweep"
                again = (
                    ""
                    if shard == self._shard
                    else f"; {_name(self._shard)} would do some of its work again"
                )
                raise InputError(
                    f"{part} {self._sweep!r} is being run by {holder}{again}; "
                    "wait for it or stop it"
                )
        ((self._is_claimed,),) = self._ask(
            "SELECT pg_try_advisory_lock(:sweep, :number)", number=_number(self._shard)
        )
        if not self._is_claimed:
            raise InputError(
                f"shard {self._shard} of sweep {self._sweep!r} is being run by another launcher"
            )

    def renew(self) -> bool:
        """Claim the shard again if the connection that held it was lost.

        The server frees a lock together with its connection.

        Returns
        -------
        bool
            Whether it was lost, so that another launcher may have worked meanwhile.

        Raises
        ------
        InputError
            If another launcher has claimed the shard meanwhile.
        """
        if self._is_claimed and self._answers():
            return False
        self.release()
        with self.gate():
            self.claim()
        return True

    def release(self) -> None:
        """Free all locks and close the connection."""
        self._is_claimed = False
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _answers(self) -> bool:
        try:
            self._ask("SELECT :sweep")
        except DBAPIError:
            return False
        return True

    def _held(self) -> list[tuple[Shard, str]]:
        """Return the shards that other launchers have claimed, with a name of each launcher."""
        rows = self._ask(HELD, number=GATE)
        return [
            (_shard(int(number)), f"{name} (server process {pid})") for number, name, pid in rows
        ]

    def _ask(self, statement: str, **values: int) -> list[Any]:
        if self._connection is None:
            self._connection = self._engine.connect()
        key = derive_seed("sweep", self._sweep) % 2**31
        return list(self._connection.execute(text(statement), {"sweep": key, **values}))


def _number(shard: Shard) -> int:
    """Return the number of a shard, from 1, among the shards of all counts."""
    return (shard.count - 1) * LARGEST_SHARD_COUNT + shard.index


def _shard(number: int) -> Shard:
    count, index = divmod(number - 1, LARGEST_SHARD_COUNT)
    return Shard(index + 1, count + 1)


def _name(shard: Shard) -> str:
    return "a launcher without --shard" if shard.is_whole else f"--shard {shard}"
