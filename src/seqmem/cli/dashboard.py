"""The command ``dashboard``: optuna-dashboard for a copy of a sweep's storage, on this machine.

A dashboard could lock the database of a running sweep, and could delete trials. So it only gets a
copy in a temporary folder, which is made again every few seconds if the storage has changed.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.core.messages import print_message
from seqmem.sweeps.storage.database import (
    LOOPBACK,
    copy_sqlite,
    safe_url,
    sqlite_file,
    sqlite_url,
)
from seqmem.sweeps.storage.file_names import DATABASE_FILE

LARGEST_PORT = 65_535
LONGEST_REFRESH_SECONDS = 1_000_000
# A request that started with one copy may end when the next copy is served.
KEPT_COPIES = 2

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def dashboard_command(
    target: str, /, *, port: WholeNumber = 8080, refresh: WholeNumber = 30
) -> int:
    """Show a copy of a sweep in optuna-dashboard, in a browser on this machine.

    Changes in the dashboard do not affect the sweep.

    Parameters
    ----------
    target
        Folder of a sweep, or storage URL.
    port
        Port on 127.0.0.1; 0 chooses a free one.
    refresh
        Seconds between two copies of the storage.
    """
    if not 0 <= port <= LARGEST_PORT:
        raise InputError(f"--port {port}: must be a number from 0 to {LARGEST_PORT}")
    if not 1 <= refresh <= LONGEST_REFRESH_SECONDS:
        raise InputError(
            f"--refresh {refresh}: must be from 1 to {LONGEST_REFRESH_SECONDS} seconds"
        )
    from seqmem.core.interruption import interruptible

    with (
        interruptible(),
        TemporaryDirectory(prefix="seqmem-dashboard-", ignore_cleanup_errors=True) as folder,
        closing(Mirror(source_of(target), Path(folder))) as mirror,
    ):
        try:
            mirror.refresh()
            with serving(mirror, port) as address:
                print(
                    f"{address} shows a copy of {mirror.name}, renewed every {refresh} s; "
                    "press Ctrl-C to end",
                    flush=True,
                )
                _keep_fresh(mirror, refresh)
        except KeyboardInterrupt:
            print("the dashboard has ended", flush=True)
    return DONE


def source_of(target: str) -> Path | str:
    """Return the SQLite file of a folder or URL, or the URL of a server.

    Parameters
    ----------
    target : str
        Folder of a sweep, or storage URL.

    Raises
    ------
    InputError
        If the file does not exist.
    """
    from seqmem.sweeps.storage.folder import SweepFolder

    if "://" in target:
        path = sqlite_file(target)
        if path is not None and not path.is_file():
            raise InputError(f"storage {safe_url(target)}: no such file")
        return path or target
    folder = SweepFolder(Path(target))
    folder.require()
    if not folder.database.is_file():
        raise InputError(f"{target}: no {DATABASE_FILE}; give the storage URL of the sweep instead")
    return folder.database


class Mirror:
    """A dashboard for the newest copy of a storage, as one WSGI application.

    Parameters
    ----------
    source : Path or str
        SQLite file or URL of a server. It is only read.
    folder : Path
        Folder for the copies.
    """

    def __init__(self, source: Path | str, folder: Path) -> None:
        self.name = str(source) if isinstance(source, Path) else safe_url(source)
        self._source = source
        self._folder = folder
        self._seen: object = None
        self._made = 0
        self._copies: list[Any] = []
        self._application: Application | None = None

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request from the newest copy."""
        assert self._application is not None
        return self._application(environ, start_response)

    def refresh(self) -> bool:
        """Make a new copy if the storage may have changed.

        Returns
        -------
        bool
            Whether a copy was made.

        Raises
        ------
        InputError
            If the storage cannot be read or holds no sweep. The last copy is kept.
        """
        state = _state(self._source)
        if state is not None and state == self._seen:
            return False
        target = self._folder / f"copy-{self._made}.db"
        self._made += 1
        _copy(self._source, target)
        self._application = self._application_over(target)
        self._seen = state
        self._forget(KEPT_COPIES)
        return True

    def close(self) -> None:
        """Close the connections to all copies."""
        self._forget(0)

    def _application_over(self, copy: Path) -> Application:
        storage = _open(sqlite_url(copy), self.name)
        self._copies.append(storage)
        application: Application = _dashboard()(storage)
        return application

    def _forget(self, kept: int) -> None:
        from seqmem.sweeps.storage.backend import close_backend

        while len(self._copies) > kept:
            copy = self._copies.pop(0)
            close_backend(copy)
            Path(copy.engine.url.database).unlink(missing_ok=True)


