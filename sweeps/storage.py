"""The sweep in an Optuna storage: the only truth about what was run.

One Optuna study named after the sweep holds its configuration and environment. Every search has
one Optuna study per role (tune, select, confirm), whose trials hold their runs as user attributes,
one per run, written as they arrive.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from generators.errors import InputError
from sweeps.conditions import SearchKey
from sweeps.quiet import quiet_optuna

CONFIG, ENVIRONMENT = "config", "environment"
RUN_PREFIX = "run:"

P = ParamSpec("P")
R = TypeVar("R")
SQLITE_TIMEOUT_SECONDS = 60


def _explained(method: Callable[P, R]) -> Callable[P, R]:
    """Let a method of `SweepStorage` fail with one line that names the storage."""

    @wraps(method)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> R:
        with storage_errors(arguments[0].url):  # type: ignore[attr-defined]
            return method(*arguments, **options)

    return wrapped


class SweepStorage:
    """All reading and writing of one sweep's trials.

    Parameters
    ----------
    url : str
        SQLAlchemy URL, for example ``sqlite:///runs/quick/optuna.db``.
    sweep : str
        The sweep's name.
    read_only : bool
        Make nothing: no tables and no Optuna studies.

    Raises
    ------
    InputError
        If the storage cannot be opened or used, here and in every method; passwords are not shown.
    """

    def __init__(self, url: str, sweep: str, *, read_only: bool = False) -> None:
        self.url, self.sweep, self._read_only = url, sweep, read_only
        self._storage = open_storage(url, read_only=read_only)
        self._studies: dict[str, optuna.Study] = {}

    @property
    @_explained
    def exists(self) -> bool:
        """Whether the sweep has been started."""
        return self.sweep in sweep_names(self._storage)

    @_explained
    def begin(self, config: dict[str, Any], environment_key: str) -> None:
        """Write the environment and the configuration of a new sweep; the configuration last."""
        optuna_study = self._study(self.sweep)
        optuna_study.set_user_attr(ENVIRONMENT, environment_key)
        optuna_study.set_user_attr(CONFIG, config)

    @property
    @_explained
    def config(self) -> dict[str, Any]:
        """The resolved configuration the sweep was started with."""
        return dict(self._study(self.sweep).user_attrs[CONFIG])

    @property
    @_explained
    def environment_key(self) -> str:
        """The environment the sweep was started in."""
        return str(self._study(self.sweep).user_attrs[ENVIRONMENT])

    @_explained
    def trials(self, key: SearchKey, role: str) -> list[FrozenTrial]:
        """Return the trials of a search and role in the order of their numbers."""
        if self._read_only and self._name(key, role) not in self._known:
            return []
        return self._study(self._name(key, role)).get_trials(deepcopy=False)

    @_explained
    def trial(self, key: SearchKey, role: str, number: int) -> FrozenTrial:
        """Return one trial as it is stored now."""
        return self._storage.get_trial(self._trial_id(key, role, number))

    @_explained
    def add(self, key: SearchKey, role: str, trial: FrozenTrial) -> None:
        """Store a suggested trial; its number is its place in the order of adding."""
        self._study(self._name(key, role)).add_trial(trial)

    @_explained
    def write_run(self, key: SearchKey, role: str, number: int, run: str, outcome: dict[str, Any]) -> None:
        """Store the outcome of one run with its trial."""
        self._storage.set_trial_user_attr(self._trial_id(key, role, number), RUN_PREFIX + run, outcome)

    @_explained
    def tell(self, key: SearchKey, role: str, number: int, value: float | None) -> None:
        """Finish a trial with its value, or as failed if there is none."""
        optuna_study = self._study(self._name(key, role))
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        optuna_study.tell(number, value, state=state)

    @cached_property
    def _known(self) -> set[str]:
        return set(optuna.get_all_study_names(self._storage))

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
                self._studies[name] = optuna.create_study(direction="maximize", load_if_exists=True, **options)
        return self._studies[name]


def runs_of(trial: FrozenTrial) -> dict[str, dict[str, Any]]:
    """Return the stored outcomes of a trial by run, ``"<replicate>:<repeat>"``."""
    return {
        name.removeprefix(RUN_PREFIX): outcome
        for name, outcome in trial.user_attrs.items()
        if name.startswith(RUN_PREFIX)
    }


def open_storage(url: str, *, read_only: bool = False) -> optuna.storages.BaseStorage:
    """Return the Optuna storage at a URL; its tables are created unless it is only to be read.

    Raises
    ------
    InputError
        If the URL is not one, or nothing usable answers there.
    """
    quiet_optuna()
    with storage_errors(url):
        options: dict[str, Any] = {}
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _check_file(parsed, url, must_exist=read_only)
            options = {"connect_args": {"timeout": SQLITE_TIMEOUT_SECONDS}}
        backend = optuna.storages.RDBStorage(url, engine_kwargs=options, skip_table_creation=read_only)
        return optuna.storages.get_storage(backend)


def check_storage(url: str) -> None:
    """Raise `InputError` if no storage can be had at a URL; a SQLite file is not made yet, nor opened."""
    path = sqlite_file(url)
    if path is None:
        open_storage(url)
    elif not path.parent.is_dir():
        raise InputError(f"storage {safe_url(url)}: cannot be used: unable to open database file")


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for another kind of storage."""
    with storage_errors(url):
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return None
        _check_file(parsed, url, must_exist=False)
        return Path(str(parsed.database))


def _check_file(parsed: URL, url: str, must_exist: bool) -> None:
    """Raise `InputError` for a SQLite database in memory, or a missing one that is to be read."""
    if not parsed.database or parsed.database == ":memory:":
        raise InputError(f"storage {safe_url(url)}: is in memory and could not be resumed; name a file")
    if must_exist and not Path(parsed.database).exists():
        raise InputError(f"storage {safe_url(url)}: no such file")


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
    except ArgumentError:
        raise InputError(f"storage {safe_url(url)}: not a URL; example: sqlite:///runs/quick/optuna.db") from None
    except ImportError as error:
        raise InputError(f"storage {safe_url(url)}: driver missing: {error}") from None
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, RuntimeError, OSError) as error:
        cause = error.__cause__ if isinstance(error, optuna.exceptions.StorageInternalError) else error
        reason = (str(getattr(cause, "orig", None) or cause).strip() or type(error).__name__).splitlines()[0]
        raise InputError(f"storage {safe_url(url)}: cannot be used: {reason}") from None


def safe_url(url: str) -> str:
    """Return the URL without its password; what is no URL is not repeated beyond its scheme."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return repr(url) if "@" not in url else "'***'"


def canonical(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration as it comes back from a storage."""
    return dict(json.loads(json.dumps(config)))
