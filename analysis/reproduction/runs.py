"""The runs of a reproduction: configurations, execution, records. Interrupted, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from analysis.reproduction.reference import published
from generators.atomic import remove_leftovers, replace_file
from generators.errors import InputError
from generators.symbols import from_text
from study.config import RunConfig
from study.cost import expected_seconds
from study.environment import environment_difference, environment_key
from study.record import columns
from sweeps.config import SweepConfig, load_config
from sweeps.executor import Executor, executor_for
from sweeps.plan import run_config
from sweeps.progress import Progress, Silent
from sweeps.records import arrow_schema

PRESET = "published"
UNITS = 128
RECORDS = "runs.parquet"
ORDER = ("alphabet_size", "lzw", "cell", "depth", "learning_rate", "repeat", "run_id")


def plan(
    levels: Iterable[str],
    layers: Iterable[int] = (1,),
    learning_rates: Iterable[float] = (1e-3,),
    runs: int = 2,
    overrides: tuple[str, ...] = (),
) -> list[RunConfig]:
    """Return the runs of a reproduction, those expected to be longest first.

    Parameters
    ----------
    levels : of {"low", "medium"}
    layers, learning_rates
        Published: 1, 2, 3 and 1e-3, 1e-4.
    runs : int
        Initializations per string and configuration; 5 were published.
    overrides : tuple of str
        ``section.key=value`` settings of the preset `published`, for example another engine.
    """
    sweep = load_config(PRESET, overrides).resolved()
    strings = published("strings")
    planned = [
        _config(sweep, text, cell, depth, rate, repeat)
        for text in strings.loc[strings["level"].isin(list(levels)), "string"]
        for cell in sweep.memorizer.cells
        for depth in layers
        for rate in learning_rates
        for repeat in range(runs)
    ]
    return sorted(planned, key=lambda config: (-expected_seconds(config), config.run_id))


def _config(sweep: SweepConfig, text: str, cell: str, depth: int, rate: float, repeat: int) -> RunConfig:
    fields = {"depth": depth, "units": UNITS, "learning_rate": rate, "repeat": repeat}
    return run_config(sweep, cell, from_text(text), fields)


def execute_missing(
    planned: list[RunConfig],
    folder: Path,
    *,
    jobs: int = 1,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Execute the runs that the folder does not hold yet, write each as it arrives, and return the planned ones.

    Parameters
    ----------
    folder : its `runs.parquet` holds the records, those of other plans too.

    Raises
    ------
    InputError
        If another process is at work there, or the records were made in another environment and that is not allowed.
    RuntimeError
        With the traceback of a run that failed; finished runs are kept.
    """
    progress = progress or Silent()
    with _locked(folder):
        rows = _read(folder)
        done = {row["run_id"] for row in rows}
        missing = [config for config in planned if config.run_id not in done]
        if missing and not allow_environment_change:
            _check_environment(rows, missing[0], folder)
        progress.start(len(planned), len(planned) - len(missing))
        try:
            for place, outcome in (executor or executor_for(jobs)).run(missing):
                if "failure" in outcome:
                    raise RuntimeError(f"run {missing[place].run_id} failed:\n{outcome['failure']}")
                rows.append(outcome["record"])
                _write(folder, rows)
                progress.advance(_note(outcome["record"]))
        finally:
            progress.stop()
    records = read_records(folder)
    return records[records["run_id"].isin([config.run_id for config in planned])].reset_index(drop=True)


def read_records(folder: Path) -> pd.DataFrame:
    """Return the records of a folder, one row per run; an empty frame if there are none."""
    path = folder / RECORDS
    return pd.read_parquet(path) if path.exists() else pd.DataFrame()


def _read(folder: Path) -> list[dict[str, Any]]:
    path = folder / RECORDS
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.exists() else []
    return rows


def _write(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write the records sorted by what was run, so that the order of arrival does not show."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in ORDER])
    with replace_file(folder / RECORDS, "wb") as file:
        pq.write_table(pa.Table.from_pylist(ordered, schema=arrow_schema(columns())), file)


def _note(record: dict[str, Any]) -> str:
    string = f"{record['alphabet_size']} symbols, complexity {record['lzw']}"
    return f"{record['cell']} on {string}: {record['status']} after {record['epochs']:.0f} epochs"


def _check_environment(rows: list[dict[str, Any]], config: RunConfig, folder: Path) -> None:
    ours = environment_key(config.engine, config.device)
    for theirs in {row["environment_key"] for row in rows}:
        difference = environment_difference(theirs, ours)
        if difference:
            raise InputError(
                f"{folder} was made in another environment ({', '.join(difference)}); "
                "go on with --allow-environment-change, or choose another --out"
            )


def _locked(folder: Path) -> AbstractContextManager[Any]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder / ".lock").acquire(timeout=0)
    except Timeout:
        raise InputError(f"{folder}: another process is working there; wait for it or stop it") from None
    remove_leftovers(folder)
    return lock
