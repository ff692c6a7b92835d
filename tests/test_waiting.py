"""Waiting for other processes: a wait ends with the process, and no process is left behind."""

import signal
from pathlib import Path

import pytest

from tests.waiting import Process, remove_started, wait_for_end, wait_until


def test_a_wait_fails_when_the_process_has_ended() -> None:
    process = Process("bash", "-c", "echo no such thing >&2; exit 3")
    with pytest.raises(
        AssertionError, match="ended with 3 before what was waited for: no such thing"
    ):
        wait_until(lambda: False, process)


def test_what_a_process_did_last_counts(tmp_path: Path) -> None:
    process = Process("bash", "-c", 'echo done > "$0"', tmp_path / "done")
    process.finish()
    wait_until((tmp_path / "done").exists, process)


def test_a_process_that_is_left_is_ended_with_all_below_it() -> None:
    process = Process("bash", "-c", "sleep 600 & wait")
    wait_until(process.family, process)
    family = process.family()
    remove_started()
    wait_for_end(family)
    assert process.returncode == -signal.SIGKILL
