"""The sweep in an Optuna storage: the only truth about what was run.

One Optuna study named after the sweep holds its configuration and environment. Every search has
one Optuna study per role (tune, select, confirm), whose trials hold their runs as user attributes,
one per run, written as they arrive.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from generators.errors import InputError
from sweeps.conditions import SearchKey

CONFIG, ENVIRONMENT = "config", "environment"
RUN_PREFIX = "run:"
SQLITE_TIMEOUT_SECONDS = 60


class SweepStorage:
    """All reading and writing of one sweep's trials.

    Parameters
    ----------
    url : str
        SQLAlchemy URL, for example ``sqlite:///runs/quick/optuna.db``.
    sweep : str
        The sweep's name.

    Raises
    ------
    InputError
        If the storage cannot be opened or read; passwords are not shown.
    """

    def __init__(self, url: str, sweep: str) -> None:
        quiet_optuna()
        self.url, self.sweep = url, sweep
        self._storage = open_storage(url)
        self._studies: dict[str, optuna.Study] = {}

    @property
    def exists(self) -> bool:
        """Whether the sweep has been started."""
        return self.sweep in sweep_names(self._storage)

    def begin(self, config: dict[str, Any], environment_key: str) -> None:
        """Write the configuration and environment of a new sweep."""
        optuna_study = self._study(self.sweep)
        optuna_study.set_user_attr(ENVIRONMENT, environment_key)
        optuna_study.set_user_attr(CONFIG, config)

    @property
    def config(self) -> dict[str, Any]:
        """The resolved configuration the sweep was started with."""
        return dict(self._attributes()[CONFIG])

    @property
    def environment_key(self) -> str:
        """The environment the sweep was started in."""
        return str(self._attributes()[ENVIRONMENT])

    def trials(self, key: SearchKey, role: str) -> list[FrozenTrial]:
        """Return the trials of a search and role in the order of their numbers."""
        return self._study(self._name(key, role)).get_trials(deepcopy=False)

    def trial(self, key: SearchKey, role: str, number: int) -> FrozenTrial:
        """Return one trial as it is stored now."""
        return self._storage.get_trial(self._trial_id(key, role, number))

    def add(self, key: SearchKey, role: str, trial: FrozenTrial) -> None:
        """Store a suggested trial; its number is its place in the order of adding."""
        self._study(self._name(key, role)).add_trial(trial)

    def write_run(self, key: SearchKey, role: str, number: int, run: str, outcome: dict[str, Any]) -> None:
        """Store the outcome of one run with its trial."""
        self._storage.set_trial_user_attr(self._trial_id(key, role, number), RUN_PREFIX + run, outcome)

    def tell(self, key: SearchKey, role: str, number: int, value: float | None) -> None:
        """Finish a trial with its value, or as failed if there is none."""
        optuna_study = self._study(self._name(key, role))
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        optuna_study.tell(number, value, state=state)

    def _trial_id(self, key: SearchKey, role: str, number: int) -> int:
        study_id = self._study(self._name(key, role))._study_id
        return self._storage.get_trial_id_from_study_id_trial_number(study_id, number)

    def _name(self, key: SearchKey, role: str) -> str:
        return f"{self.sweep}/{key.name}/{role}"

    def _attributes(self) -> dict[str, Any]:
        attributes = self._study(self.sweep).user_attrs
        if CONFIG not in attributes or ENVIRONMENT not in attributes:
            raise InputError(f"storage {safe_url(self.url)}: holds no sweep named {self.sweep!r}")
        return attributes

    def _study(self, name: str) -> optuna.Study:
        if name not in self._studies:
            with storage_errors(self.url):
                self._studies[name] = optuna.create_study(
                    storage=self._storage,
                    study_name=name,
                    direction="maximize",
                    load_if_exists=True,
                    # Suggestions come from elsewhere: this study only stores.
                    sampler=optuna.samplers.RandomSampler(seed=0),
                    pruner=optuna.pruners.NopPruner(),
                )
        return self._studies[name]


def runs_of(trial: FrozenTrial) -> dict[str, dict[str, Any]]:
    """Return the stored outcomes of a trial by run, ``"<replicate>:<repeat>"``."""
    return {
        name.removeprefix(RUN_PREFIX): outcome
        for name, outcome in trial.user_attrs.items()
        if name.startswith(RUN_PREFIX)
    }


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Return the Optuna storage at a URL, its tables created.

    Raises
    ------
    InputError
        If the URL is not one, or nothing usable answers there.
    """
    with storage_errors(url):
        options: dict[str, Any] = {}
        if make_url(url).get_backend_name() == "sqlite":
            options = {"connect_args": {"timeout": SQLITE_TIMEOUT_SECONDS}}
        backend = optuna.storages.RDBStorage(url, engine_kwargs=options)
        return optuna.storages.get_storage(backend)


def require_database(url: str) -> None:
    """Raise `InputError` if the URL names a SQLite file that is not there: opening would make it."""
    with storage_errors(url):
        parsed = make_url(url)
        is_file = parsed.get_backend_name() == "sqlite" and parsed.database
        if is_file and not Path(str(parsed.database)).exists():
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
        reason = str(getattr(cause, "orig", None) or cause).strip().splitlines()[0]
        raise InputError(f"storage {safe_url(url)}: cannot be used: {reason}") from None


def safe_url(url: str) -> str:
    """Return the URL without its password; what is no URL is not repeated beyond its scheme."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return repr(url) if "@" not in url else "'***'"


@cache
def quiet_optuna() -> None:
    """Send Optuna's messages to Python's logging instead of stderr, once per process."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    logging.getLogger("optuna").setLevel(logging.WARNING)


def canonical(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration as it comes back from a storage."""
    return dict(json.loads(json.dumps(config)))
