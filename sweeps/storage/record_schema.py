"""Names and types of the columns of ``runs.parquet``."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from seqmem.study.record import columns
from seqmem.sweeps.storage.courses import COURSE_COLUMNS

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
