"""What a signal does to long work, at whatever moment it comes."""

import os
import signal
import threading
import weakref
from pathlib import Path

import pytest

from seqmem.cli.interrupts import report_interrupts
from seqmem.core.exit_codes import TERMINATED
from seqmem.core.interruption import (
    SIGNALS,
    Interrupted,
    check_interrupted,
    ended_by_signals,
    interruptible,
    interrupts_deferred,
)
from seqmem.core.progress import Silent
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.launcher import run_sweep


class Forgotten:
    """An object with a weak reference, whose callback cannot raise errors."""


def lose_an_interrupt(number: int = signal.SIGTERM) -> None:
    """Receive a signal where Python drops what its handler raises."""
    thing = Forgotten()
    reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), number))
    del thing
    assert reference() is None


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_lost_in_a_callback_is_found_by_the_next_check(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with interruptible():
        lose_an_interrupt(number)
        with pytest.raises(Interrupted) as caught:
            check_interrupted()
    assert caught.value.number == number
    assert capsys.readouterr().err == ""
    check_interrupted()


def test_nothing_is_found_where_nothing_was_heard() -> None:
    with interruptible():
        check_interrupted()


def test_an_interrupt_is_deferred_past_what_must_not_be_left_half_done() -> None:
    done = []

    def whole() -> None:
        with interruptible(), interrupts_deferred():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("the whole")

    with pytest.raises(KeyboardInterrupt):
        whole()
    assert done == ["the whole"]


def test_the_first_signal_is_told_at_once_and_only_once(capfd: pytest.CaptureFixture[str]) -> None:
    told = []

    def interrupt_twice() -> None:
        signal.raise_signal(signal.SIGTERM)
        told.append(capfd.readouterr().err)
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Interrupted), interruptible("stopping"), interrupts_deferred():
        interrupt_twice()
    assert told == ["stopping\n"]
    assert capfd.readouterr().err == ""
    with pytest.raises(Interrupted), interruptible():
        signal.raise_signal(signal.SIGTERM)
    assert capfd.readouterr().err == ""


def test_an_interrupt_is_not_lost_if_the_part_that_defers_it_fails() -> None:
    def broken() -> None:
        with interruptible(), interrupts_deferred():
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError("the part")

    with pytest.raises(Interrupted) as caught:
        broken()
    assert caught.value.number == signal.SIGTERM
    assert str(caught.value.__context__) == "the part"


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_ends_at_an_interrupt_that_was_lost(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(Silent):
        """Meets the signal once a run is stored."""

        advanced = 0

        def advance(self, note: str, seconds_left: float | None = None) -> None:
            self.advanced += 1
            if self.advanced == 1:
                lose_an_interrupt()

    progress = Interrupted()
    config = load_config("smoke")
    ended = report_interrupts(
        lambda: run_sweep(config, tmp_path, jobs=jobs, progress=progress), lambda: "how to resume"
    )
    assert ended == TERMINATED
    assert capsys.readouterr().err == "terminated; how to resume\n"
    assert progress.advanced <= 2
    result = run_sweep(config, tmp_path)
    assert result.status.is_done


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_was_lost_is_raised_again(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("seqmem.core.interruption.REPEAT_SECONDS", 0.01)
    before = [signal.getsignal(number) for number in SIGNALS]
    is_over = threading.Event()

    def work() -> None:
        with ended_by_signals():
            lose_an_interrupt(number)
            is_over.wait()

    with pytest.raises(Interrupted) as caught:
        work()
    assert caught.value.number == number
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert capsys.readouterr().err == ""
    check_interrupted()


def test_long_work_does_not_begin_after_a_signal_that_was_lost() -> None:
    begun = []

    def work() -> None:
        with ended_by_signals():
            lose_an_interrupt()
            with interruptible():
                begun.append(True)

    with pytest.raises(Interrupted):
        work()
    assert not begun
    check_interrupted()


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals(), interruptible(), interrupts_deferred():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
