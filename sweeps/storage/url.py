"""Storage URLs: what they name, and how they are shown. A password is never shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from seqmem.core.errors import InputError

EXAMPLES = "sqlite:///runs/quick/optuna.db or postgresql+psycopg://user@host/database"
LOOPBACK = "127.0.0.1"
ESCAPES = "in a password, @ is written %40, : %3A and / %2F"
# A connection that went dead is noticed within a minute, not when TCP gives up after a quarter of an hour.
SERVER_OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
SQLITE, POSTGRESQL = "sqlite", "postgresql+psycopg"


def parse_url(url: str) -> URL:
    """Return a storage URL taken apart.

    Raises
    ------
    InputError
        If it is not a URL, of a storage that a sweep cannot use, or of a database in memory.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError(
            f"storage {safe_url(url)}: not a URL; examples: {EXAMPLES}; {ESCAPES}"
        ) from None
    if "@" in (parsed.host or ""):
        raise InputError(f"storage '***': not a URL; {ESCAPES}")
    backend = parsed.get_backend_name()
    if backend == "postgresql" and parsed.drivername != POSTGRESQL:
        # Without a driver's name, it depends on the version of SQLAlchemy which one is meant.
        raise InputError(f"storage {safe_url(url)}: PostgreSQL is reached as {POSTGRESQL}://…")
    if backend not in (SQLITE, "postgresql"):
        raise InputError(
            f"storage {safe_url(url)}: neither SQLite nor PostgreSQL; examples: {EXAMPLES}"
        )
    if backend == SQLITE and (not parsed.database or parsed.database == ":memory:"):
        raise InputError(
            f"storage {safe_url(url)}: is in memory and could not be resumed; name a file"
        )
    return parsed


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for another kind of storage."""
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == SQLITE else None


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file.

    >>> sqlite_url(Path("runs/quick/optuna.db"))
    'sqlite:///runs/quick/optuna.db'
    """
    return URL.create(SQLITE, database=str(path)).render_as_string()


def is_server(url: str) -> bool:
    """Whether a storage is a server that several launchers may use at once.

    >>> is_server("sqlite:///runs/quick/optuna.db"), is_server("postgresql+psycopg://me@localhost/sweeps")
    (False, True)
    """
    return sqlite_file(url) is None


def safe_url(url: str) -> str:
    """Return the URL without its password and options; what is no URL is not repeated if it may hold one.

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
