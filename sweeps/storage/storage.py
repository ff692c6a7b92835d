"""A sweep in an Optuna storage, which alone decides what has been executed.

One Optuna study is named after the sweep and holds its configuration and environment. Every
search has one Optuna study per role (tune, select, confirm). Its trials hold the outcomes of
their runs as user attributes, one per run, written as they arrive.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import optuna
from optuna.trial import FrozenTrial, TrialState

from seqmem.core.damage import DAMAGE_ERRORS, DamagedError, Damages
from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.search.suggestions import slot_of
from seqmem.sweeps.storage.backend import (
    CONFIG_ATTRIBUTE,
    StorageError,
    close_backend,
    open_backend,
    storage_errors,
    stored_values,
    sweep_names,
)
from seqmem.sweeps.storage.database import (
    enable_fast_commits,
    is_server,
    merge_write_ahead_log,
    safe_url,
    sqlite_file,
)
from seqmem.sweeps.storage.retry import retry_while_away
from seqmem.sweeps.storage.trial_checks import readable_trials, refusing_damages, slot_problem
from seqmem.sweeps.storage.trial_summaries import (
    RUN_PREFIX,
    TrialSummary,
    place_of_trial,
    read_failures,
    read_trial_summaries,
)

RENEW_SECONDS = 2.0
ENVIRONMENT_ATTRIBUTE = "environment"

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _guarded(method: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Make a method of `SweepStorage` retry while a server restarts.

    Other errors of the database become one line that names the storage. An error of the method at
    stored values says that the storage is damaged; one of ``renew`` or ``notify`` stays as it is.
    """

    @wraps(method)
    def wrapped(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        storage: SweepStorage = arguments[0]  # type: ignore[assignment]

        def read() -> _Result:
            with stored_values(storage.url):
                return method(*arguments, **options)

        with storage_errors(storage.url):
            storage.require_file()
            return storage.call_with_retries(read)

    return wrapped


class RunPlace(NamedTuple):
    """Where a run is stored.

    Parameters
    ----------
    key : SearchKey
        Its search.
    role : {"tune", "select", "confirm"}
        Role of its trial.
    trial : int
        Number of its trial within its search and role.
    run : str
        ``"<replicate>:<repeat>"``.
    """

    key: SearchKey
    role: str
    trial: int
    run: str


class FailedRun(NamedTuple):
    """A run that raised an error.

    Parameters
    ----------
    key : SearchKey
        Its search.
    role : {"tune", "select", "confirm"}
        Role of its trial.
    trial : int
        Number of its trial within its search and role.
    run : str
        ``"<replicate>:<repeat>"``.
    traceback : str
        What was raised, or why the run was ended.
    """

    key: SearchKey
    role: str
    trial: int
    run: str
    traceback: str


class SweepStorage:
    """Read and write the trials of one sweep.

    Every write may be repeated, because the answer to a write can be lost with the server.

    Parameters
    ----------
    url : str
        SQLAlchemy URL, for example ``sqlite:///runs/quick/optuna.db``.
    sweep : str
        Name of the sweep.
    read_only : bool
        Create no tables and no Optuna studies.
    renew : callable
        Checks that this launcher's claim on a server still holds, and returns whether it had to
        claim again. It is called every few seconds and after a lost connection.
    notify : callable
        Receives a message when a server stops answering and when it answers again.

    Raises
    ------
    InputError
        If the storage cannot be opened or used. Every method may raise it. The message shows no
        password.
    """

    def __init__(
        self,
        url: str,
        sweep: str,
        *,
        read_only: bool = False,
        renew: Callable[[], bool] = lambda: False,
        notify: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.url = url
        self.sweep = sweep
        self._read_only = read_only
        self._renew = renew
        self._notify = notify
        self._renewed = time.monotonic()
        self._file = sqlite_file(url)
        self._backend = open_backend(url, read_only=read_only)
        self._storage = optuna.storages.get_storage(self._backend)
        self._optuna_studies: dict[str, optuna.Study] = {}
        # What `trials` returned, until this process writes to those trials.
        self._trials: dict[tuple[SearchKey, str], list[FrozenTrial]] = {}

    def require_file(self) -> None:
        """Raise `StorageError` if the SQLite file has vanished, which SQLite does not notice."""
        if self._file is not None and not self._file.exists():
            raise StorageError(f"storage {safe_url(self.url)}: the file has vanished")

    def call_with_retries(self, action: Callable[[], _Result]) -> _Result:
        """Return the result of an action; while a server does not answer, try again.

        Parameters
        ----------
        action : callable
            Reads or writes the storage. It may be called several times.
        """
        if not is_server(self.url):
            return action()

        def claimed() -> _Result:
            if time.monotonic() - self._renewed > RENEW_SECONDS:
                self._claim_again()
                self._renewed = time.monotonic()
            return action()

        def renewed() -> None:
            # The session may still hold the transaction in which the server was lost.
            self._backend.remove_session()
            self._claim_again()

        return retry_while_away(claimed, after_loss=renewed, notify=self._notify)

    def _claim_again(self) -> None:
        if self._renew():
            self._trials.clear()

    @contextmanager
    def fast_commits(self) -> Iterator[None]:
        """Let commits to SQLite not wait for the disk; at the end, leave one database file.

        On a server, nothing changes.
        """
        path = sqlite_file(self.url)
        if path is None:
            yield
            return
        with storage_errors(self.url), stored_values(self.url):
            # A connection that a session holds would keep the old settings.
            self._backend.remove_session()
            enable_fast_commits(self._backend.engine)
        try:
            yield
        finally:
            self.close()
            merge_write_ahead_log(path)

    def close(self) -> None:
        """Close all connections to the storage."""
        close_backend(self._backend)

    @property
    @_guarded
    def exists(self) -> bool:
        """Whether the sweep has been started."""
        return self.sweep in sweep_names(self._backend)

    @_guarded
    def begin(self, config: dict[str, Any], environment_key: str) -> None:
        """Write the environment and then the configuration of a new sweep.

        Parameters
        ----------
        config : dict
            The resolved configuration as plain values. Once it is stored, the sweep exists.
        environment_key : str
            Key of the environment in which the sweep starts.
        """
        optuna_study = self._optuna_study(self.sweep)
        optuna_study.set_user_attr(ENVIRONMENT_ATTRIBUTE, environment_key)
        optuna_study.set_user_attr(CONFIG_ATTRIBUTE, config)

    @property
    @_guarded
    def config(self) -> dict[str, Any]:
        """The resolved configuration with which the sweep was started."""
        config: dict[str, Any] = self._attribute(CONFIG_ATTRIBUTE, dict)
        return config

    @property
    @_guarded
    def environment_key(self) -> str:
        """Key of the environment in which the sweep was started."""
        key: str = self._attribute(ENVIRONMENT_ATTRIBUTE, str)
        return key

    @_guarded
    def trials(self, key: SearchKey, role: str) -> list[FrozenTrial]:
        """Return the trials of a search and role in order, one per slot.

        They are read again after a write of this process, and of no other: no two launchers write
        to one search. The records of all runs would not fit in memory, so finished trials are
        returned without their runs.

        Raises
        ------
        DamagedError
            If a trial cannot be read.
        """
        if (key, role) in self._trials:
            return self._trials[key, role]
        if self._is_missing(key, role):
            return []
        name = self._name(key, role)
        damages = refusing_damages()
        optuna_study = self._optuna_study(name)
        try:
            trials = optuna_study.get_trials(deepcopy=False)
        except DAMAGE_ERRORS:
            # This names the trial.
            readable_trials(self._backend, optuna_study._study_id, name, damages)
            raise
        for trial in trials:
            if trial.state.is_finished():
                for run in runs_of(trial):
                    del trial.user_attrs[RUN_PREFIX + run]
        self._trials[key, role] = _one_per_slot(trials, name, damages)
        return self._trials[key, role]

    @_guarded
    def recorded_trials(
        self, key: SearchKey, role: str, damages: Damages | None = None
    ) -> list[FrozenTrial]:
        """Return the trials of a search and role in order, one per slot, with their runs.

        Parameters
        ----------
        key : SearchKey
            The search.
        role : {"tune", "select", "confirm"}
            The role of the trials.
        damages : Damages, optional
            Meets damaged trials. If absent, they are refused.
        """
        if self._is_missing(key, role):
            return []
        name = self._name(key, role)
        damages = damages or refusing_damages()
        study_id = self._optuna_study(name)._study_id
        try:
            trials = self._backend.get_all_trials(study_id, deepcopy=False)
        except DAMAGE_ERRORS:
            trials = readable_trials(self._backend, study_id, name, damages)
        return _one_per_slot(trials, name, damages)

    @_guarded
    def trial_summaries(
        self, keys: Iterable[SearchKey], role: str
    ) -> dict[SearchKey, list[TrialSummary]]:
        """Return summaries of the trials of several searches in one role."""
        names = {self._name(key, role): key for key in keys}
        summaries = read_trial_summaries(self._backend.engine, list(names))
        return {key: summaries.get(name, []) for name, key in names.items()}

    @_guarded
    def failures(self, keys: Iterable[SearchKey]) -> list[FailedRun]:
        """Return the failed runs of several searches, in the order of roles and trials."""
        places = {self._name(key, role): (key, role) for role in ROLES for key in keys}
        return [
            FailedRun(*places[failure.study], failure.trial, failure.run, failure.traceback)
            for failure in read_failures(self._backend.engine, list(places))
        ]

    @_guarded
    def trial(self, key: SearchKey, role: str, number: int) -> FrozenTrial:
        """Return one trial in its present state."""
        return self._storage.get_trial(self._trial_id(key, role, number))

    @_guarded
    def add(self, key: SearchKey, role: str, trial: FrozenTrial) -> None:
        """Store a suggested trial; trials are numbered in the order in which they are added."""
        self._trials.pop((key, role), None)
        self._optuna_study(self._name(key, role)).add_trial(trial)

    @_guarded
    def write_run(
        self, key: SearchKey, role: str, number: int, run: str, outcome: dict[str, Any]
    ) -> None:
        """Store the outcome of one run with its trial.

        Parameters
        ----------
        key : SearchKey
            The search.
        role : {"tune", "select", "confirm"}
            The role of the trial.
        number : int
            Number of the trial within its search and role.
        run : str
            ``"<replicate>:<repeat>"``.
        outcome : dict
            ``{"record": row}`` or ``{"failure": traceback}``. With a pruner, it may hold the
            costs of earlier courses too, see `seqmem.sweeps.storage.courses`.
        """
        self._trials.pop((key, role), None)
        self._storage.set_trial_user_attr(
            self._trial_id(key, role, number), RUN_PREFIX + run, outcome
        )

    @_guarded
    def report(self, key: SearchKey, role: str, number: int, rung: int, score: float) -> None:
        """Store the score of an unfinished trial at a rung, from 0, as an intermediate value."""
        self._trials.pop((key, role), None)
        with suppress(optuna.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_intermediate_value(
                self._trial_id(key, role, number), rung, score
            )

    @_guarded
    def tell(
        self,
        key: SearchKey,
        role: str,
        number: int,
        value: float | None,
        state: TrialState = TrialState.COMPLETE,
    ) -> None:
        """Finish a trial with its value and state, or mark it failed if the value is None."""
        self._trials.pop((key, role), None)
        state = TrialState.FAIL if value is None else state
        values = None if value is None else [value]
        with suppress(optuna.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_state_values(self._trial_id(key, role, number), state, values)

    def _attribute(self, name: str, kind: type) -> Any:
        """Return an attribute of the sweep.

        Raises
        ------
        DamagedError
            If it is missing or of another kind.
        """
        value = self._optuna_study(self.sweep).user_attrs.get(name)
        if isinstance(value, kind):
            return value
        what = "is missing" if value is None else f"{value!r} has another form"
        raise DamagedError(
            f"storage {safe_url(self.url)}: damaged: attribute {name!r} of the sweep {what}"
        )

    @cached_property
    def _known(self) -> set[str]:
        return set(optuna.get_all_study_names(self._storage))

    def _is_missing(self, key: SearchKey, role: str) -> bool:
        return self._read_only and self._name(key, role) not in self._known

    def _trial_id(self, key: SearchKey, role: str, number: int) -> int:
        study_id = self._optuna_study(self._name(key, role))._study_id
        return self._storage.get_trial_id_from_study_id_trial_number(study_id, number)

    def _name(self, key: SearchKey, role: str) -> str:
        return f"{self.sweep}/{key.name}/{role}"

    def _optuna_study(self, name: str) -> optuna.Study:
        if name not in self._optuna_studies:
            # Suggestions are made elsewhere; this Optuna study only stores trials.
            options: dict[str, Any] = {
                "study_name": name,
                "storage": self._storage,
                "sampler": optuna.samplers.RandomSampler(seed=0),
                "pruner": optuna.pruners.NopPruner(),
            }
            if self._read_only:
                self._optuna_studies[name] = optuna.load_study(**options)
            else:
                self._optuna_studies[name] = optuna.create_study(
                    direction="maximize", load_if_exists=True, **options
                )
        return self._optuna_studies[name]


def _one_per_slot(trials: list[FrozenTrial], name: str, damages: Damages) -> list[FrozenTrial]:
    """Return the first trial of every slot.

    A slot has two trials if a server was lost before it acknowledged the first.
    """
    slots: dict[tuple[int, int], FrozenTrial] = {}
    for trial in trials:
        if problem := slot_problem(trial):
            damages.meet(place_of_trial(trial.number, name), problem)
        else:
            slots.setdefault(slot_of(trial), trial)
    return list(slots.values())


def runs_of(trial: FrozenTrial) -> dict[str, dict[str, Any]]:
    """Return the stored outcomes of a trial.

    Returns
    -------
    dict of {str : dict}
        Keys are runs, ``"<replicate>:<repeat>"``.
    """
    return {
        name.removeprefix(RUN_PREFIX): outcome
        for name, outcome in trial.user_attrs.items()
        if name.startswith(RUN_PREFIX)
    }


def canonical(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration as a storage returns it, after a round trip through JSON."""
    return dict(json.loads(json.dumps(config)))