@contextmanager
def serving(application: Application, port: int) -> Iterator[str]:
    """Serve an application on the loopback address, with one thread per request.

    Parameters
    ----------
    application : callable
        WSGI application.
    port : int
        Port; 0 chooses a free one.

    Yields
    ------
    str
        URL of the application.

    Raises
    ------
    InputError
        If the port cannot be used.
    """
    try:
        server = _Server((LOOPBACK, port), _QuietHandler)
    except OSError as error:
        raise InputError(
            f"--port {port}: {error.strerror}; give another port, or 0 for a free one"
        ) from None
    server.set_app(application)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Print no line for a request."""


def _keep_fresh(mirror: Mirror, seconds: int) -> None:
    while True:
        time.sleep(seconds)
        try:
            mirror.refresh()
        except InputError as error:
            print_message(f"not refreshed: {error}")


def _state(source: Path | str) -> object:
    """Return a value that changes when a SQLite file is written; None for a server."""
    if isinstance(source, str) or not source.is_file():
        return None
    # While a sweep is running, commits go to a log beside the file.
    log = source.with_name(f"{source.name}-wal")
    states = [path.stat() for path in (source, log) if path.exists()]
    return [(state.st_mtime_ns, state.st_size, state.st_ino) for state in states]


def _copy(source: Path | str, target: Path) -> None:
    if isinstance(source, Path):
        copy_sqlite(source, target)
    else:
        copy_optuna_studies(source, target)


def copy_optuna_studies(url: str, target: Path) -> None:
    """Copy all Optuna studies of a storage into a new SQLite file.

    Parameters
    ----------
    url : str
        URL of the storage, which is only read.
    target : Path
        File to write.

    Raises
    ------
    InputError
        If the storage cannot be read or holds no sweep.
    """
    import optuna

    from seqmem.sweeps.storage.backend import Backend, close_backend, storage_errors, stored_values

    source = _open(url, url)
    copy = Backend(sqlite_url(target))
    try:
        with storage_errors(url), stored_values(url):
            for optuna_study in source.get_all_studies():
                optuna.copy_study(
                    from_study_name=optuna_study.study_name, from_storage=source, to_storage=copy
                )
    finally:
        for storage in (source, copy):
            close_backend(storage)


def _open(url: str, shown: str) -> Any:
    """Return the Optuna storage at a URL, opened read-only; messages call it ``shown``.

    Raises
    ------
    InputError
        If the storage cannot be opened or holds no sweep.
    """
    from sqlalchemy.engine import make_url

    from seqmem.sweeps.search.suggestions import silence_optuna
    from seqmem.sweeps.storage.backend import (
        Backend,
        close_backend,
        storage_errors,
        stored_values,
        sweep_names,
    )

    silence_optuna()
    with storage_errors(shown), stored_values(shown):
        options: dict[str, Any] = {}
        if make_url(url).get_backend_name() == "postgresql":
            options = {"connect_args": {"options": "-c default_transaction_read_only=on"}}
        storage = Backend(url, engine_kwargs=options, skip_table_creation=True)
        try:
            if not sweep_names(storage):
                raise InputError(f"storage {safe_url(shown)}: holds no sweep")
        except BaseException:
            close_backend(storage)
            raise
    return storage


def _dashboard() -> Callable[[Any], Any]:
    """Return optuna-dashboard's function that makes an application for a storage.

    Raises
    ------
    InputError
        If optuna-dashboard is not installed.
    """
    try:
        from optuna_dashboard import wsgi
    except ImportError:
        raise InputError(
            "optuna-dashboard is not installed; install it with pip install 'seqmem[dashboard]'"
        ) from None
    make: Callable[[Any], Any] = wsgi
    return make
