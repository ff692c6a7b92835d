"""Files of records by suffix: parquet, CSV and Arrow. Tables are written as they come."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.ipc as pa_ipc
import pyarrow.parquet as pq

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError

# What can write tables of one schema into an open file.
Writer = Any


class TableFormat(NamedTuple):
    """A format of files of records.

    Attributes
    ----------
    help : str
        One line about it.
    open : callable
        Return a writer for an open file and a schema.
    has_lists : bool
        Whether a column may hold lists. They become JSON otherwise.
    """

    help: str
    open: Callable[[Any, pa.Schema], Writer]
    has_lists: bool


TABLE_FORMATS = {
    ".parquet": TableFormat("compressed, for `seqmem report` and pandas", pq.ParquetWriter, True),
    ".csv": TableFormat("text for any program, with lists as JSON", pa_csv.CSVWriter, False),
    ".arrow": TableFormat(
        "Arrow IPC, as Feather version 2, for R and Julia", pa_ipc.new_file, True
    ),
}
# Another suffix of a format.
_ALIASES = {".feather": ".arrow"}


def table_format(path: Path) -> TableFormat:
    """Return the format of a file by the suffix of its name.

    Parameters
    ----------
    path : Path
        The file, which need not exist.

    Raises
    ------
    InputError
        If no format has this suffix.

    Examples
    --------
    >>> table_format(Path("runs.feather")) is TABLE_FORMATS[".arrow"]
    True
    """
    suffix = path.suffix.lower()
    found = TABLE_FORMATS.get(_ALIASES.get(suffix, suffix))
    if found is None:
        raise InputError(
            f"--out {path}: the suffix decides the format; give a name that ends in "
            f"{', '.join(TABLE_FORMATS)}"
        )
    return found


@contextmanager
def opened_table_file(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Open a file of records, and yield a function that writes a table of the schema to it.

    The file appears at the end. After an exception, it stays as it was.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema
        Names and types of the columns.
    """
    chosen = table_format(path)
    plain = schema if chosen.has_lists else _without_lists(schema)

    def write(table: pa.Table) -> None:
        writer.write_table(table if chosen.has_lists else _lists_as_json(table, plain))

    with replace_file(path, "wb") as file, chosen.open(file, plain) as writer:
        yield write


def _without_lists(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [field.with_type(pa.string()) if _is_list(field) else field for field in schema]
    )


def _lists_as_json(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        pa.array([_json(value) for value in column.to_pylist()], pa.string())
        if _is_list(field)
        else column
        for field, column in zip(table.schema, table.columns, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _json(value: list[Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _is_list(field: pa.Field) -> bool:
    return bool(pa.types.is_list(field.type))
