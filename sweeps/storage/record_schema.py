"""Names, types and valid values of the columns of ``runs.parquet``."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from seqmem.study.bounds import Bounds
from seqmem.study.declaration import option_choices
from seqmem.study.options import RunOptions
from seqmem.study.record import STATUSES, column_bounds, columns
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.storage.courses import COST_COLUMNS, COURSE_COLUMNS

# Status of a run that ended with an error; it has no record.
FAILED = "failed"

ARROW_TYPES: dict[Any, pa.DataType] = {
    int: pa.int64(),
    int | None: pa.int64(),
    float: pa.float64(),
    float | None: pa.float64(),
    str: pa.string(),
    bool: pa.bool_(),
    bool | None: pa.bool_(),
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


def records_schema(probes: Iterable[str] = (), *, has_pruner: bool = False) -> pa.Schema:
    """Return the names and types of the columns of ``runs.parquet``.

    Parameters
    ----------
    probes : iterable of str
        Names of probes, which have columns too.
    has_pruner : bool
        Whether the sweep has a pruner. Only then are there columns about courses.

    Examples
    --------
    >>> records_schema().field("role").type
    DataType(string)
    """
    courses = COURSE_COLUMNS if has_pruner else {}
    return arrow_schema(IDENTITY_COLUMNS | columns(probes) | CONCLUSION_COLUMNS | courses)


def record_bounds() -> dict[str, Bounds]:
    """Return the bounds of those columns that have any. For a list, they are those of its entries.

    Examples
    --------
    >>> record_bounds()["level"].broken, record_bounds()["depth"].broken
    ('is below 0', 'is not from 1 to 64')
    """
    positions = {name: Bounds(0) for name, kind in IDENTITY_COLUMNS.items() if kind is int}
    return positions | column_bounds() | dict.fromkeys(COST_COLUMNS, Bounds(0))


def record_choices() -> dict[str, tuple[str, ...]]:
    """Return the valid names of those columns that no plug-in can add to.

    Examples
    --------
    >>> record_choices()["role"]
    ('tune', 'select', 'confirm')
    """
    return {"status": (*STATUSES, FAILED), "role": tuple(ROLES)} | option_choices(RunOptions)


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
