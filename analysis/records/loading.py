"""The records of a sweep as a tidy frame, and the two files that say how they were made."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import CONFIG_FILE, MANIFEST_FILE, RECORDS_FILE

COLUMNS = (
    "run_id sweep condition string_condition search role trial generation replicate repeat string_id"
    " source alphabet_size measure level period reference_bits given_bits"
    " cell depth units parameters learning_rate batch length protocol"
    " stop_on_memorized restore_best_weights learning_rate_schedule"
    " budget budget_amount budget_unit status steps symbols flops spent overrun train_cpu_seconds"
    " checkpoint_fractions checkpoint_steps checkpoint_spent checkpoint_nll_bits checkpoint_exact_prefixes"
    " memorized symbol_accuracy stored_fraction copies_in_context environment_key environment_changed"
).split()
SHARED = "source alphabet_size protocol budget budget_amount budget_unit engine".split()
FLAGS = ("memorized", "copies_in_context", "environment_changed")


def load(path: str | Path, require_confirm: bool = True) -> pd.DataFrame:
    """Load the records of a sweep.

    Parameters
    ----------
    path : a sweep's folder, or its `runs.parquet` (under any name).
    require_confirm : refuse records without a confirmation run, since nothing could be inferred from them.

    Returns
    -------
    One row per run, in the order of the file. Flags are booleans; those of failed runs are False.

    Raises
    ------
    FileNotFoundError
        No such folder, or no `runs.parquet` in it.
    InputError
        Not a parquet file, columns missing, or no confirmation run.
    """
    file = _records_file(Path(path))
    frame = read_parquet(file)
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise InputError(
            f"'{file}' lacks the columns {', '.join(missing)}; write it again with 'seqmem export'"
        )
    if require_confirm and not (frame["role"] == "confirm").any():
        raise InputError(
            f"'{file}' holds {len(frame)} runs but none with role 'confirm': the sweep is not finished; "
            "start it again to go on"
        )
    for flag in FLAGS:
        frame[flag] = frame[flag].eq(True).fillna(False).astype(bool)
    return fill_failed_runs(frame)


def fill_failed_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Failed runs with what all runs of their condition share, so that each is counted where it belongs.

    A failed run has no record, only its place in the sweep.
    """
    failed = frame["status"] == "failed"
    if not failed.any():
        return frame
    shared = [column for column in SHARED if column in frame]
    known = (
        frame[~failed]
        .drop_duplicates(["sweep", "condition"])
        .set_index(["sweep", "condition"])[shared]
    )
    places = pd.MultiIndex.from_frame(frame.loc[failed, ["sweep", "condition"]])
    filled = known.reindex(places).set_axis(frame.index[failed])
    for column in shared:
        frame[column] = frame[column].where(
            frame[column].notna(), filled[column].reindex(frame.index)
        )
    return frame


def confirmed(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs that enter inference: role `confirm`, not failed. Diverged runs stay in: they did not memorize."""
    return frame[is_confirmed(frame)]


def is_confirmed(frame: pd.DataFrame) -> pd.Series:
    """Whether each run is one of `confirmed`."""
    return (frame["role"] == "confirm") & (frame["status"] != "failed")


def count_stopped(runs: pd.DataFrame) -> int:
    """How many runs stopped because they had memorized; those with `stop_on_memorized = false` go on."""
    return int((runs["stop_on_memorized"].eq(True) & (runs["status"] == "memorized")).sum())


def load_stored_config(folder: str | Path) -> dict[str, Any]:
    """The sweep's resolved study file, or an empty dict where there is none. InputError where it is not TOML."""
    file = Path(folder) / CONFIG_FILE
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"'{file}' is not valid TOML: {error}") from None


def load_stored_manifest(folder: str | Path) -> dict[str, Any]:
    """The sweep's manifest, or an empty dict where there is none. InputError where it is not a JSON object."""
    file = Path(folder) / MANIFEST_FILE
    if not file.is_file():
        return {}
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"'{file}' is not valid JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise InputError(f"'{file}' must hold a JSON object, got {type(manifest).__name__}")
    return manifest


def _records_file(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise FileNotFoundError(
            f"no sweep folder '{path}'; 'seqmem sweep quick --out {path}' would make one"
        )
    file = path / RECORDS_FILE
    if not file.is_file():
        raise FileNotFoundError(
            f"no {RECORDS_FILE} in '{path}'; 'seqmem export {path} --out {file}' makes it"
        )
    return file


def read_parquet(file: Path) -> pd.DataFrame:
    """Return a parquet file as a frame; InputError where it cannot be read."""
    try:
        return pd.read_parquet(file, engine="pyarrow")
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"'{file}' cannot be read as parquet: {reason}") from None
