"""An old sweep that changes, is damaged or vanishes after a larger sweep has begun to use it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import seqmem.sweeps.storage.backend
from seqmem import run_sweep
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.sweeps.execution.extending import Extension
from seqmem.sweeps.storage.folder import SweepFolder
from tests.sweeps.driver import at_moment
from tests.sweeps.growing import COMMAND, LARGER

# Right before the old sweep is indexed, and right before its runs are taken over.
INDEXED = "files:1"
TAKEN_OVER = "add:1"
FIRST_RUN = "WHERE rowid = (SELECT min(rowid) FROM trial_user_attributes WHERE key = 'run:0:0')"


@pytest.fixture
def old(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the smaller sweep, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(tiny, "old"))


def execute_sql(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "optuna.db")) as connection, connection:
        connection.execute(statement)


def truncate(folder: Path) -> None:
    # Content that differs from what a connection has cached.
    execute_sql(folder, "UPDATE trials SET number = number")
    os.truncate(folder / "optuna.db", 3 * 4096)


# What happens to a whole storage, when, and how the message names it.
LOSSES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "deleted": (shutil.rmtree, TAKEN_OVER, "the file has vanished"),
    "truncated": (truncate, TAKEN_OVER, "cannot be used: database disk image is malformed"),
    "truncated before": (truncate, INDEXED, "cannot be used: database disk image is malformed"),
    "overwritten": (
        lambda folder: (folder / "optuna.db").write_bytes(b"x" * 9000),
        INDEXED,
        "cannot be used: file is not a database",
    ),
    "without a table": (
        lambda folder: execute_sql(folder, "DROP TABLE trials"),
        TAKEN_OVER,
        "cannot be used: no such table: trials",
    ),
}
# What happens to runs, when, and how many runs are executed.
CHANGES = {
    "another record": (
        "UPDATE trial_user_attributes SET value_json = replace(value_json, "
        f"'\"depth\": ', '\"depth\": -') {FIRST_RUN}",
        TAKEN_OVER,
        11,
    ),
    "a record without columns": (
        f"UPDATE trial_user_attributes SET value_json = '{{\"record\": {{}}}}' {FIRST_RUN}",
        TAKEN_OVER,
        11,
    ),
    "another kind": (
        f"UPDATE trial_user_attributes SET value_json = '3' {FIRST_RUN}",
        TAKEN_OVER,
        11,
    ),
    "cut": (
        f"UPDATE trial_user_attributes SET value_json = '{{\"rec' {FIRST_RUN}",
        TAKEN_OVER,
        11,
    ),
    # A trial that cannot be read leaves out the runs that follow from it.
    "cut before": (
        f"UPDATE trial_user_attributes SET value_json = '{{\"rec' {FIRST_RUN}",
        INDEXED,
        13,
    ),
    "deleted": (f"DELETE FROM trial_user_attributes {FIRST_RUN}", TAKEN_OVER, 11),
    "all trials deleted": ("DELETE FROM trials", TAKEN_OVER, 20),
    "all trials deleted before": ("DELETE FROM trials", INDEXED, 20),
}
ALONE = ("--jobs", "1", "--executor", "serial")


def grow(*options: str) -> int:
    return main([*COMMAND, *ALONE, "--out", "new", *options])


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_storage_is_one_line(
    loss: str, old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lose, moment, message = LOSSES[loss]
    at_moment(moment, lambda: lose(old), monkeypatch.setattr)
    assert grow("--extend", "old") == (BAD_INPUT if moment == INDEXED else SOME_RUNS_FAILED)
    last = capsys.readouterr().err.splitlines()[-1]
    remedy = "restore a copy of it, or leave --extend out to execute all runs"
    assert f"--extend old: {message}; {remedy}" in last


@pytest.mark.parametrize(
    ("name", "reason"), [("optuna.db", "no optuna.db"), ("config.toml", "holds no sweep")]
)
def test_a_kept_version_that_lost_a_file_is_no_extend_of_the_user(
    name: str, reason: str, old: Path
) -> None:
    kept = Path(shutil.copytree(old, old / "before-1"))
    (kept / name).unlink()
    extension = Extension(False, SweepFolder(old), None)
    with pytest.raises(InputError, match=f"before-1: {reason}.*; restore a copy of it, or move"):
        extension._open(str(kept), "smoke")


def test_a_locked_storage_is_one_line(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seqmem.sweeps.storage.backend, "BUSY_TIMEOUT_SECONDS", 0)
    with closing(sqlite3.connect(old / "optuna.db", isolation_level=None)) as other:
        at_moment(TAKEN_OVER, lambda: other.execute("BEGIN EXCLUSIVE"), monkeypatch.setattr)
        assert grow("--extend", "old") == SOME_RUNS_FAILED
    message = "stopped: --extend old: cannot be used: database is locked; restore"
    assert message in capsys.readouterr().err


def test_an_empty_storage_holds_no_sweep(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute_sql(old, "DELETE FROM studies")
    assert grow("--extend", "old") == BAD_INPUT
    assert "--extend storage sqlite:///old/optuna.db: holds no sweep" in capsys.readouterr().err


@pytest.mark.slow
def test_with_a_copy_in_its_place_the_sweep_goes_on(
    larger: Path,
    tiny: Path,
    old: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    assert_same_records: Callable[[Path, Path], None],
) -> None:
    with monkeypatch.context() as patch:
        at_moment("write:4", lambda: shutil.rmtree(old), patch.setattr)
        assert grow("--extend", "old") == SOME_RUNS_FAILED
    assert "stopped: --extend old: the file has vanished" in capsys.readouterr().err
    shutil.copytree(tiny, old)
    assert grow("--extend", "old") == DONE
    assert "taken over: 6 runs, executed: 6 runs" in capsys.readouterr().out
    assert_same_records(larger, Path("new"))


@pytest.mark.slow
def test_a_sweep_that_grew_in_its_folder_names_the_kept_one(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*COMMAND, *ALONE, "--out", "old"]
    with monkeypatch.context() as patch:
        at_moment(TAKEN_OVER, lambda: truncate(old / "before-1"), patch.setattr)
        assert main([*command, "--extend"]) == SOME_RUNS_FAILED
    advice = "restore a copy of it, or move it away to execute its runs"
    message = f"old/before-1: cannot be used: database disk image is malformed; {advice}"
    assert f"stopped: {message}" in capsys.readouterr().err
    assert main(command) == BAD_INPUT
    assert message in capsys.readouterr().err
    shutil.rmtree(old / "before-1")
    assert main(command) == DONE


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, marks=[] if change == "another record" else [pytest.mark.slow])
        for change in CHANGES
    ],
)
def test_runs_that_change_are_executed_again(
    change: str,
    larger: Path,
    old: Path,
    monkeypatch: pytest.MonkeyPatch,
    assert_same_records: Callable[[Path, Path], None],
) -> None:
    statement, moment, count = CHANGES[change]
    at_moment(moment, lambda: execute_sql(old, statement), monkeypatch.setattr)
    assert run_sweep(LARGER, "new", extend="old").executed == count
    assert_same_records(larger, Path("new"))
