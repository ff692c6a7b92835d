"""The files in a sweep's folder: where they are, and how each is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seqmem.core.damage import DAMAGE_ERRORS
from seqmem.core.errors import LONGEST_VALUE, InputError, one_line, shorten
from seqmem.core.structured_text import parse_json_object, parse_toml, read_utf8
from seqmem.sweeps.storage.file_names import CONFIG_FILE, DATABASE_FILE, MANIFEST_FILE, RECORDS_FILE


def load_stored_config(folder: str | Path) -> dict[str, Any]:
    """Read the resolved sweep file in a sweep's folder, `config.toml`.

    Parameters
    ----------
    folder : str or Path
        Folder of the sweep.

    Returns
    -------
    dict
        The file's sections; empty if the folder has no such file.

    Raises
    ------
    InputError
        If the file is not valid TOML.
    """
    file = Path(folder) / CONFIG_FILE
    if not file.is_file():
        return {}
    return parse_toml(read_utf8(file), str(file))


def load_stored_manifest(folder: str | Path) -> dict[str, Any]:
    """Read the manifest in a sweep's folder, `manifest.json`.

    Parameters
    ----------
    folder : str or Path
        Folder of the sweep.

    Returns
    -------
    dict
        Versions, processor, seeds and hashes; empty if the folder has no such file.

    Raises
    ------
    InputError
        If the file is not a JSON object.
    """
    file = Path(folder) / MANIFEST_FILE
    if not file.is_file():
        return {}
    return parse_json_object(read_utf8(file), str(file))


def records_file(path: Path) -> Path:
    """Return the file of records of a sweep.

    Parameters
    ----------
    path : Path
        The folder of a sweep, or its file of records.

    Raises
    ------
    FileNotFoundError
        If there is none. The message says what to do.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise FileNotFoundError(
            f"no sweep folder '{path}'; run 'seqmem sweep quick --out {path}' to make one"
        )
    file = path / RECORDS_FILE
    if file.is_file():
        return file
    if (path / DATABASE_FILE).is_file():
        raise FileNotFoundError(
            f"no {RECORDS_FILE} in '{path}'; run 'seqmem export {path} --out {file}' to write it"
        )
    if (path.resolve().parent / RECORDS_FILE).is_file():
        parent = path.resolve().parent.name
        raise FileNotFoundError(
            f"'{path}' is a folder inside the sweep '{parent}', such as its report; give the "
            f"sweep's folder '{path.parent}'"
        )
    inside = sorted(records.parent.name for records in path.glob(f"*/{RECORDS_FILE}"))
    hint = f"these folders in it do: {', '.join(inside)}" if inside else "give the folder of one"
    raise FileNotFoundError(f"'{path}' holds no sweep (no {RECORDS_FILE}); {hint}")


def sweep_folder(path: str | Path) -> Path:
    """Return the folder of a sweep, also if its file of records is given.

    Parameters
    ----------
    path : str or Path
        The folder of a sweep, or its `runs.parquet`.

    Returns
    -------
    Path
        The folder. A file of records under another name is returned as it is.

    Examples
    --------
    >>> sweep_folder("runs/quick").as_posix()
    'runs/quick'
    """
    folder = Path(path)
    return folder.parent if folder.name == RECORDS_FILE and folder.is_file() else folder


def read_parquet(file: Path) -> pd.DataFrame:
    """Read a parquet file as a data frame.

    Parameters
    ----------
    file : Path
        The file.

    Returns
    -------
    DataFrame
        Its rows.

    Raises
    ------
    InputError
        If the file cannot be read as parquet.
    """
    return as_frame(read_arrow(file), file)


def read_arrow(file: Path) -> pa.Table:
    """Read a parquet file as a table of Arrow.

    Parameters
    ----------
    file : Path
        The file.

    Raises
    ------
    InputError
        If the file cannot be read as parquet.
    """
    with _parquet_errors(file):
        return pq.read_table(file)


def as_frame(table: pa.Table, file: Path) -> pd.DataFrame:
    """Return a table of Arrow as a data frame.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    file : Path
        Where it comes from, for the message.

    Raises
    ------
    InputError
        If its values are damaged.
    """
    with _parquet_errors(file):
        frame: pd.DataFrame = table.to_pandas()
        return frame


@contextmanager
def _parquet_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, *DAMAGE_ERRORS) as error:
        reason = shorten(one_line(str(error).split("\n")[0] or type(error).__name__), LONGEST_VALUE)
        raise InputError(f"'{file}' cannot be read as parquet: {reason}{_again(file)}") from None


def _again(file: Path) -> str:
    """Return how to write a file of records again, if its database is beside it."""
    if file.name != RECORDS_FILE or not (file.parent / DATABASE_FILE).is_file():
        return ""
    return f"; 'seqmem export {file.parent} --out {file}' writes it again"
