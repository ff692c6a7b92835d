"""Export of a storage to a table: one row per run, in a fixed order and with fixed types."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from optuna.trial import FrozenTrial

from seqmem.core.atomic import replace_file
from seqmem.study.declaration import added_defaults
from seqmem.study.environment_keys import environments_of
from seqmem.study.options import RunOptions
from seqmem.study.record import columns
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.score import score_run
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.search.suggestions import number_of, slot_of
from seqmem.sweeps.storage.storage import SweepStorage, runs_of

ARROW_TYPES: dict[Any, pa.DataType] = {
    int: pa.int64(),
    int | None: pa.int64(),
    float: pa.float64(),
    float | None: pa.float64(),
    str: pa.string(),
    bool: pa.bool_(),
    list[int]: pa.list_(pa.int64()),
    list[float]: pa.list_(pa.float64()),
}
IDENTITY_COLUMNS = {
    "sweep": str,
    "condition": str,
    "string_condition": str,
    "search": int,
    "role": str,
    "trial": int,
    "tune_trial": int,
    "generation": int,
    "replicate": int,
    "measure": str,
    "level": int,
}
CONCLUSION_COLUMNS = {"score": float, "environment_changed": bool, "error": str}
ROWS_AT_A_TIME = 5_000


def schema(config: SweepConfig) -> pa.Schema:
    """Return the names and types of the columns of ``runs.parquet``.

    Parameters
    ----------
    config : SweepConfig
        The sweep, whose probes have columns too.
    """
    return arrow_schema(IDENTITY_COLUMNS | columns(config.training.probes) | CONCLUSION_COLUMNS)


def arrow_schema(types: dict[str, Any]) -> pa.Schema:
    """Return the schema of a parquet file.

    Parameters
    ----------
    types : dict of {str : type}
        Python types of the values, by column.

    Examples
    --------
    >>> arrow_schema({"level": int}).field("level").type
    DataType(int64)
    """
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in types.items()])


def record_rows(
    config: SweepConfig, storage: SweepStorage, keys: Iterable[SearchKey] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one row per stored run, by condition, search, role, trial, replicate and repeat.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    keys : iterable of SearchKey, optional
        The searches to read; all if absent.
    """
    environments = environments_of(storage.environment_key)
    for key in search_keys(config) if keys is None else keys:
        tuned = storage.recorded_trials(key, "tune")
        numbers = {trial.number: number_of(config.search, trial) for trial in tuned}
        for role in ROLES:
            for trial in tuned if role == "tune" else storage.recorded_trials(key, role):
                tune_trial = numbers[trial.user_attrs.get("tune_trial", trial.number)]
                for run, outcome in sorted(runs_of(trial).items()):
                    yield _row(config, key, role, trial, tune_trial, run, outcome, environments)


def export(
    config: SweepConfig,
    storage: SweepStorage,
    path: Path | str,
    keys: Iterable[SearchKey] | None = None,
) -> int:
    """Write the records of stored runs to a parquet file.

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

    Returns
    -------
    int
        Number of rows.
    """
    sweep_schema = schema(config)
    written = 0
    with replace_file(path, "wb") as file, pq.ParquetWriter(file, sweep_schema) as writer:
        rows = record_rows(config, storage, keys)
        while batch := list(islice(rows, ROWS_AT_A_TIME)):
            writer.write_table(pa.Table.from_pylist(batch, schema=sweep_schema))
            written += len(batch)
    return written


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
    if "failure" in outcome:
        known = decode(config.search, trial.params) | {"cell": key.condition.cell, "repeat": repeat}
        return identity | known | {"status": "failed", "error": outcome["failure"]}
    record = with_added_defaults(outcome["record"])
    changed = json.loads(record["environment_key"]) not in environments
    return identity | record | {"score": score_run(record), "environment_changed": changed}


def with_added_defaults(record: dict[str, Any]) -> dict[str, Any]:
    """Return a stored record, with the defaults of options that were added later."""
    return added_defaults(RunOptions) | record
