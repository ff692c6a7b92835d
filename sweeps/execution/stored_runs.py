"""One run of a sweep, found by its id: its configuration and its record."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.study.budget import CALIBRATED_UNIT
from seqmem.study.config import RunConfig
from seqmem.study.record import is_time
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import SearchPlan
from seqmem.sweeps.search.strings import ROLES, strings_of
from seqmem.sweeps.storage.courses import cut_of
from seqmem.sweeps.storage.export import with_added_defaults
from seqmem.sweeps.storage.file_names import COSTS_FILE
from seqmem.sweeps.storage.opening import open_sweep
from seqmem.sweeps.storage.storage import RunPlace, SweepStorage, runs_of
from seqmem.sweeps.storage.trial_checks import TrialChecks, outcome_problem


class StoredRun(NamedTuple):
    """A run of a sweep.

    Attributes
    ----------
    config : RunConfig
        The configuration that was executed.
    record : dict
        The record, as plain values by column.
    """

    config: RunConfig
    record: dict[str, Any]

    def differences(self, row: dict[str, Any]) -> list[str]:
        """Return the columns in which another record differs, apart from measured seconds.

        Parameters
        ----------
        row : dict
            Plain values, as `RunRecord.to_row` returns them.
        """
        before = with_added_defaults(self.record)
        now = with_added_defaults(row)
        return [
            name
            for name in before | now
            if not is_time(name) and not _are_equal(before.get(name), now.get(name))
        ]


def _are_equal(one: Any, other: Any) -> bool:
    """Return whether two values are equal; a value that is not a number equals itself."""
    return bool(one == other or (one != one and other != other))


def find_run(target: str, run_id: str, name: str | None = None) -> StoredRun:
    """Return a run of a sweep by its id.

    Parameters
    ----------
    target : str
        Folder of the sweep, or URL of its storage.
    run_id : str
        The column ``run_id`` of its record.
    name : str, optional
        Name of the sweep. Only needed if the storage holds several.

    Raises
    ------
    InputError
        If there is no such sweep, no such run, or the run would be another one in this process.
    """
    config, storage = open_sweep(target, name)
    config = with_costs(config, target)
    with closing(storage):
        for place, record in stored_records(config, storage):
            if record.get("run_id") == run_id:
                planned = planned_run(config, storage, place)
                break
        else:
            raise InputError(
                f"{target}: no finished run has the id {run_id!r}; "
                "the column run_id of its runs.parquet lists them"
            )
    if planned.run_id != run_id:
        raise InputError(
            f"{target}: run {run_id} would be run {planned.run_id} here; "
            "a plug-in or the data of the sweep have changed"
        )
    return StoredRun(planned, record)


def stored_records(
    config: SweepConfig, storage: SweepStorage
) -> Iterator[tuple[RunPlace, dict[str, Any]]]:
    """Yield the place and the record of every finished run. What is damaged is left out.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    """
    damages = Damages(skip=True)
    for key in search_keys(config):
        checks = TrialChecks(config.at_level(key.condition.level), key.condition.cell)
        for role in ROLES:
            for trial in storage.recorded_trials(key, role, damages):
                if checks.problem(role, trial):
                    continue
                for run, outcome in runs_of(trial).items():
                    record = {} if outcome_problem(run, outcome) else outcome.get("record", {})
                    if record:
                        yield RunPlace(key, role, trial.number, run), record


def planned_run(config: SweepConfig, storage: SweepStorage, place: RunPlace) -> RunConfig:
    """Return the configuration of a stored run, as it would be executed now.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration of the sweep, with its cost table.
    storage : SweepStorage
        The storage of the sweep.
    place : RunPlace
        Where the run is stored.
    """
    key = place.key
    strings = strings_of(config, key.condition.level, key.search)
    trial = storage.trial(key, place.role, place.trial)
    until = cut_of(runs_of(trial).get(place.run, {}))
    plan = SearchPlan(config, key, strings, storage)
    return plan.task(place.role, trial, place.run, until).config


def with_costs(config: SweepConfig, target: str) -> SweepConfig:
    """Return the configuration with the cost table of the sweep, if its budget needs one.

    Parameters
    ----------
    config : SweepConfig
        The stored configuration.
    target : str
        Folder of the sweep, or URL of its storage.
    """
    training = config.training
    if training.budget.unit != CALIBRATED_UNIT:
        return config
    costs = Path(target) / COSTS_FILE
    if "://" not in target and costs.exists():
        training = training.model_copy(update={"cost_table": str(costs)})
    update = training.resolved_costs(config.memorizer.cells)
    return config.model_copy(update={"training": training.model_copy(update=update)})
