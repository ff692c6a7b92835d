"""Execute the runs of a reproduction and keep their records; the same call resumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seqmem.analysis.records.loading import fill_added_options
from seqmem.analysis.records.sweep_files import (
    read_parquet,
)
from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.progress import Progress, Silent
from seqmem.study.config import RunConfig
from seqmem.study.engine import fallback_warning
from seqmem.study.environment import environment_key
from seqmem.study.record import columns
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Executor, Outcome
from seqmem.sweeps.execution.preparation import refuse_other_environment
from seqmem.sweeps.execution.run_list import check_jobs, execute_and_store, opened_executor
from seqmem.sweeps.storage.export import with_added_defaults
from seqmem.sweeps.storage.file_names import CONFIG_FILE, RECORDS_FILE
from seqmem.sweeps.storage.folder import locked_folder
from seqmem.sweeps.storage.record_schema import arrow_schema
from seqmem.workflows.reproduce.planning import PublishedSelection

ORDER = ("alphabet_size", "lzw", "cell", "depth", "learning_rate", "repeat", "run_id")
BUSY = "{holder} is working there"


class ReproducedRuns(NamedTuple):
    """The records of the planned runs, and the runs that failed.

    Attributes
    ----------
    records : pandas.DataFrame
        One row per planned run that did not fail.
    failures : list of str
        The traceback of each run that failed. The next call tries these runs again.
    """

    records: pd.DataFrame
    failures: list[str]


def reproduce(
    selection: PublishedSelection,
    folder: Path,
    *,
    jobs: int = 1,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
) -> ReproducedRuns:
    """Execute the runs of a selection that a folder does not hold yet.

    Parameters
    ----------
    selection : PublishedSelection
        The part of the published experiments to run.
    folder : Path
        Its `runs.parquet` holds the records, those of other plans too.
    jobs : int
        Runs at a time. Records do not depend on it.
    allow_environment_change : bool
        Go on with records that were made in another environment.
    progress : Progress, optional
        Where progress is shown; nowhere if absent. It also tells if the engine is slower than it
        could be.

    Returns
    -------
    ReproducedRuns
        Records and failures.

    Raises
    ------
    InputError
        If a value was not published, the folder holds other files, another process works there,
        or the records were made in another environment and that is not allowed.
    """
    progress = progress or Silent()
    planned = selection.configs()
    warning = fallback_warning([selection.engine], "cpu")
    if warning:
        progress.warn(warning)
    return execute_missing(
        planned,
        folder,
        jobs=jobs,
        allow_environment_change=allow_environment_change,
        progress=progress,
    )


def execute_missing(
    planned: list[RunConfig],
    folder: Path,
    *,
    jobs: int = 1,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> ReproducedRuns:
    """Execute the runs that the folder does not hold yet, and write each record as it arrives.

    Parameters
    ----------
    planned : list of RunConfig
        The runs, as `plan` returns them.
    folder : Path
        Its `runs.parquet` holds the records, those of other plans too.
    jobs : int
        Runs at a time. Records do not depend on it.
    allow_environment_change : bool
        Go on with records that were made in another environment.
    progress : Progress, optional
        Where progress is shown; nowhere if absent.
    executor : Executor, optional
        What executes the runs; serial for one job and loky for more if absent.

    Returns
    -------
    ReproducedRuns
        Records and failures.

    Raises
    ------
    InputError
        If the folder holds other files, another process works there, or the records were made in
        another environment and that is not allowed.
    """
    check_jobs(jobs)
    progress = progress or Silent()
    failures: list[str] = []
    schema = arrow_schema(columns(planned[0].probes))
    _refuse_others(folder, schema)
    context = ExecutionContext(jobs, notify=progress.tell)
    with locked_folder(folder, busy=BUSY), opened_executor(executor, context) as opened:
        rows = _stored_rows(folder)
        missing = _missing(planned, rows, folder, allow_environment_change)

        def store(config: RunConfig, outcome: Outcome) -> None:
            if "failure" in outcome:
                failures.append(outcome["failure"])
                return
            rows.append(outcome["record"])
            _write(folder, rows, schema)

        progress.start(len(planned), len(planned) - len(missing))
        try:
            for _, outcome in execute_and_store(missing, lambda config: config, opened, store):
                progress.advance(_note(outcome))
        finally:
            progress.stop()
    records = read_records(folder)
    if len(records):
        run_ids = [config.run_id for config in planned]
        records = records[records["run_id"].isin(run_ids)].reset_index(drop=True)
    return ReproducedRuns(records, failures)


def read_records(folder: Path) -> pd.DataFrame:
    """Return the records of a folder.

    Parameters
    ----------
    folder : Path
        A folder of a reproduction.

    Returns
    -------
    pandas.DataFrame
        One row per run; an empty frame if the folder holds no records.
    """
    path = folder / RECORDS_FILE
    return fill_added_options(read_parquet(path)) if path.exists() else pd.DataFrame()


def _stored_rows(folder: Path) -> list[dict[Any, Any]]:
    path = folder / RECORDS_FILE
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    return [with_added_defaults(row) for row in rows]


def _missing(
    planned: list[RunConfig],
    rows: list[dict[Any, Any]],
    folder: Path,
    allow_environment_change: bool,
) -> list[RunConfig]:
    done = {row["run_id"] for row in rows}
    missing = [config for config in planned if config.run_id not in done]
    if missing and not allow_environment_change:
        ours = {config.engine: environment_key(config.engine, config.device) for config in planned}
        for engine, theirs in sorted({(row["engine"], row["environment_key"]) for row in rows}):
            refuse_other_environment(str(folder), theirs, ours.get(engine, min(ours.values())))
    return missing


def _refuse_others(folder: Path, schema: pa.Schema) -> None:
    """Raise `InputError` if a folder holds other files that would be overwritten."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; --out names a folder")
    if (folder / CONFIG_FILE).exists():
        raise InputError(f"{folder} holds a sweep; choose another --out")
    records = read_records(folder)
    if len(records.columns) and set(records) != set(schema.names):
        raise InputError(
            f"{folder / RECORDS_FILE} holds other records than those of a reproduction; "
            "choose another --out"
        )


def _write(folder: Path, rows: list[dict[Any, Any]], schema: pa.Schema) -> None:
    """Write the records sorted by configuration; the order of arrival has no effect."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in ORDER])
    with replace_file(folder / RECORDS_FILE, "wb") as file:
        pq.write_table(pa.Table.from_pylist(ordered, schema=schema), file)


def _note(outcome: Outcome) -> str:
    if "failure" in outcome:
        return "a run failed"
    record = outcome["record"]
    string = f"{record['alphabet_size']} symbols, complexity {record['lzw']}"
    return f"{record['cell']} on {string}: {record['status']} after {record['epochs']:.0f} epochs"
