"""Altered copies of a sweep's files: every copy has one fault, drawn from a seed.

A fault changes cells, rows and tables of the database, single values inside its JSON, or bytes of
a file. It may be harmless. A command that reads such a copy may refuse it in one line or ignore
the fault, and nothing else.
"""

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DEEP = "[" * 3_000 + "]" * 3_000
# What may stand in any cell of a table.
CELLS: list[Any] = [
    None,
    "",
    "x",
    "$x_{$",
    "a\nb",
    -1,
    0,
    3,
    10**18,
    1e300,
    float("inf"),
    1.5,
    b"\xff\x00\xfe",
    "{",
    "[]",
    "{}",
    "null",
    "NaN",
    '"text"',
    "-1",
    "1e999",
    "9" * 5_000,
    DEEP,
]
# What may stand at any place inside a JSON value.
VALUES: list[Any] = [
    None,
    True,
    "",
    "x",
    -1,
    0,
    1.5,
    10**30,
    -1e300,
    float("nan"),
    float("inf"),
    [],
    [1],
    ["x"],
    {},
    {"record": {}},
    "9" * 1_000,
]
# What may stand for any setting of a sweep file.
SETTINGS = ["-1", '"x"', "[]", "{}", "nan", "1e999", "true"]
Fault = Callable[[sqlite3.Connection, random.Random], str]


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tables of a database that have rows, in order."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    return [
        name
        for (name,) in names.fetchall()
        if connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    ]


def _some_row(connection: sqlite3.Connection, table: str, rng: random.Random) -> int:
    rows = connection.execute(f"SELECT rowid FROM {table} ORDER BY 1").fetchall()
    return int(rng.choice(rows)[0])


