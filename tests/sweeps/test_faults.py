"""Faults of real processes: no record of a sweep is lost, repeated or changed."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from tests.forking import ForkedProcess
from tests.sweeps.launching import (
    DRIVER,
    LONGER,
    go_on,
    start_driven,
    start_forked,
    stop_workers,
    stored_runs,
    wait_for_stop,
)
from tests.waiting import Process, SeparateProcess, wait_for_end, wait_until

Check = Callable[[Path, Path], None]


def words(out: Path, longer: bool) -> tuple[object, ...]:
    return ("sweep", "smoke", *(LONGER if longer else ()), "--jobs", 2, "--out", out)


def launch(out: Path, longer: bool = True) -> ForkedProcess:
    return start_forked(*words(out, longer))


def launch_to_stop(moment: str, out: Path, *options: object, **process: Any) -> ForkedProcess:
    """Start a launcher that stops itself at a moment, and return it then."""
    launcher = start_driven("STOP", moment, *words(out, longer=False), *options, **process)
    wait_for_stop(launcher)
    return launcher


def resume(out: Path, longer: bool = True) -> None:
    """Do what is missing of the sweep, in this process."""
    assert sweeps.run_sweep(
        sweeps.load_config("smoke", LONGER[1:] if longer else ()), out
    ).status.is_done


def is_at_work(out: Path, launcher: SeparateProcess) -> bool:
    """Whether this launcher, and not one before it, has the folder."""
    holder = out / ".lock-holder"
    return holder.exists() and holder.read_text().startswith(f"process {launcher.pid} ")


@pytest.mark.slow
def test_a_launcher_killed_at_random_moments(
    undisturbed: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "out"
    rng = random.Random(0)
    for _ in range(6):
        launcher = launch(out)
        wait_until(lambda launcher=launcher: is_at_work(out, launcher), launcher)
        if rng.random() < 0.8:
            wanted = min(stored_runs(out) + rng.randint(1, 8), 40)
            wait_until(lambda wanted=wanted: stored_runs(out) >= wanted, launcher)
        time.sleep(rng.uniform(0, 0.3))
        family = launcher.family()
        launcher.kill()
        assert launcher.finish()[0] == -signal.SIGKILL
        # Nobody goes on working for a launcher that is gone.
        wait_for_end(family)
    assert stored_runs(out) < 56
    resume(out)
    assert_same_records(undisturbed, out)


def are_in_runs(out: Path, stored: int) -> bool:
    return stored_runs(out) >= stored and len(list(out.glob(".running-*/*"))) == 2


@pytest.mark.slow
def test_killed_workers(undisturbed: Path, tmp_path: Path, assert_same_records: Check) -> None:
    out = tmp_path / "out"
    launcher = launch(out)
    for count in (3, 20):
        # Notes say which runs are going on: each worker is at one.
        first, second = stop_workers(
            launcher, "popen_loky_posix", 2, lambda count=count: are_in_runs(out, count)
        )
        first.kill()
        second.resume()
    code, _, err = launcher.finish()
    assert code == 0, err
    assert "a worker process died; runs" in err
    assert_same_records(undisturbed, out)


@pytest.mark.slow
def test_killed_resource_trackers_are_not_missed(smoke: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # A forked process would share the tracker of the process that asked for it.
    launcher = Process(sys.executable, DRIVER, "STOP", "write:6", *words(out, longer=False))
    wait_for_stop(launcher)
    trackers = [
        process
        for process in launcher.family()
        if "resource_tracker" in " ".join(process.cmdline())
    ]
    assert len(trackers) == 2
    for tracker in trackers:
        tracker.kill()
    go_on(launcher)
    code, _, err = launcher.finish()
    assert code == 0, err
    assert "Traceback" not in err
    assert "resource_tracker" not in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "what", "executor"),
    [
        (signal.SIGINT, "interrupted", "serial"),
        (signal.SIGTERM, "terminated", "serial"),
        (signal.SIGHUP, "hung up", "serial"),
        (signal.SIGINT, "interrupted", "loky"),
    ],
)
def test_an_interrupt_says_how_to_resume(
    number: signal.Signals,
    what: str,
    executor: str,
    smoke: Path,
    tmp_path: Path,
    assert_same_records: Check,
) -> None:
    out = tmp_path / "out"
    moment = {"serial": "step:100", "loky": "write:6"}[executor]
    launcher = launch_to_stop(moment, out, "--executor", executor, start_new_session=True)
    family = launcher.family()
    # The terminal signals the whole group; a batch system asks the launcher alone.
    (os.kill if number == signal.SIGTERM else os.killpg)(launcher.pid, number)
    go_on(launcher)
    code, _, err = launcher.finish()
    assert code == 128 + number, err
    assert (
        err.splitlines()[-1]
        == f"{what}; finished runs are saved in {out}; the same command resumes"
    )
    assert "Traceback" not in err
    wait_for_end(family)
    stored = stored_runs(out)
    assert 5 <= stored < 56
    assert len(sweeps_records(out)) == stored
    resume(out, longer=False)
    assert_same_records(smoke, out)


def sweeps_records(out: Path) -> "list[object]":
    import pandas as pd

    return list(pd.read_parquet(out / "runs.parquet").run_id)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "seqmem", folder], capture_output=True
    ).returncode:
        pytest.skip("this process may not mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)


@pytest.mark.slow
def test_a_full_disk(small_disk: Path, smoke: Path, assert_same_records: Check) -> None:
    out = small_disk / "out"
    filler = small_disk / "filler"
    launcher = launch_to_stop("write:4", out)
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(2_000_000))
    go_on(launcher)
    code, _, err = launcher.finish()
    assert code == 1
    assert "stopped: " in err
    assert "the same command resumes" in err
    assert "Traceback" not in err
    before = stored_runs(out)
    assert before >= 3
    filler.unlink()
    remount(small_disk, "size=64m")
    resume(out, longer=False)
    assert_same_records(smoke, out)


@pytest.mark.slow
def test_a_disk_that_may_not_be_written(
    small_disk: Path, smoke: Path, assert_same_records: Check
) -> None:
    remount(small_disk, "size=64m")
    out = small_disk / "out"
    shutil.copytree(smoke, out)
    remount(small_disk, "ro")
    code, _, err = launch(out, longer=False).finish()
    assert code == 2
    assert err.startswith(f"seqmem: error: {out}: cannot be written: Read-only file system")
    assert len(err.splitlines()) == 1
    # Looking is allowed.
    assert start_forked("status", out).finish()[0] == 0
    remount(small_disk, "rw")
    resume(out, longer=False)
    assert_same_records(smoke, out)


@pytest.mark.slow
def test_a_locked_storage_is_waited_for_and_then_named(
    smoke: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assert_same_records: Check
) -> None:
    monkeypatch.setattr("seqmem.sweeps.storage.backend.BUSY_TIMEOUT_SECONDS", 0.2)
    out = tmp_path / "out"
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    sweeps.run_sweep(config, out)
    with closing(sqlite3.connect(out / "optuna.db", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="database is locked"):
            sweeps.run_sweep(config, out)
    assert sweeps.run_sweep(config, out).executed == 0


def damaged(smoke: Path, out: Path, damage: Callable[[Path], None]) -> Path:
    shutil.copytree(smoke, out)
    damage(out / "optuna.db")
    return out


def truncate(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size // 2)


def empty(database: Path) -> None:
    database.write_bytes(b"")


def age(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
        connection.commit()


@pytest.mark.parametrize(
    ("damage", "message"),
    [(truncate, "malformed"), (age, "no longer compatible"), (empty, "holds nothing of the sweep")],
)
def test_a_storage_that_is_not_what_it_was(
    damage: Callable[[Path], None], message: str, smoke: Path, tmp_path: Path
) -> None:
    out = damaged(smoke, tmp_path / "out", damage)
    before = (out / "runs.parquet").read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        sweeps.run_sweep(sweeps.load_config("smoke"), out)
    assert "\n" not in str(caught.value)
    assert (out / "runs.parquet").read_bytes() == before


@pytest.mark.slow
def test_two_launchers_on_one_folder(
    smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "out"
    first = launch_to_stop("write:1", out)
    code, _, err = launch(out, longer=False).finish()
    assert code == 2
    assert f"this sweep is being run by process {first.pid} on" in err
    first.kill()
    first.finish()
    # The holder's note is still there; the lock is not.
    assert (out / ".lock-holder").exists()
    resume(out, longer=False)
    assert_same_records(smoke, out)
