"""Reading of records: the runs of one or several sweeps as a data frame."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from seqmem.analysis.records.joining import PLACE, Joined, Part, join_parts
from seqmem.analysis.records.kinds import FOLDERS, RECORDS
from seqmem.analysis.records.missing_searches import planned_searches
from seqmem.analysis.records.sweep_files import (
    as_frame,
    load_stored_config,
    load_stored_manifest,
    read_arrow,
    records_file,
    sweep_folder,
)
from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.core.python_arguments import argument_kinds
from seqmem.study.declaration import added_defaults
from seqmem.study.options import RunOptions
from seqmem.study.record import ADDED_MEASUREMENTS
from seqmem.sweeps.storage.record_checks import column_problem, record_problems
from seqmem.sweeps.storage.record_schema import records_schema

RECORD_COLUMNS = (
    "run_id sweep condition string_condition search role trial generation replicate repeat"
    " string_id source alphabet_size measure level period reference_bits given_bits"
    " cell depth units parameters learning_rate batch length protocol"
    " stop_on_memorized restore_best_weights learning_rate_schedule"
    " budget budget_amount budget_unit status steps symbols flops spent overrun train_cpu_seconds"
    " checkpoint_fractions checkpoint_steps checkpoint_spent checkpoint_nll_bits"
    " checkpoint_exact_prefixes memorized symbol_accuracy stored_fraction copies_in_context"
    " environment_key environment_changed"
).split()
SHARED_BY_CONDITION = (
    "source alphabet_size protocol budget budget_amount budget_unit engine".split()
)
FLAGS = ("memorized", "copies_in_context", "environment_changed", "context_too_short")


@argument_kinds(path=FOLDERS)
def load(
    path: str | Path | Sequence[str | Path],
    require_confirm: bool = True,
    *,
    skip_damaged: bool = False,
    damages: Damages | None = None,
) -> pd.DataFrame:
    """Load the records of one or several sweeps from their folders.

    It reads one file of each folder, `runs.parquet`, with one row per run. `seqmem sweep` writes
    this file when it ends or is interrupted. `seqmem export` writes it at any time from the
    database `optuna.db`. The database itself is not read.

    Parameters
    ----------
    path : str, Path or sequence of them
        The folder of a sweep, or a parquet file of records under any name. Of several folders, the
        records are joined as `seqmem.analysis.records.joining.join_parts` describes.
    require_confirm : bool, default True
        Whether to refuse records without a confirmation run. Estimates use confirmation runs only.
    skip_damaged : bool, default False
        Leave out rows that no run could have written, and warn of their number. They are refused
        otherwise.
    damages : Damages, optional
        Meets such rows in place of ``skip_damaged``.

    Returns
    -------
    DataFrame
        One row per run, in the order of the files. Columns with units have them in their names,
        such as `train_cpu_seconds`. Flags are booleans. Failed runs have False flags, and the
        settings that all runs of their condition share. Options that are newer than the records
        have their defaults. If several folders are given, the column `folder` names the folder of
        each run. A run that is in two of them is there once.

    Raises
    ------
    FileNotFoundError
        If a folder does not exist, or has no `runs.parquet`.
    InputError
        If a file is not parquet, lacks columns, has no confirmation run, or holds a row that no
        run could have written. If a run has different records in two folders.

    Warns
    -----
    UserWarning
        If damaged rows are left out, or the folders differ in their environments.

    Examples
    --------
    >>> frame = load("runs/quick")  # doctest: +SKIP
    >>> frame.groupby(["cell", "level"])["memorized"].mean()  # doctest: +SKIP
    >>> load(["runs/a", "runs/b"])["folder"].unique()  # doctest: +SKIP
    array(['runs/a', 'runs/b'], dtype=object)
    """
    met = damages or Damages(skip_damaged, remedy="skip_damaged=True reads the rest")
    if isinstance(path, str | Path):
        file = records_file(Path(path))
        frame = _load_file(file, require_confirm, met)
        if damages is None and met.line:
            warnings.warn(f"'{file}': {met.line}", stacklevel=2)
        return frame
    notes: list[str] = []
    frame = load_joined(path, met, notes, require_confirm).frame
    for line in [*([met.line] if damages is None and met.line else []), *notes]:
        warnings.warn(line, stacklevel=2)
    return frame


def load_joined(
    folders: Sequence[str | Path],
    damages: Damages,
    notes: list[str],
    require_confirm: bool = True,
) -> Joined:
    """Load the records of several folders together, with the files that describe each sweep.

    Parameters
    ----------
    folders : sequence of str or Path
        Folders of sweeps, or their files of records.
    damages : Damages
        Meets rows that no run could have written.
    notes : list of str
        Gets a line for every difference in environments or versions.
    require_confirm : bool, default True
        Whether to refuse a folder without a confirmation run.

    Returns
    -------
    Joined
        See `join_parts`.

    Raises
    ------
    FileNotFoundError, InputError
        As `load`. The message names the folder.
    """
    if not folders:
        raise InputError("no folder is given; give the folder of a sweep, such as runs/quick")
    parts: dict[Path, Part] = {}
    for path in folders:
        folder = sweep_folder(path)
        if folder.resolve() in parts:
            raise InputError(f"'{folder}' is given twice; give it once")
        frame = _load_file(records_file(Path(path)), require_confirm, damages)
        parts[folder.resolve()] = Part(
            folder, frame, load_stored_config(folder), load_stored_manifest(folder)
        )
    return join_parts(list(parts.values()), notes)


def _load_file(file: Path, require_confirm: bool, damages: Damages) -> pd.DataFrame:
    """Load one file of records."""
    frame = fill_added_options(as_frame(sound_table(file, damages), file))
    if require_confirm and not (frame["role"] == "confirm").any():
        count = counted(len(frame), "run")
        if len(frame) and (frame["status"] == "failed").all():
            raise InputError(
                f"'{file}' holds {count}, and all failed; "
                f"'seqmem status {file.parent} --failures' shows why"
            )
        planned = planned_searches(load_stored_config(file.parent))
        missing = f", {planned} of {planned} searches are missing" if planned else ""
        raise InputError(
            f"'{file}' holds {count} but none with role 'confirm': "
            f"the sweep is not finished{missing}; repeat its command to continue it"
        )
    for flag in [name for name in (*FLAGS, "pruned") if name in frame]:
        frame[flag] = frame[flag].eq(True).fillna(False).astype(bool)
    return fill_failed_runs(frame)


def sound_table(file: Path, damages: Damages) -> pa.Table:
    """Read a file of records, without the rows that no run could have written.

    Parameters
    ----------
    file : Path
        The parquet file.
    damages : Damages
        Meets damaged rows.

    Raises
    ------
    InputError
        If the file cannot be read, or columns are missing or of another type.
    DamagedError
        If a row is damaged and is not left out.
    """
    table = read_arrow(file)
    missing = [
        column
        for column in RECORD_COLUMNS
        if column not in table.column_names and column not in added_defaults(RunOptions)
    ]
    if missing:
        raise InputError(
            f"'{file}' lacks the columns {', '.join(missing)}; write it again with 'seqmem export'"
        )
    if problem := column_problem(table.schema, records_schema(has_pruner=True)):
        raise InputError(f"'{file}': column {problem}; write it again with 'seqmem export'")
    problems = record_problems(table, PLACE)
    for row, text in problems:
        damages.meet(f"'{file}', row {row + 1}", text)
    bad = {row for row, _ in problems}
    sound = pa.array([row not in bad for row in range(len(table))], pa.bool_())
    return table.filter(sound) if bad else table


def fill_added_options(frame: pd.DataFrame) -> pd.DataFrame:
    """Fill in the defaults of options and measurements that are newer than the records.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per run; columns are added to it.

    Returns
    -------
    pandas.DataFrame
        The same frame.
    """
    for column, default in (added_defaults(RunOptions) | ADDED_MEASUREMENTS).items():
        if column not in frame:
            frame[column] = default
    return frame


def fill_failed_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Fill in what failed runs share with the other runs of their condition.

    A failed run has no record, only its position in the sweep. With the shared settings it is
    counted in the right group.

    Parameters
    ----------
    frame : DataFrame
        Records. They are changed in place.

    Returns
    -------
    DataFrame
        The same records.
    """
    failed = frame["status"] == "failed"
    if not failed.any():
        return frame
    shared = [column for column in SHARED_BY_CONDITION if column in frame]
    known = (
        frame[~failed]
        .drop_duplicates(["sweep", "condition"])
        .set_index(["sweep", "condition"])[shared]
    )
    conditions = pd.MultiIndex.from_frame(frame.loc[failed, ["sweep", "condition"]])
    filled = known.reindex(conditions).set_axis(frame.index[failed])
    for column in shared:
        frame[column] = frame[column].where(
            frame[column].notna(), filled[column].reindex(frame.index)
        )
    return frame


