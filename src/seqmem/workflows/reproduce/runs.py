"""The runs of a reproduction: configurations, execution, records. Interrupted, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, closing
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from seqmem.analysis.records.loading import read_parquet
from seqmem.core.atomic import remove_leftovers, replace_file
from seqmem.core.errors import InputError, unknown
from seqmem.core.progress import Progress, Silent
from seqmem.generators.symbols import from_text
from seqmem.study.config import RunConfig
from seqmem.study.duration import expected_seconds
from seqmem.study.environment import environment_difference, environment_key
from seqmem.study.record import columns
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.executors import make_executor
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Executor
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.storage.export import arrow_schema
from seqmem.sweeps.storage.file_names import CONFIG_FILE, RECORDS_FILE
from seqmem.workflows.reproduce.reference import LAYERS, LEARNING_RATES, LEVELS, published

PRESET = "published"
UNITS = 128
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
        ``training.key=value`` settings that replace those of the preset `published`, for example another engine.

    Raises
    ------
    InputError
        If something was not published, or a setting is not one of the training.
    """
    for kind, given, valid in (
        ("level", levels, LEVELS),
        ("number of layers", layers, LAYERS),
        ("learning rate", learning_rates, LEARNING_RATES),
    ):
        for value in given:
            if value not in valid:
                raise unknown(kind, value, valid)
    if runs < 1:
        raise InputError(f"runs {runs}: at least one per string")
    for setting in overrides:
        if not setting.startswith("training."):
            raise InputError(
                f"{setting!r}: only settings of [training] can be replaced, the rest is as published"
            )
    sweep = load_config(PRESET, overrides).resolved()
    strings = published("strings")
    configs = {
        config.run_id: config
        for text in strings.loc[strings["level"].isin(list(levels)), "string"]
        for cell, depth, rate, repeat in product(
            sweep.memorizer.cells, layers, learning_rates, range(runs)
        )
        for config in [_config(sweep, text, cell, depth, rate, repeat)]
    }
    return sorted(configs.values(), key=lambda config: (-expected_seconds(config), config.run_id))


def _config(
    sweep: SweepConfig, text: str, cell: str, depth: int, rate: float, repeat: int
) -> RunConfig:
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
) -> tuple[pd.DataFrame, list[str]]:
    """Execute the runs that the folder does not hold yet and write each as it arrives.

    Parameters
    ----------
    folder : its `runs.parquet` holds the records, those of other plans too.

    Returns
    -------
    records : one row per planned run that did not fail.
    failures : the tracebacks of those that did; the next call tries them again.

    Raises
    ------
    InputError
        If the folder holds something else, another process is at work there, or the records were made in another
        environment and that is not allowed.
    """
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    progress, failures = progress or Silent(), []
    schema = arrow_schema(columns(planned[0].probes))
    _refuse_others(folder, schema)
    with ExitStack() as stack:
        stack.enter_context(_locked(folder))
        if executor is None:
            context = ExecutionContext(jobs, notify=progress.tell)
            executor = stack.enter_context(closing(make_executor(None, context)))
        rows = pq.read_table(folder / RECORDS_FILE).to_pylist() if (folder / RECORDS_FILE).exists() else []
        missing = _missing(planned, rows, folder, allow_environment_change)
        progress.start(len(planned), len(planned) - len(missing))
        try:
            for _, outcome in executor.run(missing):
                if "failure" in outcome:
                    failures.append(outcome["failure"])
                    progress.advance("a run failed")
                    continue
                rows.append(outcome["record"])
                _write(folder, rows, schema)
                progress.advance(_note(outcome["record"]))
        finally:
            progress.stop()
    records = read_records(folder)
    if len(records):
        records = records[
            records["run_id"].isin([config.run_id for config in planned])
        ].reset_index(drop=True)
    return records, failures


def read_records(folder: Path) -> pd.DataFrame:
    """Return the records of a folder, one row per run; an empty frame if there are none."""
    path = folder / RECORDS_FILE
    return read_parquet(path) if path.exists() else pd.DataFrame()


def _missing(
    planned: list[RunConfig],
    rows: list[dict[Any, Any]],
    folder: Path,
    allow_environment_change: bool,
) -> list[RunConfig]:
    done = {row["run_id"] for row in rows}
    missing = [config for config in planned if config.run_id not in done]
    if not missing or allow_environment_change:
        return missing
    ours = environment_key(missing[0].engine, missing[0].device)
    for theirs in sorted({row["environment_key"] for row in rows}):
        difference = environment_difference(theirs, ours)
        if difference:
            raise InputError(
                f"{folder} was made in another environment ({', '.join(difference)}); "
                "go on with --allow-environment-change, or choose another --out"
            )
    return missing


def _refuse_others(folder: Path, schema: pa.Schema) -> None:
    """Raise `InputError` for a folder of something else, whose records or report would be overwritten."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; --out names a folder")
    if (folder / CONFIG_FILE).exists():
        raise InputError(f"{folder} holds a sweep; choose another --out")
    records = read_records(folder)
    if len(records.columns) and list(records) != schema.names:
        raise InputError(
            f"{folder / RECORDS_FILE} holds other records than a reproduction's; choose another --out"
        )


def _write(folder: Path, rows: list[dict[Any, Any]], schema: pa.Schema) -> None:
    """Write the records sorted by what was run, so that the order of arrival does not show."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in ORDER])
    with replace_file(folder / RECORDS_FILE, "wb") as file:
        pq.write_table(pa.Table.from_pylist(ordered, schema=schema), file)


def _note(record: dict[str, Any]) -> str:
    string = f"{record['alphabet_size']} symbols, complexity {record['lzw']}"
    return f"{record['cell']} on {string}: {record['status']} after {record['epochs']:.0f} epochs"


def _locked(folder: Path) -> AbstractContextManager[Any]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder / ".lock").acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"{folder}: another process is working there; wait for it or stop it"
        ) from None
    remove_leftovers(folder)
    return lock
