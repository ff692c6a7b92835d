"""What the functions of analysis take, for the messages about other arguments."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import pandas as pd

from seqmem.core.argument_kinds import Kind

TIMING_COLUMNS = frozenset(
    "process work engine cell depth units batch length alphabet_size seconds_per_symbol".split()
)
_QUOTED = re.compile(r"'(\w+)'")


def are_paths(folders: Any) -> bool:
    """Return whether the items of a list are paths; other iterables are not looked into."""
    is_list = isinstance(folders, list | tuple)
    return not is_list or all(isinstance(item, str | os.PathLike) for item in folders)


@cache
def _record_columns() -> frozenset[str]:
    from seqmem.sweeps.storage.record_schema import records_schema

    # Without the columns of probes, whose modules import torch.
    return frozenset([*records_schema(has_pruner=True).names, "folder"])


def _lacks(columns: Callable[[], frozenset[str]]) -> Callable[[object, Exception], str]:
    """Return a function that says which columns a frame lacks, if that is why a function failed."""

    def lacks(frame: object, error: Exception) -> str:
        if not isinstance(frame, pd.DataFrame):
            return ""
        named = dict.fromkeys(_QUOTED.findall(str(error)))
        missing = [
            name
            for name in named
            if (name in columns() or name.startswith("probe_")) and name not in frame
        ]
        if not missing:
            return ""
        return f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}"

    return lacks


def _has_columns_of_records(frame: Any) -> bool:
    # What else a kind takes, such as folders, has no columns.
    is_frame = isinstance(frame, pd.DataFrame)
    return not is_frame or not _record_columns().isdisjoint(frame.columns)


RECORDS = Kind(
    (pd.DataFrame,),
    "records, as load(FOLDER) returns them",
    accepts=_has_columns_of_records,
    lack=_lacks(_record_columns),
)
# A frame without columns goes with timings, which need no records.
RECORDS_OR_NONE = RECORDS._replace(
    accepts=lambda frame: _has_columns_of_records(frame) or frame.columns.empty
)
TIMINGS = Kind(
    (pd.DataFrame,), "timings, as `seqmem time` writes them", lack=_lacks(lambda: TIMING_COLUMNS)
)
FOLDERS = Kind(
    (str, os.PathLike, Iterable),
    "a folder of a sweep, or a list of them",
    (bytes, Mapping, pd.DataFrame),
    are_paths,
)
