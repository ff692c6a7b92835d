"""Open and close the Optuna storage at a URL; errors name the storage in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import optuna
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from seqmem.core.damage import DAMAGE_ERRORS, DamagedError, described
from seqmem.core.errors import InputError
from seqmem.sweeps.search.suggestions import silence_optuna
from seqmem.sweeps.storage.database import (
    BUSY_TIMEOUT_SECONDS,
    SERVER_OPTIONS,
    parse_url,
    safe_url,
    sqlite_file,
)
from seqmem.sweeps.storage.trial_checks import unreadable_attribute

# The Optuna study that is named after a sweep holds its configuration under this key.
CONFIG_ATTRIBUTE = "config"
VERSION_TABLES = ("version_info", "alembic_version")
DRIVER_HINT = "PostgreSQL needs the extra `distributed`"


class StorageError(InputError):
    """A storage cannot be used: it is missing, locked, unreadable or does not answer."""


class Backend(optuna.storages.RDBStorage):
    """Optuna's database storage, which closes its connections if it cannot be opened."""

    def __init__(self, url: str, **options: Any) -> None:
        try:
            super().__init__(url, **options)
        except BaseException:
            if hasattr(self, "scoped_session"):
                close_backend(self)
            raise


def open_backend(url: str, *, read_only: bool = False) -> optuna.storages.RDBStorage:
    """Return the Optuna storage at a URL, without Optuna's cache.

    Parameters
    ----------
    url : str
        SQLAlchemy URL.
    read_only : bool
        Do not create the tables.

    Raises
    ------
    InputError
        If the URL is not valid, or no usable database answers there.
    """
    silence_optuna()
    path = sqlite_file(url)
    if path is not None and read_only and not path.exists():
        raise StorageError(f"storage {safe_url(url)}: no such file")
    if path is not None and read_only and _lacks_version(path):
        raise DamagedError(f"storage {safe_url(url)}: damaged: a table with the version is empty")
    with storage_errors(url), stored_values(url):
        arguments = SERVER_OPTIONS if path is None else {"timeout": BUSY_TIMEOUT_SECONDS}
        options = {"connect_args": arguments}
        return Backend(url, engine_kwargs=options, skip_table_creation=read_only)


def _lacks_version(path: Path) -> bool:
    """Return whether a SQLite file lacks a version of Optuna, which Optuna would then write."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            return any(
                connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
                for table in VERSION_TABLES
            )
    except sqlite3.Error:
        return False


def close_backend(backend: optuna.storages.RDBStorage) -> None:
    """Close the connections of a storage, including the one that this thread's session holds."""
    backend.remove_session()
    backend.engine.dispose()


@contextmanager
def opened(url: str, *, read_only: bool = False) -> Iterator[optuna.storages.RDBStorage]:
    """Open the storage at a URL like `open_backend`, and close its connections at the end."""
    backend = open_backend(url, read_only=read_only)
    try:
        yield backend
    finally:
        close_backend(backend)


def check_storage(url: str) -> None:
    """Raise `InputError` if no storage can be opened at a URL.

    A SQLite file is neither created nor opened.
    """
    path = sqlite_file(url)
    if path is not None:
        if not path.parent.is_dir():
            raise InputError(
                f"storage {safe_url(url)}: cannot be used: unable to open database file"
            )
        return
    with storage_errors(url), stored_values(url):
        engine = create_engine(parse_url(url), poolclass=NullPool)
        engine.connect().close()


def sweep_names_at(url: str, *, read_only: bool = False) -> list[str]:
    """Return the sorted names of the sweeps at a URL, and close all connections."""
    with opened(url, read_only=read_only) as backend:
        return sweep_names(backend)


def sweep_names(storage: optuna.storages.RDBStorage) -> list[str]:
    """Return the sorted names of the sweeps whose configuration a storage holds.

    Raises
    ------
    DamagedError
        If an attribute of a sweep cannot be read.
    """
    try:
        optuna_studies = storage.get_all_studies()
    except DAMAGE_ERRORS as error:
        problem = unreadable_attribute(storage.engine) or described(error)
        where = safe_url(storage.url)
        raise DamagedError(f"storage {where}: damaged: {problem}") from error
    return sorted(
        optuna_study.study_name
        for optuna_study in optuna_studies
        if CONFIG_ATTRIBUTE in optuna_study.user_attrs
    )


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn errors of the database layers into one line that names the storage, but no password.

    Raises
    ------
    StorageError
        In place of an error of Optuna, SQLAlchemy, the driver or the file system.
    """
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        raise StorageError(
            f"storage {safe_url(url)}: driver missing: {error}; {DRIVER_HINT}"
        ) from None
    except (
        SQLAlchemyError,
        optuna.exceptions.StorageInternalError,
        RuntimeError,
        OSError,
    ) as error:
        has_cause = isinstance(error, optuna.exceptions.StorageInternalError)
        cause = error.__cause__ if has_cause else error
        message = str(getattr(cause, "orig", None) or cause).strip() or type(error).__name__
        reason = message.splitlines()[0]
        raise StorageError(f"storage {safe_url(url)}: cannot be used: {reason}") from None


@contextmanager
def stored_values(url: str) -> Iterator[None]:
    """Turn errors at values that a storage holds into one line that names it.

    Only what reads a storage belongs inside: an error of other code is no damage.

    Raises
    ------
    DamagedError
        In place of an error of `DAMAGE_ERRORS`, which is its cause.
    """
    try:
        yield
    except InputError:
        raise
    except DAMAGE_ERRORS as error:
        raise DamagedError(f"storage {safe_url(url)}: damaged: {described(error)}") from error
