"""From the storage to a table: one row per run, in a fixed order and with fixed types."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from optuna.trial import FrozenTrial

from seqmem.core.atomic import replace_file
from seqmem.study.declaration import added_defaults
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
IDENTITY = {
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
ROWS_AT_A_TIME = 5_000
CONCLUSION = {"score": float, "environment_changed": bool, "error": str}


def schema(config: SweepConfig) -> pa.Schema:
    """Return names and types of the columns of ``runs.parquet``."""
    return arrow_schema(IDENTITY | columns(config.training.probes) | CONCLUSION)


def arrow_schema(types: dict[str, Any]) -> pa.Schema:
    """Return the columns of a parquet file, from the Python types of their values."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in types.items()])


def rows(
    config: SweepConfig, storage: SweepStorage, keys: Iterable[SearchKey] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a row per stored run, by condition, search, role, trial, replicate and repeat."""
    environment_key = storage.environment_key
    for key in search_keys(config) if keys is None else keys:
        tuned = storage.recorded_trials(key, "tune")
        numbers = {trial.number: number_of(config.search, trial) for trial in tuned}
        for role in ROLES:
            for trial in tuned if role == "tune" else storage.recorded_trials(key, role):
                tune_trial = numbers[trial.user_attrs.get("tune_trial", trial.number)]
                for run, outcome in sorted(runs_of(trial).items()):
                    yield _row(config, key, role, trial, tune_trial, run, outcome, environment_key)


def export(
    config: SweepConfig,
    storage: SweepStorage,
    path: Path | str,
    keys: Iterable[SearchKey] | None = None,
) -> int:
    """Write all stored runs, or those of some searches, to a parquet file and return their number.

    The memory it takes does not grow with the sweep.
    """
    columns, written = schema(config), 0
    with replace_file(path, "wb") as file, pq.ParquetWriter(file, columns) as writer:
        found = rows(config, storage, keys)
        while batch := list(islice(found, ROWS_AT_A_TIME)):
            writer.write_table(pa.Table.from_pylist(batch, schema=columns))
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
    environment_key: str,
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
    changed = record["environment_key"] != environment_key
    return identity | record | {"score": score_run(record), "environment_changed": changed}


def with_added_defaults(record: dict[str, Any]) -> dict[str, Any]:
    """Return a stored record with the defaults of options that were added after it."""
    return added_defaults(RunOptions) | record
