"""Other processes of a test: started, waited for and ended by these functions only.

A wait ends when its condition holds, however slow the machine is. It fails if the process that must
fulfil the condition has ended. In any case, it fails after `PATIENCE_SECONDS`.
"""

import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PATIENCE_SECONDS = 900.0
PAUSE_SECONDS = 0.05

_started: list["SeparateProcess"] = []


class SeparateProcess(ABC):
    """A separate process, which ends with the test that started it.

    Both output streams go to files. So their text may be read at any time, and the process never
    waits for a full pipe. What is not said here is as in `subprocess.Popen`.
    """

    args: Any
    pid: int
    returncode: Any

    def __init__(self) -> None:
        self._family: set[psutil.Process] = set()
        self._folder = Path(tempfile.mkdtemp(prefix="seqmem-process-"))
        self._out = self._folder / "out"
        self._err = self._folder / "err"

    def end_with_test(self) -> None:
        """Let the process, which has started, end with the test."""
        _started.append(self)

    @abstractmethod
    def poll(self) -> int | None: ...

    @abstractmethod
    def wait(self, timeout: float | None = None) -> int: ...

    @abstractmethod
    def send_signal(self, sig: int) -> None: ...

    @abstractmethod
    def kill(self) -> None: ...

    @property
    def out(self) -> str:
        """The output so far."""
        return self._out.read_text(encoding="utf-8", errors="replace")

    @property
    def err(self) -> str:
        """The error output so far."""
        return self._err.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return the descendants of the process, or none if it has ended."""
        try:
            children: list[psutil.Process] = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        self._family.update(children)
        return children

    def finish(self) -> tuple[int, str, str]:
        """Wait for the end and return the exit code, the output and the error output."""
        try:
            code = self.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"waited in vain for its end: {self.err}") from None
        return code, self.out, self.err

    def remove(self) -> None:
        """End the process and all descendants that were seen, and delete its output."""
        if self.poll() is None:
            self.family()
            # The process itself ends first, so it cannot react to the end of its descendants.
            self.kill()
            self.wait(PATIENCE_SECONDS)
        for process in self._family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class Process(subprocess.Popen[bytes], SeparateProcess):
    """A separate process that runs a command."""

    def __init__(self, *command: object, **options: Any) -> None:
        SeparateProcess.__init__(self)
        with self._out.open("wb") as out, self._err.open("wb") as err:
            super().__init__([str(word) for word in command], stdout=out, stderr=err, **options)
        self.end_with_test()


def is_going(process: psutil.Process) -> bool:
    """Return whether a process has neither ended nor been stopped."""
    try:
        return process.status() not in (
            psutil.STATUS_STOPPED,
            psutil.STATUS_ZOMBIE,
            psutil.STATUS_DEAD,
        )
    except psutil.NoSuchProcess:
        return False


def is_stopped(process: psutil.Process) -> bool:
    """Return whether a process is stopped by SIGSTOP."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], *processes: SeparateProcess) -> None:
    """Wait until a condition holds.

    Parameters
    ----------
    condition : callable
    processes : SeparateProcess
        Processes that fulfil the condition. If one of them ends before, the wait fails.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        # The last action of the process may have fulfilled the condition.
        if ended := [process for process in processes if process.poll() is not None]:
            assert condition(), (
                f"ended with {ended[0].returncode} before what was waited for: {ended[0].err}"
            )
            return
        assert time.monotonic() < deadline, (
            f"waited in vain: {[process.err for process in processes]}"
        )
        time.sleep(PAUSE_SECONDS)


def wait_for_end(processes: Iterable[psutil.Process]) -> None:
    """Wait until processes have ended that were not started here."""
    _, alive = psutil.wait_procs(list(processes), timeout=PATIENCE_SECONDS)
    assert not alive


def remove_started() -> None:
    """End the processes that a test has started and left behind."""
    while _started:
        _started.pop().remove()
