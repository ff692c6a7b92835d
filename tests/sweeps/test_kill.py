"""SIGKILL of real processes at chosen moments: no run is lost or repeated.

`test_faults` kills them at random moments.
"""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sweeps.launching import PRUNED, start_driven, start_forked

Check = Callable[[Path, Path], None]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "moments"),
    [
        (
            1,
            [
                "begin:1",
                "files:1",
                "run:1",
                "add:3",
                "run:5",
                "write:2",
                "tell:1",
                "add:5",
                "tell:12",
                "export:1",
            ],
        ),
        # Among them a moment between two suggestions of a generation of TPE.
        (2, ["write:1", "write:7", "tell:2", "add:18", "write:13", "export:1"]),
    ],
)
def test_killed_at_every_kind_of_moment(
    jobs: int, moments: list[str], smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "killed"
    command = (
        "sweep",
        "smoke",
        "--jobs",
        jobs,
        "--executor",
        "serial" if jobs == 1 else "loky",
        "--out",
        out,
    )
    for moment in moments:
        code, _, err = start_driven("KILL", moment, *command).finish()
        assert code == -signal.SIGKILL, (moment, err)
    assert start_forked(*command).finish()[0] == 0
    assert_same_records(smoke, out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "moments"),
    [
        (1, ["add:17", "write:5", "report:20", "report:7", "tell:3", "write:6", "report:5"]),
        (2, ["write:9", "report:21", "write:20", "tell:6", "export:1"]),
    ],
)
def test_killed_between_and_within_rungs(
    jobs: int, moments: list[str], pruned: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "killed"
    executor = "serial" if jobs == 1 else "loky"
    command = ("sweep", "smoke", *PRUNED, "--jobs", jobs, "--executor", executor, "--out", out)
    for moment in moments:
        code, _, err = start_driven("KILL", moment, *command).finish()
        assert code == -signal.SIGKILL, (moment, err)
    assert start_forked(*command).finish()[0] == 0
    assert_same_records(pruned, out)
