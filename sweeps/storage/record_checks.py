"""Checks of records in bulk: a law for each column, applied to all rows of a table at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqmem.core.damage import DAMAGE_ERRORS
from seqmem.core.errors import LONGEST_VALUE, shorten
from seqmem.study.bounds import Bounds
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.storage.record_schema import FAILED, record_bounds, record_choices

NEVER_EMPTY = ("sweep", "condition", "role", "cell", "status")
# Empty in failed runs only.
EMPTY_IF_FAILED = (
    "run_id source protocol budget budget_unit engine environment_key steps parameters period"
    " alphabet_size train_cpu_seconds train_wall_seconds evaluation_seconds memorized"
    " checkpoint_fractions checkpoint_steps checkpoint_nll_bits checkpoint_exact_prefixes"
).split()
CHECKPOINT_PREFIX = "checkpoint_"
# A boolean array of pyarrow, one value per row.
Mask = Any


class Problem(NamedTuple):
    """A row of a table that no run could have written.

    Attributes
    ----------
    row : int
        Number of the row, from 0.
    text : str
        The column, its value and what is valid.
    """

    row: int
    text: str


def record_problems(records: pa.Table, identity: Sequence[str] = ()) -> list[Problem]:
    """Return the rows of a table of records that break a law, each with the first one it breaks.

    Parameters
    ----------
    records : pyarrow.Table
        Records; columns that are not there are not checked.
    identity : sequence of str
        Columns that no two rows may share, if there are any.

    Examples
    --------
    >>> record_problems(pa.table({"role": ["tune", "tune"], "depth": [1, 0]}))
    [Problem(row=1, text='depth 0 is not from 1 to 64')]
    """
    records = _decoded(records)
    first: dict[int, str] = {}
    for column, law, mask in _broken_laws(records):
        for row in pc.indices_nonzero(mask).to_pylist():
            if row not in first:
                value = records[column][row].as_py()
                first[row] = f"{column} {law if value is None else f'{_shown(value)} {law}'}"
    if identity:
        doubled = records.select(list(identity)).to_pandas().duplicated()
        for row in doubled.index[doubled]:
            first.setdefault(row, f"the run ({', '.join(identity)}) is there twice")
    return [Problem(row, first[row]) for row in sorted(first)]


def column_problem(found: pa.Schema, declared: pa.Schema) -> str:
    """Return the first column whose type does not fit the declared one; empty if all fit.

    Whole numbers and others fit each other, and a column without any value fits all.

    Parameters
    ----------
    found : pyarrow.Schema
        Columns of a file.
    declared : pyarrow.Schema
        Columns of records. Others are not checked.

    Examples
    --------
    >>> column_problem(pa.schema({"depth": pa.string()}), pa.schema({"depth": pa.int64()}))
    'depth is of type string, not int64'
    """
    for field in found:
        position = declared.get_field_index(field.name)
        if position >= 0 and not _fits(_plain(field.type), declared.field(position).type):
            return f"{field.name} is of type {field.type}, not {declared.field(position).type}"
    return ""


def table_of_rows(
    rows: Sequence[dict[str, Any]], schema: pa.Schema
) -> tuple[pa.Table, list[Problem]]:
    """Return rows as a table, without those whose values have other types, and these.

    Parameters
    ----------
    rows : sequence of dict
        Values by column.
    schema : pyarrow.Schema
        Columns and types of the table.
    """
    try:
        return pa.Table.from_pylist(list(rows), schema=schema), []
    except (pa.ArrowException, *DAMAGE_ERRORS):
        problems = [
            Problem(index, text)
            for index, row in enumerate(rows)
            if (text := _type_problem(row, schema))
        ]
        bad = {problem.row for problem in problems}
        good = [row for index, row in enumerate(rows) if index not in bad]
        return pa.Table.from_pylist(good, schema=schema), problems


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _fits(found: pa.DataType, declared: pa.DataType) -> bool:
    if pa.types.is_null(found):
        return True
    if pa.types.is_list(declared):
        return pa.types.is_list(found) and _fits(found.value_type, declared.value_type)
    if pa.types.is_string(declared):
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if pa.types.is_boolean(declared):
        return bool(pa.types.is_boolean(found))
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found))


def _decoded(records: pa.Table) -> pa.Table:
    """Return records with each column in one piece, and without categories."""
    schema = pa.schema([field.with_type(_plain(field.type)) for field in records.schema])
    return records.cast(schema).combine_chunks()


def _type_problem(row: dict[str, Any], schema: pa.Schema) -> str:
    for field in schema:
        try:
            pa.array([row.get(field.name)], field.type)
        except (pa.ArrowException, *DAMAGE_ERRORS):
            return f"{field.name} {_shown(row.get(field.name))} is not of type {field.type}"
    return ""


def _broken_laws(records: pa.Table) -> Iterator[tuple[str, str, Mask]]:
    """Yield column, law in words and the mask of the rows that break it."""
    failed = (
        pc.equal(records["status"], FAILED).combine_chunks()
        if "status" in records.column_names
        else pa.array([False] * len(records))
    )
    known = set(records.column_names)
    for name in [name for name in NEVER_EMPTY if name in known]:
        yield name, "is missing", pc.is_null(records[name])
    for name in [name for name in EMPTY_IF_FAILED if name in known]:
        yield name, "is missing", pc.and_not(pc.is_null(records[name]), pc.fill_null(failed, False))
    for name, valid in record_choices().items():
        if name in known:
            yield name, f"is none of {', '.join(sorted(valid))}", _not_in(records[name], valid)
    if {"cell", "condition"} <= known:
        yield "cell", "is neither registered nor in the name of its condition", _no_cell(records)
    yield from _out_of_bounds(records)
    yield from _broken_numbers(records)


def _no_cell(records: pa.Table) -> Mask:
    """Return which rows name a cell that is no registered one and none of a plug-in."""
    unknown = _not_in(records["cell"], CELLS)
    rows = records.select(["cell", "condition"]).filter(unknown).to_pylist()
    odd = [str(row["cell"]) not in str(row["condition"]) for row in rows]
    mask = unknown.to_numpy(zero_copy_only=False).copy()
    mask[mask] = odd
    return pa.array(mask)


def _out_of_bounds(records: pa.Table) -> Iterator[tuple[str, str, Mask]]:
    for name, bounds in record_bounds().items():
        if name not in records.column_names:
            continue
        values = records[name].combine_chunks()
        if pa.types.is_list(values.type):
            outside = _outside(pc.list_flatten(values), bounds)
            yield name, f"has an entry that {bounds.broken}", _rows_with(values, outside)
        else:
            yield name, bounds.broken, _outside(values, bounds)


def _outside(values: Any, bounds: Bounds) -> Mask:
    """Return which numbers are outside of bounds; a missing one is not."""
    numbers = values.cast(pa.float64(), safe=False)
    below = pc.less_equal if bounds.excludes_low else pc.less
    above = pc.greater_equal if bounds.excludes_high else pc.greater
    outside = pc.or_(below(numbers, float(bounds.low)), above(numbers, float(bounds.high)))
    return pc.fill_null(outside, False)


def _broken_numbers(records: pa.Table) -> Iterator[tuple[str, str, Mask]]:
    for field in records.schema:
        if pa.types.is_floating(field.type):
            yield field.name, "is not finite", pc.fill_null(pc.is_inf(records[field.name]), False)
    lists = [
        field.name
        for field in records.schema
        if pa.types.is_list(field.type) and field.name.startswith(CHECKPOINT_PREFIX)
    ]
    lengths = [pc.fill_null(pc.list_value_length(records[name]), -1) for name in lists]
    for name, length in zip(lists[1:], lengths[1:], strict=True):
        yield name, f"is not as long as {lists[0]}", pc.not_equal(length, lengths[0])
    for name in lists:
        yield name, "has an entry that is not valid", _bad_entries(records[name].combine_chunks())


def _bad_entries(lists: Any) -> Mask:
    """Return which lists hold an infinite number, or no number where whole numbers belong."""
    values = pc.list_flatten(lists)
    bad = pc.is_inf(values) if pa.types.is_floating(values.type) else pc.is_null(values)
    return _rows_with(lists, pc.fill_null(bad, False))


def _rows_with(lists: Any, bad: Mask) -> Mask:
    """Return which lists hold an entry that is marked."""
    mask = np.zeros(len(lists), bool)
    if pc.any(bad).as_py():
        mask[pc.list_parent_indices(lists).filter(bad).to_numpy()] = True
    return pa.array(mask)


def _not_in(values: Any, valid: Iterable[str]) -> Mask:
    names = pa.array(list(valid), pa.string())
    return pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=names)))


def _shown(value: Any) -> str:
    """Return a value for a message, shortened."""
    return shorten(repr(value), LONGEST_VALUE)
