"""The sweep in an Optuna storage: the only truth about what was run.

One Optuna study named after the sweep holds its configuration and environment. Every search has
one Optuna study per role (tune, select, confirm), whose trials hold their runs as user attributes,
one per run, written as they arrive.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeVar

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.search.optuna_logging import silence_optuna
from seqmem.sweeps.search.suggestions import slot_of
from seqmem.sweeps.storage import sqlite
from seqmem.sweeps.storage.retry import retry_while_away
from seqmem.sweeps.storage.trial_summaries import RUN_PREFIX, TrialSummary, read_trial_summaries
from seqmem.sweeps.storage.url import SERVER_OPTIONS, is_server, parse_url, safe_url, sqlite_file

RENEW_SECONDS = 2.0
CONFIG, ENVIRONMENT = "config", "environment"
DRIVER_HINT = "PostgreSQL needs the extra `distributed`"

P = ParamSpec("P")
R = TypeVar("R")


def _guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Let a method of `SweepStorage` outlast a server that restarts, and fail with one line that names the storage."""

    @wraps(method)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> R:
        storage: SweepStorage = arguments[0]  # type: ignore[assignment]
        with storage_errors(storage.url):
            return storage.retry_while_away(lambda: method(*arguments, **options))

    return wrapped


class SweepStorage:
    """All reading and writing of one sweep's trials.

    Whatever is written may be written twice, so that a write whose answer got lost can be repeated.

    Parameters
    ----------
    url : str
        SQLAlchemy URL, for example ``sqlite:///runs/quick/optuna.db``.
    sweep : str
        The sweep's name.
    read_only : bool
        Make nothing: no tables and no Optuna studies.
    renew : callable
        Makes sure that this launcher's claim on a server still holds; called every few seconds and after a loss.
    notify : callable
        Told that a server was lost, and that it is back.

    Raises
    ------
    InputError
        If the storage cannot be opened or used, here and in every method; passwords are not shown.
    """

    def __init__(
        self,
        url: str,
        sweep: str,
        *,
        read_only: bool = False,
        renew: Callable[[], None] = lambda: None,
        notify: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.url, self.sweep, self._read_only = url, sweep, read_only
        self._renew, self._notify = renew, notify
        self._renewed = time.monotonic()
        self._backend = open_backend(url, read_only=read_only)
        self._storage = optuna.storages.get_storage(self._backend)
        self._studies: dict[str, optuna.Study] = {}

    def retry_while_away(self, action: Callable[[], R]) -> R:
        """Return what an action on the storage returns; a server that is away for a while is waited for."""
        if not is_server(self.url):
            return action()

        def claimed() -> R:
            if time.monotonic() - self._renewed > RENEW_SECONDS:
                self._renew()
                self._renewed = time.monotonic()
            return action()

        return retry_while_away(claimed, after_loss=self._renew, notify=self._notify)

    @contextmanager
    def hastened(self) -> Iterator[None]:
        """Let commits to SQLite not wait for the disk meanwhile; of the storage, one file is left."""
        path = sqlite_file(self.url)
        if path is None:
            yield
            return
        with storage_errors(self.url):
            # Only connections that no session holds are closed and made anew.
            self._backend.remove_session()
            sqlite.hasten(self._backend.engine)
        try:
            yield
        finally:
            self.close()
            sqlite.settle(path)

    def close(self) -> None:
        """Let go of the storage."""
        close_backend(self._backend)

    @property
    @_guarded
    def exists(self) -> bool:
        """Whether the sweep has been started."""
        return self.sweep in sweep_names(self._storage)

    @_guarded
    def begin(self, config: dict[str, Any], environment_key: str) -> None:
        """Write the environment and the configuration of a new sweep; the configuration last."""
        optuna_study = self._study(self.sweep)
        optuna_study.set_user_attr(ENVIRONMENT, environment_key)
        optuna_study.set_user_attr(CONFIG, config)

    @property
    @_guarded
    def config(self) -> dict[str, Any]:
        """The resolved configuration the sweep was started with."""
        return dict(self._study(self.sweep).user_attrs[CONFIG])

    @property
    @_guarded
    def environment_key(self) -> str:
        """The environment the sweep was started in."""
        return str(self._study(self.sweep).user_attrs[ENVIRONMENT])

    @_guarded
    def trials(self, key: SearchKey, role: str) -> list[FrozenTrial]:
        """Return the trials of a search and role in order, one for each slot; finished ones without their runs.

        They are kept for the next call: with what the runs recorded, they would not fit in memory.
        """
        if self._is_missing(key, role):
            return []
        found = self._study(self._name(key, role)).get_trials(deepcopy=False)
        for trial in found:
            if trial.state.is_finished():
                for run in runs_of(trial):
                    del trial.user_attrs[RUN_PREFIX + run]
        return _one_per_slot(found)

    @_guarded
    def recorded_trials(self, key: SearchKey, role: str) -> list[FrozenTrial]:
        """Return the trials of a search and role in order, one for each slot, with their runs."""
        if self._is_missing(key, role):
            return []
        study_id = self._study(self._name(key, role))._study_id
        return _one_per_slot(self._backend.get_all_trials(study_id, deepcopy=False))

    @_guarded
    def trial_summaries(
        self, keys: Iterable[SearchKey], role: str
    ) -> dict[SearchKey, list[TrialSummary]]:
        """Return what the trials of searches in a role came to, without their records."""
        names = {self._name(key, role): key for key in keys}
        found = read_trial_summaries(self._backend.engine, list(names))
        return {key: found.get(name, []) for name, key in names.items()}

    @_guarded
    def trial(self, key: SearchKey, role: str, number: int) -> FrozenTrial:
        """Return one trial as it is stored now."""
        return self._storage.get_trial(self._trial_id(key, role, number))

    @_guarded
    def add(self, key: SearchKey, role: str, trial: FrozenTrial) -> None:
        """Store a suggested trial; its number is its place in the order of adding."""
        self._study(self._name(key, role)).add_trial(trial)

    @_guarded
    def write_run(
        self, key: SearchKey, role: str, number: int, run: str, outcome: dict[str, Any]
    ) -> None:
        """Store the outcome of one run with its trial."""
        self._storage.set_trial_user_attr(
            self._trial_id(key, role, number), RUN_PREFIX + run, outcome
        )

    @_guarded
    def tell(self, key: SearchKey, role: str, number: int, value: float | None) -> None:
        """Finish a trial with its value, or as failed if there is none."""
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        values = None if value is None else [value]
        with suppress(optuna.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_state_values(self._trial_id(key, role, number), state, values)

    @cached_property
    def _known(self) -> set[str]:
        return set(optuna.get_all_study_names(self._storage))

    def _is_missing(self, key: SearchKey, role: str) -> bool:
        return self._read_only and self._name(key, role) not in self._known

    def _trial_id(self, key: SearchKey, role: str, number: int) -> int:
        study_id = self._study(self._name(key, role))._study_id
        return self._storage.get_trial_id_from_study_id_trial_number(study_id, number)

    def _name(self, key: SearchKey, role: str) -> str:
        return f"{self.sweep}/{key.name}/{role}"

    def _study(self, name: str) -> optuna.Study:
        if name not in self._studies:
            # Suggestions come from elsewhere: this Optuna study only stores.
            options: dict[str, Any] = {
                "study_name": name,
                "storage": self._storage,
                "sampler": optuna.samplers.RandomSampler(seed=0),
                "pruner": optuna.pruners.NopPruner(),
            }
            if self._read_only:
                self._studies[name] = optuna.load_study(**options)
            else:
                self._studies[name] = optuna.create_study(
                    direction="maximize", load_if_exists=True, **options
                )
        return self._studies[name]


def _one_per_slot(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the first trial of every slot: there is another only if a server was lost before it acknowledged it."""
    slots: dict[tuple[int, int], FrozenTrial] = {}
    for trial in trials:
        slots.setdefault(slot_of(trial), trial)
    return list(slots.values())


def runs_of(trial: FrozenTrial) -> dict[str, dict[str, Any]]:
    """Return the stored outcomes of a trial by run, ``"<replicate>:<repeat>"``."""
    return {
        name.removeprefix(RUN_PREFIX): outcome
        for name, outcome in trial.user_attrs.items()
        if name.startswith(RUN_PREFIX)
    }


class Backend(optuna.storages.RDBStorage):
    """Optuna's storage, which leaves no connection open where none can be made."""

    def __init__(self, url: str, **options: Any) -> None:
        try:
            super().__init__(url, **options)
        except BaseException:
            if hasattr(self, "scoped_session"):
                close_backend(self)
            raise


def open_backend(url: str, *, read_only: bool = False) -> optuna.storages.RDBStorage:
    """Return the Optuna storage at a URL, without its cache; its tables are created unless it is only to be read.

    Raises
    ------
    InputError
        If the URL is not one, or nothing usable answers there.
    """
    silence_optuna()
    path = sqlite_file(url)
    if path is not None and read_only and not path.exists():
        raise InputError(f"storage {safe_url(url)}: no such file")
    with storage_errors(url):
        options = {
            "connect_args": SERVER_OPTIONS
            if path is None
            else {"timeout": sqlite.BUSY_TIMEOUT_SECONDS}
        }
        return Backend(url, engine_kwargs=options, skip_table_creation=read_only)


def check_storage(url: str) -> None:
    """Raise `InputError` if no storage can be had at a URL; a SQLite file is not made yet, nor opened."""
    path = sqlite_file(url)
    if path is not None:
        if not path.parent.is_dir():
            raise InputError(
                f"storage {safe_url(url)}: cannot be used: unable to open database file"
            )
        return
    with storage_errors(url):
        engine = create_engine(parse_url(url), poolclass=NullPool)
        engine.connect().close()


def sweep_names_at(url: str, *, read_only: bool = False) -> list[str]:
    """Return the names of the sweeps at a URL, and leave no connection open."""
    with opened(url, read_only=read_only) as backend:
        return sweep_names(backend)


@contextmanager
def opened(url: str, *, read_only: bool = False) -> Iterator[optuna.storages.RDBStorage]:
    """Open the storage at a URL, see `open_backend`, and leave no connection open."""
    backend = open_backend(url, read_only=read_only)
    try:
        yield backend
    finally:
        close_backend(backend)


def close_backend(backend: optuna.storages.RDBStorage) -> None:
    """Close a storage's connections, also the one that the session of this thread holds."""
    backend.remove_session()
    backend.engine.dispose()


def sweep_names(storage: optuna.storages.BaseStorage) -> list[str]:
    """Return the names of the sweeps whose configuration a storage holds."""
    studies = storage.get_all_studies()
    return sorted(study.study_name for study in studies if CONFIG in study.user_attrs)


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn what database layers raise into one line that names the storage and no password."""
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        raise InputError(
            f"storage {safe_url(url)}: driver missing: {error}; {DRIVER_HINT}"
        ) from None
    except (
        SQLAlchemyError,
        optuna.exceptions.StorageInternalError,
        RuntimeError,
        OSError,
    ) as error:
        cause = (
            error.__cause__ if isinstance(error, optuna.exceptions.StorageInternalError) else error
        )
        reason = (
            str(getattr(cause, "orig", None) or cause).strip() or type(error).__name__
        ).splitlines()[0]
        raise InputError(f"storage {safe_url(url)}: cannot be used: {reason}") from None


def canonical(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration as it comes back from a storage."""
    return dict(json.loads(json.dumps(config)))
