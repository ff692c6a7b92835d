"""SIGKILL at chosen and at random moments, in real processes: nothing lost, nothing repeated."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("driver.py")
Check = Callable[[Path, Path], None]


def launch(out: Path, jobs: int, moment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(DRIVER), "smoke", str(out), str(jobs), moment])


def finish(out: Path, jobs: int, moment: str = "never") -> int:
    return launch(out, jobs, moment).wait(timeout=300)


def test_killed_twice_and_resumed(smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    out = tmp_path / "killed"
    # In the middle of storing the suggestions of the first generation, then before a trial is told.
    assert finish(out, 1, "add:6") == -signal.SIGKILL
    assert finish(out, 1, "tell:11") == -signal.SIGKILL
    assert finish(out, 1) == 0
    assert_same_records(smoke, out)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_every_kind_of_moment(jobs: int, smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    out = tmp_path / "killed"
    moments = ["add:1", "add:3", "write:1", "write:7", "tell:1", "tell:3", "add:20", "tell:30"]
    if jobs == 1:
        moments += ["run:1", "run:5"]
    for moment in moments:
        assert finish(out, jobs, moment) in (-signal.SIGKILL, 0)
    assert finish(out, jobs) == 0
    assert_same_records(smoke, out)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments(seed: int, smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    out, rng = tmp_path / "killed", random.Random(seed)
    for _ in range(4):
        process = launch(out, jobs=2, moment="never")
        try:
            process.wait(timeout=rng.uniform(1.0, 9.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert finish(out, jobs=2) == 0
    assert_same_records(smoke, out)
