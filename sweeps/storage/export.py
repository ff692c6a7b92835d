"""Export of a storage to a table: one row per run, in a fixed order and with fixed types."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from optuna.trial import FrozenTrial, TrialState

from seqmem.core.damage import DAMAGE_ERRORS, Damages
from seqmem.study.declaration import added_defaults
from seqmem.study.environment_keys import environments_of
from seqmem.study.options import WHOLE_BUDGET, RunOptions
from seqmem.study.probes import PROBES
from seqmem.study.record import ADDED_MEASUREMENTS
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.config.plugin_section import require_plugins
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.score import score_run
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.search.suggestions import number_of, slot_of
from seqmem.sweeps.storage.courses import course_columns, cut_of
from seqmem.sweeps.storage.record_checks import record_problems, table_of_rows
from seqmem.sweeps.storage.record_schema import records_schema
from seqmem.sweeps.storage.storage import RunPlace, SweepStorage, runs_of
from seqmem.sweeps.storage.table_files import opened_table_file
from seqmem.sweeps.storage.trial_checks import TrialChecks, outcome_problem
from seqmem.sweeps.storage.trial_summaries import RUN_PREFIX, place_of_trial

ROWS_AT_A_TIME = 5_000


class StoredRow(NamedTuple):
    """A stored run as a row of ``runs.parquet``.

    Attributes
    ----------
    place : str
        The trial and its attribute, for messages.
    at : RunPlace
        Where it is stored.
    outcome : dict
        What is stored there.
    row : dict
        Values by column.
    """

    place: str
    at: RunPlace
    outcome: dict[str, Any]
    row: dict[str, Any]


def record_rows(
    config: SweepConfig,
    storage: SweepStorage,
    keys: Iterable[SearchKey] | None = None,
    damages: Damages | None = None,
) -> Iterator[StoredRow]:
    """Yield one row per stored run, by condition, search, role, trial, replicate and repeat.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    keys : iterable of SearchKey, optional
        The searches to read; all if absent.
    damages : Damages, optional
        Meets what is damaged. If absent, it is refused.

    Raises
    ------
    DamagedError
        If a trial or a run is damaged and is not left out.
    """
    damages = damages or Damages()
    environments = environments_of(storage.environment_key)
    for key in search_keys(config) if keys is None else keys:
        own = config.at_level(key.condition.level)
        checks = TrialChecks(own, key.condition.cell)
        numbers: dict[Any, int] = {}
        for role in ROLES:
            for trial in storage.recorded_trials(key, role, damages):
                place = place_of_trial(trial.number, f"{config.name}/{key.name}/{role}")
                if problem := checks.problem(role, trial):
                    damages.meet(place, problem)
                    continue
                if role == "tune":
                    numbers[trial.number] = number_of(own.search, trial)
                tuned = trial.number if role == "tune" else trial.user_attrs["tune_trial"]
                if tuned not in numbers:
                    damages.meet(place, f"attribute 'tune_trial': {tuned} is no trial that is left")
                    continue
                for run, outcome in sorted(runs_of(trial).items()):
                    run_place = f"{place}, attribute '{RUN_PREFIX}{run}'"
                    if problem := outcome_problem(run, outcome):
                        damages.meet(run_place, problem)
                        continue
                    if cut_of(outcome) < WHOLE_BUDGET and not trial.state.is_finished():
                        # The trial is not decided, and its run may start again.
                        continue
                    try:
                        row = _row(
                            own, key, role, trial, numbers[tuned], run, outcome, environments
                        )
                    except DAMAGE_ERRORS as error:
                        damages.meet(run_place, error)
                    else:
                        at = RunPlace(key, role, trial.number, run)
                        yield StoredRow(run_place, at, outcome, row)


def export(
    config: SweepConfig,
    storage: SweepStorage,
    path: Path | str,
    keys: Iterable[SearchKey] | None = None,
    damages: Damages | None = None,
) -> int:
    """Write the records of stored runs to a parquet, CSV or Arrow file, by its suffix.

    The memory that it needs does not grow with the sweep.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    path : path
        File to write.
    keys : iterable of SearchKey, optional
        The searches to export; all if absent.
    damages : Damages, optional
        Meets what is damaged. If absent, it is refused and the file stays as it was.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    DamagedError
        If something is damaged and is not left out.
    InputError
        If a probe of the sweep is a plug-in that is not here.
    """
    written = 0
    with opened_table_file(Path(path), schema_of(config)) as write:
        for table, _ in sound_tables(config, storage, keys, damages):
            write(table)
            written += len(table)
    return written


def sound_tables(
    config: SweepConfig,
    storage: SweepStorage,
    keys: Iterable[SearchKey] | None = None,
    damages: Damages | None = None,
) -> Iterator[tuple[pa.Table, list[StoredRow]]]:
    """Yield the records of stored runs in tables of at most `ROWS_AT_A_TIME` rows.

    Parameters
    ----------
    config, storage, keys, damages
        As for `export`.

    Yields
    ------
    table : pyarrow.Table
        Records, without those that no run could have written.
    stored : list of StoredRow
        The same records as they are stored.
    """
    damages = damages or Damages()
    schema = schema_of(config)
    rows = record_rows(config, storage, keys, damages)
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        yield _sound_table(batch, schema, damages)


def schema_of(config: SweepConfig) -> pa.Schema:
    """Return names and types of the columns of a sweep's records.

    Raises
    ------
    InputError
        If a probe of the sweep is a plug-in that is not here, because it knows its columns.
    """
    require_plugins(_probes_of(config.plugins or {}))
    return records_schema(config.training.probes, has_pruner=config.search.pruner is not None)


def _probes_of(plugins: Mapping[str, str]) -> dict[str, str]:
    return {key: origin for key, origin in plugins.items() if key.startswith(f"{PROBES.kind} ")}


def _sound_table(
    batch: list[StoredRow], schema: pa.Schema, damages: Damages
) -> tuple[pa.Table, list[StoredRow]]:
    """Return rows as a table, without those that no run could have written, and as stored."""
    table, problems = table_of_rows([stored.row for stored in batch], schema)
    for row, text in problems:
        damages.meet(batch[row].place, text)
    wrong_types = {problem.row for problem in problems}
    left = [stored for row, stored in enumerate(batch) if row not in wrong_types]
    broken = record_problems(table)
    for row, text in broken:
        damages.meet(left[row].place, text)
    bad = {problem.row for problem in broken}
    sound = [row not in bad for row in range(len(table))]
    kept = [stored for stored, is_sound in zip(left, sound, strict=True) if is_sound]
    return table.filter(pa.array(sound, pa.bool_())) if bad else table, kept


def _row(
    config: SweepConfig,
    key: SearchKey,
    role: str,
    trial: FrozenTrial,
    tune_trial: int,
    run: str,
    outcome: dict[str, Any],
    environments: list[dict[str, str]],
) -> dict[str, Any]:
    replicate, repeat = (int(part) for part in run.split(":"))
    identity = {
        "sweep": config.name,
        "condition": key.condition.condition,
        "string_condition": key.condition.string_condition,
        "search": key.search,
        "role": role,
        "trial": number_of(config.search, trial),
        "tune_trial": tune_trial,
        "generation": slot_of(trial)[0],
        "replicate": replicate,
        "measure": config.strings.measure,
        "level": key.condition.level,
    }
    if config.search.pruner is not None:
        identity |= course_columns(outcome, trial.state == TrialState.PRUNED)
    if "failure" in outcome:
        cell = key.condition.cell
        known = decode(config.search_of(cell), trial.params) | {"cell": cell, "repeat": repeat}
        return identity | known | {"status": "failed", "error": outcome["failure"]}
    record = with_added_defaults(outcome["record"])
    changed = json.loads(record["environment_key"]) not in environments
    return identity | record | {"score": score_run(record), "environment_changed": changed}


def with_added_defaults(record: dict[str, Any]) -> dict[str, Any]:
    """Return a stored record, with the defaults of columns that were added later."""
    return added_defaults(RunOptions) | ADDED_MEASUREMENTS | record
