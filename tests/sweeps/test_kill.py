"""SIGKILL at chosen moments, in real processes: nothing lost, nothing repeated. For random ones see test_faults."""

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


@pytest.mark.slow
def test_killed_twice_and_resumed(smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    out = tmp_path / "killed"
    # Between two suggestions of the first TPE generation, then before a trial is told.
    assert finish(out, 1, "add:18") == -signal.SIGKILL
    assert finish(out, 1, "tell:5") == -signal.SIGKILL
    assert finish(out, 1) == 0
    assert_same_records(smoke, out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "moments"),
    [
        (
            1,
            [
                "begin:1",
                "files:1",
                "add:3",
                "run:1",
                "run:5",
                "write:2",
                "tell:1",
                "add:5",
                "run:9",
                "tell:12",
                "export:1",
            ],
        ),
        (2, ["files:1", "add:1", "write:1", "write:7", "tell:2", "add:9", "write:13", "export:1"]),
    ],
)
def test_killed_at_every_kind_of_moment(
    jobs: int, moments: list[str], smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "killed"
    for moment in moments:
        assert finish(out, jobs, moment) == -signal.SIGKILL, moment
    assert finish(out, jobs) == 0
    assert_same_records(smoke, out)
