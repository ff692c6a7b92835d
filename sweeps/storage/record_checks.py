"""Checks of records in bulk: a law for each column, applied to all rows of a table at once."""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqmem.core.damage import DAMAGE_ERRORS
from seqmem.study.metrics import METRICS
from seqmem.study.record import STATUSES
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.storage.courses import COST_COLUMNS

FAILED = "failed"
NEVER_EMPTY = ("sweep", "condition", "role", "cell", "status")
# Empty in failed runs only.
EMPTY_IF_FAILED = (
    "run_id source protocol budget budget_unit engine environment_key steps parameters period"
    " alphabet_size train_cpu_seconds train_wall_seconds evaluation_seconds memorized"
    " checkpoint_fractions checkpoint_steps checkpoint_nll_bits checkpoint_exact_prefixes"
).split()
FROM_ONE = "alphabet_size period lzw depth units parameters flops_per_symbol batch length".split()
FROM_ZERO = (
    "search trial tune_trial generation replicate level seed repeat steps symbols nominal_symbols"
    " flops nominal_flops epochs spent exact_prefix min_context reference_bits given_bits"
    " train_cpu_seconds train_wall_seconds evaluation_seconds recall_horizon"
).split()
POSITIVE = ("learning_rate", "budget_amount", "memorized_fraction", "until")
UP_TO_ONE = ("symbol_accuracy", "memorized_fraction", "test_accuracy", "until", *METRICS)
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
    [Problem(row=1, text='depth 0 is below 1')]
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
    for name in known & {"status"}:
        yield name, f"is none of {_listed(STATUSES)}", _not_in(records[name], [*STATUSES, FAILED])
    for name in known & {"role"}:
        yield name, f"is none of {_listed(ROLES)}", _not_in(records[name], list(ROLES))
    for names, law, breaks in _RANGES:
        for name in [name for name in names if name in known]:
            yield name, law, pc.fill_null(breaks(records[name]), False)
    yield from _broken_numbers(records)


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
    mask = np.zeros(len(lists), bool)
    if pc.any(bad).as_py():
        mask[pc.list_parent_indices(lists).filter(pc.fill_null(bad, False)).to_numpy()] = True
    return pa.array(mask)


def _not_in(values: Any, valid: list[str]) -> Mask:
    return pc.and_(
        pc.is_valid(values), pc.invert(pc.is_in(values, value_set=pa.array(valid, pa.string())))
    )


def _or(*masks: Mask) -> Mask:
    return reduce(pc.or_, masks)


_RANGES: list[tuple[Sequence[str], str, Callable[[Any], Any]]] = [
    (FROM_ONE, "is below 1", lambda values: pc.less(values, 1)),
    ((*FROM_ZERO, *COST_COLUMNS), "is below 0", lambda values: pc.less(values, 0)),
    (POSITIVE, "is not above 0", lambda values: pc.less_equal(values, 0)),
    (UP_TO_ONE, "is not from 0 to 1", lambda v: _or(pc.less(v, 0), pc.greater(v, 1))),
]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(sorted(names))


def _shown(value: Any) -> str:
    """Return a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}"
