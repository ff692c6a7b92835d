"""The records of one or several sweeps, read from their storages and written to one file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from seqmem.analysis.records.joining import FOLDER, Part, join_parts
from seqmem.analysis.records.loading import sound_table
from seqmem.analysis.records.sweep_files import (
    as_frame,
    load_stored_config,
    load_stored_manifest,
)
from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import DATABASE_FILE, RECORDS_FILE
from seqmem.sweeps.storage.table_files import opened_table_file, table_format

if TYPE_CHECKING:
    from seqmem.sweeps.config.sweep_config import SweepConfig
    from seqmem.sweeps.storage.storage import SweepStorage


def export_sweeps(
    targets: Sequence[str], out: Path, damages: Damages, notes: list[str], name: str | None = None
) -> int:
    """Write the records of one or several sweeps to a parquet, CSV or Arrow file, by its suffix.

    A folder with records but no database, as the shipped ones, is taken as it is. Several sweeps
    are joined as `seqmem.analysis.records.joining.join_parts` describes. The column `folder` then
    names where each record comes from. Their records are held in memory.

    Parameters
    ----------
    targets : sequence of str
        Folders of sweeps, or URLs of storages.
    out : Path
        File to write.
    damages : Damages
        Meets what is damaged.
    notes : list of str
        Gets a line for every difference in environments or versions.
    name : str, optional
        Name of the sweep in storages that hold several.

    Returns
    -------
    int
        Number of records.

    Raises
    ------
    InputError
        If the suffix is unknown, a target holds no sweep, or a run has different records in two of
        them. The file stays as it was.
    """
    from seqmem.sweeps.storage.export import export
    from seqmem.sweeps.storage.opening import open_sweep

    table_format(out)
    if len(targets) == 1:
        if _has_records_only(targets[0]):
            return _write(_shipped_records(targets[0], damages, name), out)
        config, storage = open_sweep(targets[0], name)
        with closing(storage):
            return export(config, storage, out, damages=damages)
    parts = []
    schemas = []
    for target in targets:
        if _has_records_only(target):
            table, fields = _shipped_records(target, damages, name), load_stored_config(target)
        else:
            config, storage = open_sweep(target, name)
            with closing(storage):
                table, fields = _records(config, storage, damages), config.to_dict()
        schemas.append(table.schema)
        parts.append(_part(target, table, fields))
    joined = join_parts(parts, notes)
    schema = reduce(_with_missing, schemas).append(pa.field(FOLDER, pa.string()))
    columns = {field.name: joined.frame.get(field.name) for field in schema}
    frame = joined.frame.assign(**{key: None for key, column in columns.items() if column is None})
    table = pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
    return _write(table, out)


def _has_records_only(target: str) -> bool:
    """Return whether a target is a folder with records whose database is nowhere."""
    folder = Path(target)
    if "://" in target or not (folder / RECORDS_FILE).is_file():
        return False
    is_elsewhere = "://" in str(load_stored_manifest(folder).get("storage"))
    return not is_elsewhere and not (folder / DATABASE_FILE).exists()


def _shipped_records(folder: str, damages: Damages, name: str | None) -> pa.Table:
    """Return the sound records of a folder without a database, if the sweep has the name."""
    stored = load_stored_config(folder).get("name")
    if name is not None and name != stored:
        raise InputError(f"{folder}: no sweep {name!r}; sweeps there: {stored}")
    return sound_table(Path(folder) / RECORDS_FILE, damages)


def _write(table: pa.Table, out: Path) -> int:
    """Write a table, and return the number of its rows."""
    table = table.replace_schema_metadata(None)
    with opened_table_file(out, table.schema) as write:
        write(table)
    return len(table)


def _records(config: SweepConfig, storage: SweepStorage, damages: Damages) -> pa.Table:
    from seqmem.sweeps.storage.export import schema_of, sound_tables

    tables = [table for table, _ in sound_tables(config, storage, damages=damages)]
    return pa.concat_tables(tables) if tables else schema_of(config).empty_table()


def _part(target: str, table: pa.Table, config: dict[str, Any]) -> Part:
    """Return a part whose folder is the target, a URL without its password."""
    from seqmem.sweeps.storage.database import safe_url

    is_url = "://" in target
    manifest = {} if is_url else load_stored_manifest(target)
    place = Path(safe_url(target) if is_url else target)
    return Part(place, as_frame(table, place), config, manifest)


def _with_missing(schema: pa.Schema, other: pa.Schema) -> pa.Schema:
    """Return a schema with the columns that only another one has."""
    return reduce(
        lambda known, field: known if field.name in known.names else known.append(field),
        other,
        schema,
    )
