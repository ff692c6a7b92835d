"""`python -m seqmem.workflows.study_2`: boxes are written into presets, sweeps collected."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.stored_status import stored_status
from seqmem.workflows.study_2 import __main__ as command
from seqmem.workflows.study_2.keeping import keep_sweeps, restore_sweeps
from seqmem.workflows.study_2.presets import preset_bytes
from tests.analysis.test_study_2_boxes import pilot_of
from tests.sweeps.growing import LARGER, SMALLER, Interrupted


def test_boxes_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    records: dict[str, pd.DataFrame] = {"pilot": pilot_of()}
    monkeypatch.setattr(command, "load", lambda folders: records[folders[0]])
    file = tmp_path / "study2-aa.toml"
    file.write_bytes(preset_bytes("study2-aa"))
    arguments = ["boxes", "pilot", "--presets", str(tmp_path)]
    assert command.main(arguments) == DONE
    assert file.read_bytes() == preset_bytes("study2-aa")
    assert command.main([*arguments, "--write"]) == DONE
    out = capsys.readouterr().out
    assert out.count("[[search.levels]] # 4 symbols") == 2 * 9
    assert f"written: {file}" in out
    search = load_config(f"{file}:a").at_level(512).search
    assert (search.learning_rate.low, search.learning_rate.high) == (0.007, 0.015)


def test_finished_sweeps_are_collected(
    small_sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert command.main(["collect", str(tmp_path)]) == BAD_INPUT
    shutil.copytree(small_sweep, runs / "study2-done")
    arguments = ["collect", str(runs), "--records", str(tmp_path / "records")]
    assert command.main(arguments) == DONE
    assert (tmp_path / "records" / "study2-done" / "runs.parquet").is_file()
    (runs / "study2-empty").mkdir()
    assert command.main(arguments) == SOME_RUNS_FAILED
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("study2-done: ")
    assert lines[-2].endswith("equal to the shipped ones")
    assert lines[-1] == "study2-empty: not finished, left out"


def test_databases_are_kept_and_restored(
    small_sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, other = tmp_path / "runs", tmp_path / "other"
    kept = ["--kept", str(tmp_path / "kept")]
    assert command.main(["keep", str(tmp_path), *kept]) == BAD_INPUT
    assert command.main(["restore", str(other), *kept]) == BAD_INPUT
    shutil.copytree(small_sweep, runs / "study2-begun")
    assert command.main(["keep", str(runs), *kept]) == DONE
    assert command.main(["restore", str(other), *kept]) == DONE
    status = stored_status(other / "study2-begun")
    assert status == stored_status(small_sweep)
    assert status is not None
    assert status.is_done
    capsys.readouterr()
    collect = ["collect", str(other), "--records", str(tmp_path / "records")]
    assert command.main(collect) == SOME_RUNS_FAILED
    printed = capsys.readouterr().out
    assert "study2-begun: finished, left out: no runs.parquet" in printed
    assert "run 'seqmem export" in printed
    assert not (tmp_path / "records").exists()
    database = other / "study2-begun" / "optuna.db"
    content = database.read_bytes()
    assert command.main(["restore", str(other), *kept]) == DONE
    assert database.read_bytes() == content
    packed = tmp_path / "kept" / "study2-begun" / "optuna.db.xz"
    packed.write_bytes(packed.read_bytes()[:-20])
    database.unlink()
    capsys.readouterr()
    assert command.main(["restore", str(other), *kept]) == BAD_INPUT
    assert "damaged" in capsys.readouterr().err
    assert not database.exists()


def test_a_database_in_use_is_kept_with_what_its_log_holds(
    small_sweep: Path, tmp_path: Path
) -> None:
    database = tmp_path / "runs" / "study2-running" / "optuna.db"
    shutil.copytree(small_sweep, database.parent)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE numbers (number INTEGER)")
        connection.execute("INSERT INTO numbers VALUES (7)")
        connection.commit()
        assert list(keep_sweeps(tmp_path / "runs", tmp_path / "kept", tmp_path / "records"))
    list(restore_sweeps(tmp_path / "kept", tmp_path / "other"))
    restored = tmp_path / "other" / "study2-running" / "optuna.db"
    with closing(sqlite3.connect(restored)) as connection:
        assert connection.execute("SELECT number FROM numbers").fetchall() == [(7,)]


def test_a_growing_sweep_is_kept_with_the_runs_that_it_has_not_taken_over_yet(
    tmp_path: Path,
) -> None:
    runs, kept, other = (tmp_path / name for name in ("runs", "kept", "other"))
    folder = runs / "study2-growing"
    assert sweeps.run_sweep(SMALLER, folder).executed == 10
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(LARGER, folder, extend=True, executor=Interrupted(after=2))
    assert list(keep_sweeps(runs, kept, tmp_path))
    assert list(restore_sweeps(kept, other))
    result = sweeps.run_sweep(LARGER, other / folder.name)
    assert result.status.is_done
    assert result.executed == 8
    # Whole, it is kept alone.
    shutil.rmtree(kept)
    assert list(keep_sweeps(other, kept, tmp_path))
    assert not list(kept.glob("*/before-*"))


def test_what_ships_is_not_kept(small_sweep: Path, tmp_path: Path) -> None:
    runs, kept, records = (tmp_path / name for name in ("runs", "kept", "records"))
    shutil.copytree(small_sweep, runs / "study2-done")
    assert command.main(["collect", str(runs), "--records", str(records)]) == DONE
    assert list(keep_sweeps(runs, kept, records)) == ["study2-done: ships already, left out"]
    assert not kept.exists()
    # What ships is a smaller sweep of the name.
    with (records / "study2-done" / "config.toml").open("a") as file:
        file.write("# other\n")
    (line,) = keep_sweeps(runs, kept, records)
    assert line.endswith(" MB")