def change_a_cell(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Put a strange value into one cell."""
    table = rng.choice(tables_of(connection))
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    column = rng.choice(columns)
    row = _some_row(connection, table, rng)
    value = rng.choice(CELLS)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    return f"{table}.{column} of row {row} = {str(value)[:20]!r}"


def delete_a_row(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Delete one row."""
    table = rng.choice(tables_of(connection))
    row = _some_row(connection, table, rng)
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    return f"{table}: row {row} deleted"


def delete_all_rows(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Delete all rows of a table."""
    table = rng.choice(tables_of(connection))
    connection.execute(f"DELETE FROM {table}")
    return f"{table}: all rows deleted"


def drop_a_table(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Remove a table."""
    table = rng.choice(tables_of(connection))
    connection.execute(f"DROP TABLE {table}")
    return f"{table}: removed"


def rename_an_attribute(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Give an attribute of a trial another name."""
    row = _some_row(connection, "trial_user_attributes", rng)
    key = rng.choice(["run:x", "run:", "run:0", "run:0:0:0", "run:-1:0", "slot", "tune_trial", ""])
    connection.execute(
        "UPDATE OR REPLACE trial_user_attributes SET key = ? WHERE rowid = ?", (key, row)
    )
    return f"trial_user_attributes row {row}: key {key!r}"


def change_json(
    connection: sqlite3.Connection, rng: random.Random, table: str, where: str = "1"
) -> str:
    """Change or remove one value inside the JSON of an attribute, or cut its text."""
    rows = connection.execute(
        f"SELECT rowid, key, value_json FROM {table} WHERE {where} ORDER BY 1"
    ).fetchall()
    row, key, text = rng.choice(rows)
    if rng.random() < 0.1:
        new, what = text[: rng.randrange(len(text))], "cut"
    else:
        new, what = altered_json(text, rng)
    connection.execute(f"UPDATE {table} SET value_json = ? WHERE rowid = ?", (new, row))
    return f"{table} {key} of row {row}: {what}"


def altered_json(text: str, rng: random.Random) -> tuple[str, str]:
    """Return a JSON text with one place changed or removed, and what was done."""
    value = json.loads(text)
    places = list(_places(value))
    if not places:
        return json.dumps(rng.choice(VALUES)), "replaced"
    holder, name = rng.choice(places)
    if rng.random() < 0.3:
        del holder[name]
        return json.dumps(value), f"{name} removed"
    holder[name] = rng.choice(VALUES)
    return json.dumps(value), f"{name} = {str(holder[name])[:20]!r}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place inside a JSON value: what holds it, and its name or index."""
    if isinstance(value, dict | list):
        for name in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, name
            yield from _places(value[name])


def change_an_attribute(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Change the JSON of an attribute of a trial that is no run."""
    return change_json(connection, rng, "trial_user_attributes", "key NOT LIKE 'run:%'")


def change_a_run(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Change the JSON of a run."""
    return change_json(connection, rng, "trial_user_attributes", "key LIKE 'run:%'")


def change_the_sweep(connection: sqlite3.Connection, rng: random.Random) -> str:
    """Change the JSON of an attribute of the sweep."""
    return change_json(connection, rng, "study_user_attributes")


DATABASE_FAULTS: list[Fault] = [
    change_a_cell,
    change_a_cell,
    change_a_cell,
    delete_a_row,
    delete_a_row,
    delete_all_rows,
    drop_a_table,
    rename_an_attribute,
    change_an_attribute,
    change_an_attribute,
    change_a_run,
    change_a_run,
    change_a_run,
    change_the_sweep,
]


def alter_database(path: Path, seed: int) -> str:
    """Put one fault into a copy of a database, and return what was done."""
    rng = random.Random(f"database {seed}")
    if rng.random() < 0.08:
        return alter_bytes(path, rng)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        while True:
            # Some values break a constraint of the table and are refused.
            with suppress(sqlite3.IntegrityError):
                return rng.choice(DATABASE_FAULTS)(connection, rng)


def alter_bytes(path: Path, rng: random.Random) -> str:
    """Cut a file, empty it, or overwrite some of its bytes."""
    content = bytearray(path.read_bytes())
    what = rng.choice(["cut", "emptied", "overwritten", "its beginning overwritten"])
    if what == "cut":
        del content[rng.randrange(len(content)) :]
    elif what == "emptied":
        content.clear()
    else:
        start = 0 if "beginning" in what else rng.randrange(len(content))
        length = min(rng.choice([1, 8, 512]), len(content) - start)
        content[start : start + length] = rng.randbytes(length)
    path.write_bytes(bytes(content))
    return f"{path.name}: {what}"


def alter_records(path: Path, seed: int) -> str:
    """Put one fault into a copy of ``runs.parquet``, and return what was done."""
    rng = random.Random(f"records {seed}")
    if rng.random() < 0.15:
        return alter_bytes(path, rng)
    table = pq.read_table(path)
    column = rng.choice(table.column_names)
    kind = rng.choice(["dropped", "doubled rows", "retyped", "emptied", "changed", "changed"])
    if kind == "doubled rows":
        changed = pa.concat_tables([table, table.slice(0, rng.randint(1, 5))])
    elif kind == "dropped":
        changed = table.drop_columns([column])
    elif kind == "retyped":
        values = [str(value) for value in table[column].to_pylist()]
        changed = _with_column(table, column, pa.array(values))
    else:
        values = table[column].to_pylist()
        rows = range(len(values)) if kind == "emptied" else [rng.randrange(len(values))]
        new = None if kind == "emptied" else _strange(table[column].type, rng)
        for row in rows:
            values[row] = new
        changed = _with_column(table, column, pa.array(values, table[column].type))
        kind = f"{kind} to {str(new)[:20]!r}"
    pq.write_table(changed, path)
    return f"{column}: {kind}"


def _with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _strange(kind: pa.DataType, rng: random.Random) -> Any:
    """Return a value of a type that no record has in most columns."""
    if pa.types.is_list(kind):
        return rng.choice([None, [], [-1], [_strange(kind.value_type, rng)] * 3])
    if pa.types.is_boolean(kind):
        return rng.choice([None, True, False])
    if pa.types.is_integer(kind):
        return rng.choice([None, -1, 0, 2**62])
    if pa.types.is_floating(kind):
        return rng.choice([None, -1.0, 0.0, 1e300, float("inf"), float("nan")])
    return rng.choice([None, "", "$x_{$", "<b>|\n", "9" * 1_000])


def alter_text(path: Path, seed: int) -> str:
    """Put one fault into a copy of a JSON or TOML file, and return what was done."""
    rng = random.Random(f"{path.name} {seed}")
    text = path.read_text(encoding="utf-8")
    kind = rng.choice(["bytes", "json", "line", "lines", "deep", "digits"])
    if kind == "bytes":
        return alter_bytes(path, rng)
    if kind == "json" and path.suffix == ".json":
        new, what = altered_json(text, rng)
    elif kind == "deep":
        new, what = (DEEP if path.suffix == ".json" else f"a = {DEEP}\n{text}"), "nested deeply"
    elif kind == "digits":
        new, what = text.replace("1", "9" * 5_000, 1), "5000 digits"
    else:
        lines = text.splitlines()
        row = rng.randrange(len(lines))
        what = f"line {row + 1}: {lines[row]!r} "
        name, equals, _ = lines[row].partition(" = ")
        if kind == "line" or not equals:
            del lines[row]
            what += "removed"
        else:
            lines[row] = f"{name} = {rng.choice(SETTINGS)}"
            what += f"-> {lines[row]!r}"
        new = "\n".join(lines)
    path.write_text(new, encoding="utf-8")
    return f"{path.name}: {what}"