@argument_kinds(frame=RECORDS)
def confirmed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the runs on which estimates are based: role `confirm`, not failed.

    Diverged runs are included, because a diverged run is a result: it did not memorize.

    Parameters
    ----------
    frame : DataFrame
        Records.

    Returns
    -------
    DataFrame
        The confirmation runs.

    Examples
    --------
    >>> roles = ["tune", "confirm", "confirm"]
    >>> frame = pd.DataFrame({"role": roles, "status": ["memorized", "failed", "diverged"]})
    >>> confirmed(frame)["status"].tolist()
    ['diverged']
    """
    return frame[is_confirmed(frame)]


def is_confirmed(frame: pd.DataFrame) -> pd.Series:
    """Return whether each run is one of those that `confirmed` selects.

    Parameters
    ----------
    frame : DataFrame, n rows
        Records.

    Returns
    -------
    Series of bool, length n
        True for confirmation runs that did not fail.
    """
    return (frame["role"] == "confirm") & (frame["status"] != "failed")


def count_stopped(runs: pd.DataFrame) -> int:
    """Return the number of runs that stopped because they had memorized.

    Runs with `stop_on_memorized = false` go on after memorizing, so they do not count.

    Parameters
    ----------
    runs : DataFrame
        Records.

    Returns
    -------
    int
        Number of runs.
    """
    return int((runs["stop_on_memorized"].eq(True) & (runs["status"] == "memorized")).sum())
