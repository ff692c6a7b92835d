"""What the progress says of the rate: only runs that were executed tell how long others take."""

from __future__ import annotations

import io

import pytest

from seqmem.core.progress import Bar, Lines


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_come_every_ten_seconds_with_the_rate_of_the_executed_runs() -> None:
    clock, stream = Clock(), io.StringIO()
    lines = Lines(stream, clock)
    lines.start(120, 10)
    for _ in range(80):
        lines.skip("taken over")
    for clock.now in (5.0, 8.0, 11.0, 14.0):
        lines.advance("executed")
    lines.stop()
    # One run every 3 seconds after the first; 26 are missing after the last.
    assert stream.getvalue().splitlines() == [
        "120 runs, 10 already stored",
        "93/120 runs, 20 runs/min, 1 min 21 s left, executed",
        "94/120 runs, 20 runs/min, 1 min 18 s left, executed",
    ]


def test_lines_know_no_rate_before_a_run_is_executed() -> None:
    stream = io.StringIO()
    lines = Lines(stream, Clock())
    lines.start(4, 0)
    lines.skip("")
    lines.stop()
    assert stream.getvalue().splitlines() == ["4 runs", "1/4 runs, 0 runs/min"]


def test_a_bar_knows_no_rate_before_runs_are_executed(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    bar.start(8, 0)
    for _ in range(5):
        bar.skip("taken over")
    bar.advance("executed")
    bar.stop()
    shown = capsys.readouterr().err
    assert "6/8" in shown
    assert "executed" in shown
    assert "runs/min" not in shown
    assert "left" not in shown
