"""Damaged storages and records: the message names the place, and the rest can be read."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seqmem import InputError, load, sweeps
from seqmem.cli.app import main
from seqmem.core.damage import Damages
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.sweeps.storage.record_checks import record_problems
from tests.fuzz.altered import RESUME

# An attribute of a trial of the first search, its new text, and how the message names it.
FAULTS = {
    "cut": ("run:0:0", '{"record": {"dep', "attribute 'run:0:0'"),
    "not a number": ("run:0:0", "NaN", "attribute 'run:0:0'"),
    "no outcome": ("run:0:0", "[]", "attribute 'run:0:0': neither a record nor a failure"),
    "no columns": ("run:0:0", '{"record": 3}', "attribute 'run:0:0': record 3 has no columns"),
    "no text": ("run:0:0", '{"failure": 3}', "attribute 'run:0:0': failure 3 is no text"),
    "empty record": ("run:0:0", '{"record": {}}', "attribute 'run:0:0': 'environment_key' is miss"),
    "slot": ("slot", '[0, "x"]', "attribute 'slot'"),
    "slot of no search": ("slot", "[99, 0]", "attribute 'slot': [99, 0] is no slot of the search"),
}
# A column of a record, its new value, and what the message says of it.
COLUMNS = {
    "steps": ("many", "steps 'many' is not of type int64"),
    "flops": (10**30, f"flops {10**30} is not of type double"),
    "checkpoint_steps": ([1, None], "checkpoint_steps [1, None] is not as long as"),
    "status": ("lost", "status 'lost' is none of budget_spent, converged"),
    "depth": (0, "depth 0 is not from 1 to 64"),
    "stored_fraction": (7.0, "stored_fraction 7.0 is above 1"),
    "momentum": (1.0, "momentum 1.0 is not from 0 to below 1"),
    "checkpoint_exact_prefixes": (
        [-1],
        "checkpoint_exact_prefixes [-1] has an entry that is below 0",
    ),
    "protocol": ("steam", "protocol 'steam' is none of stream, window"),
    "symbol_accuracy": (1.5, "symbol_accuracy 1.5 is not from 0 to 1"),
    "train_cpu_seconds": (None, "train_cpu_seconds is missing"),
    "memorized": ("yes", "memorized 'yes' is not of type bool"),
    "nll_bits": (float("inf"), "nll_bits inf is not finite"),
}


@pytest.fixture
def folder(small_sweep: Path, tmp_path: Path) -> Path:
    """A copy of a finished sweep."""
    return Path(shutil.copytree(small_sweep, tmp_path / "sweep"))


def execute(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "optuna.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()


def set_attribute(folder: Path, key: str, text: str) -> None:
    """Change an attribute of the first trial that has it."""
    (row,) = execute(folder, "SELECT min(rowid) FROM trial_user_attributes WHERE key = ?", key)
    execute(folder, "UPDATE trial_user_attributes SET value_json = ? WHERE rowid = ?", text, *row)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(list(map(str, arguments))) == BAD_INPUT
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    return printed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_attribute_is_named_and_the_rest_is_read(
    fault: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, text, message = FAULTS[fault]
    set_attribute(folder, key, text)
    content = (folder / "optuna.db").read_bytes()
    out = folder / "new.parquet"
    printed = refused(capsys, "export", folder, "--out", out)
    assert message in printed
    assert "/tune" in printed
    assert "trial 0 of smoke/" in printed
    assert not out.exists()
    assert main(["export", str(folder), "--out", str(out), "--skip-damaged"]) == DONE
    shown = capsys.readouterr()
    assert shown.err.startswith("1 left out, because it is damaged: trial 0 of")
    whole = len(pd.read_parquet(folder / "runs.parquet"))
    assert f"{len(pd.read_parquet(out))} runs" in shown.out
    assert 0 < len(pd.read_parquet(out)) < whole
    assert (folder / "optuna.db").read_bytes() == content


@pytest.mark.parametrize("column", COLUMNS)
def test_a_damaged_column_is_named(
    column: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value, message = COLUMNS[column]
    (text,) = execute(
        folder, "SELECT value_json FROM trial_user_attributes WHERE key = 'run:0:0' ORDER BY rowid"
    )[0]
    outcome = json.loads(str(text))
    outcome["record"][column] = value
    set_attribute(folder, "run:0:0", json.dumps(outcome))
    printed = refused(capsys, "export", folder, "--out", folder / "new.parquet")
    assert message in printed or "not valid JSON" in printed
    assert "attribute 'run:0:0'" in printed
    out = folder / "new.parquet"
    assert main(["export", str(folder), "--out", str(out), "--skip-damaged"]) == DONE
    assert "1 left out, because it is damaged" in capsys.readouterr().err
    assert len(pd.read_parquet(out)) == len(pd.read_parquet(folder / "runs.parquet")) - 1


def test_status_names_a_damaged_trial(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_attribute(folder, "slot", '"x"')
    assert "trial 0 of smoke/" in refused(capsys, "status", folder)
    set_attribute(folder, "slot", "[0, 0]")
    set_attribute(folder, "run:0:0", "{")
    printed = refused(capsys, "status", folder)
    assert "attribute 'run:0:0': not valid JSON" in printed
    assert "export --skip-damaged" in printed


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM trial_user_attributes WHERE key = 'slot'", "attribute 'slot' is missing"),
        ("DELETE FROM trial_user_attributes WHERE key = 'tune_trial'", "'tune_trial': None"),
        ("DELETE FROM trial_params WHERE param_name = 'depth'", "parameter 'depth' is missing"),
        ("UPDATE trial_params SET param_value = 'x'", "'x' is not a number"),
        ("UPDATE trial_params SET param_value = 99", "is not from"),
        ("UPDATE trial_values SET value = 9e999", "value [inf] is not one finite number"),
        ("DELETE FROM trial_values", "value None is not one finite number"),
        ("UPDATE trials SET state = 'LOST'", "LOST"),
        ("DELETE FROM study_user_attributes WHERE key = 'environment'", "'environment' of the sw"),
        ("UPDATE study_user_attributes SET value_json = '{'", "of a sweep: not valid JSON"),
        ("DROP TABLE trial_params", "no such table"),
    ],
)
def test_damaged_tables_are_one_line(
    statement: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(folder, statement)
    assert message in refused(capsys, "export", folder, "--out", folder / "new.parquet")


def test_a_damaged_sweep_is_not_resumed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_attribute(folder, "slot", "[99, 0]")
    before = execute(folder, "SELECT * FROM trial_user_attributes")
    command = ["sweep", "smoke", "--set", "strings.levels=[6]", "--jobs", "1", "--out", str(folder)]
    assert main(command) in (BAD_INPUT, SOME_RUNS_FAILED)
    assert "attribute 'slot': [99, 0] is no slot of the search" in capsys.readouterr().err
    assert execute(folder, "SELECT * FROM trial_user_attributes") == before


def alter(folder: Path, column: str, value: object) -> None:
    """Change a column of the first row of the records."""
    file = folder / "runs.parquet"
    table = pq.read_table(file)
    values = table[column].to_pylist()
    values[0] = value
    index = table.column_names.index(column)
    pq.write_table(table.set_column(index, table.field(index), pa.array([values])[0].values), file)


def test_a_damaged_row_is_named_and_can_be_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = len(load(folder))
    alter(folder, "steps", -1)
    with pytest.raises(InputError, match=r"runs.parquet', row 1: steps -1 is below 0"):
        load(folder)
    with pytest.warns(UserWarning, match="1 left out, because it is damaged"):
        assert len(load(folder, skip_damaged=True)) == count - 1
    damages = Damages(skip=True)
    assert len(load(folder, damages=damages)) == count - 1
    assert damages.count == 1
    figure = ("figures", folder, "--only", "anytime", "--out", folder / "new")
    assert "row 1: steps -1 is below 0" in refused(capsys, *figure)
    assert main([*map(str, figure), "--skip-damaged"]) == DONE
    assert "1 left out, because it is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("stored_fraction", 7.0, "stored_fraction 7.0 is above 1"),
        ("cell", "lstn", "cell 'lstn' is neither registered nor in the name of its condition"),
        ("engine", "fussed", "engine 'fussed' is none of auto, fused, torch"),
        ("checkpoint_fractions", [0.0, 1.0], "has an entry that is not above 0 to 1"),
    ],
)
def test_values_outside_of_the_schema_are_named(
    column: str, value: object, message: str, folder: Path
) -> None:
    alter(folder, column, value)
    with pytest.raises(InputError, match=re.escape(message)):
        load(folder)


def test_a_cell_of_a_plugin_is_read_without_it() -> None:
    rows = {"cell": ["mine", "yours"], "condition": ["iid/mine/stream"] * 2}
    assert [problem.row for problem in record_problems(pa.table(rows))] == [1]


def test_an_unreadable_file_beside_its_database_can_be_written_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "runs.parquet"
    count = len(pd.read_parquet(file))
    file.write_bytes(file.read_bytes()[:100])
    printed = refused(capsys, "report", folder)
    command = f"seqmem export {folder} --out {file}"
    assert printed.endswith("runs.parquet' writes it again\n")
    with pytest.raises(InputError, match=re.escape(f"; '{command}' writes it again")):
        load(folder)
    assert main(command.split()[1:]) == DONE
    assert len(load(folder)) == count
    file.write_bytes(b"")
    (folder / "optuna.db").unlink()
    assert "writes it again" not in refused(capsys, "report", folder)


def test_columns_of_another_type_are_named(folder: Path) -> None:
    file = folder / "runs.parquet"
    table = pq.read_table(file)
    texts = pa.array([str(value) for value in table["steps"].to_pylist()])
    pq.write_table(table.set_column(table.column_names.index("steps"), "steps", texts), file)
    with pytest.raises(InputError, match="column steps is of type string, not int64"):
        load(folder)


def test_doubled_rows_are_named(folder: Path) -> None:
    file = folder / "runs.parquet"
    table = pq.read_table(file)
    pq.write_table(pa.concat_tables([table, table.slice(0, 2)]), file)
    with pytest.raises(InputError, match="is there twice"):
        load(folder)
    with pytest.warns(UserWarning, match="2 left out, because they are damaged: the first is"):
        assert len(load(folder, skip_damaged=True)) == len(table)


def test_sound_records_break_no_law(small_sweep: Path) -> None:
    assert record_problems(pq.read_table(small_sweep / "runs.parquet")) == []


def test_a_failed_run_breaks_no_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import seqmem.study.runner

    def fail(config: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(seqmem.study.runner, "run", fail)
    result = sweeps.run_sweep(sweeps.load_config("smoke", ("strings.levels=[6]",)), tmp_path / "a")
    assert result.status.failed == result.status.stored
    assert (load(tmp_path / "a", require_confirm=False)["status"] == "failed").all()


MANIFEST_FAULTS = {
    "data": (5, "data 5 is not readings and a digest"),
    "data of a digest that is none": ({"data": {"digest": [1]}}, "is not readings and a digest"),
    "data of odd readings": ({"data": {"readings": [None]}}, "is not readings and a digest"),
    "resumed_by": (5, "resumed_by 5 is not a list"),
    "storage": (["x"], "storage ['x'] is not a text"),
    "environments": ([3], "environments [3] is not a list of environments"),
}


@pytest.mark.parametrize("name", MANIFEST_FAULTS)
def test_a_sweep_with_a_damaged_manifest_is_not_resumed(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value, message = MANIFEST_FAULTS[name]
    path = folder / "manifest.json"
    changed = value if isinstance(value, dict) else {name: value}
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changed), "utf-8")
    capsys.readouterr()
    printed = refused(capsys, *RESUME, folder)
    assert f"{path}: not the manifest of a sweep: " in printed
    assert message in printed
