"""Other processes of a test: started, waited for and ended by these functions, and by no others.

A wait ends when its condition holds, however slow the machine is. It fails when the process that must bring the
condition about has ended, and after `PATIENCE_SECONDS` in any case.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PATIENCE_SECONDS, PAUSE_SECONDS = 900.0, 0.05

_started: list["Process"] = []


class Process(subprocess.Popen[bytes]):
    """A process of its own, ended with the test that started it.

    Both streams are kept in files. So what was printed may be read at any time, and nobody waits for a full pipe.
    """

    def __init__(self, *command: object, **options: Any) -> None:
        self._family: set[psutil.Process] = set()
        self._folder = Path(tempfile.mkdtemp(prefix="seqmem-process-"))
        self._out, self._err = self._folder / "out", self._folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            super().__init__([str(word) for word in command], stdout=out, stderr=err, **options)
        _started.append(self)

    @property
    def out(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(encoding="utf-8", errors="replace")

    @property
    def err(self) -> str:
        """What it has printed on the error stream so far."""
        return self._err.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return the processes below it; none once it has ended."""
        try:
            children: list[psutil.Process] = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        self._family.update(children)
        return children

    def finish(self) -> tuple[int, str, str]:
        """Wait for its end and return its exit code and what it printed."""
        try:
            code = self.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"waited in vain for its end: {self.err}") from None
        return code, self.out, self.err

    def remove(self) -> None:
        """End it with all that were seen below it, and forget what it printed."""
        if self.poll() is None:
            self.family()
            # First itself: it must not act on the end of those below it.
            self.kill()
            self.wait(PATIENCE_SECONDS)
        for process in self._family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def is_going(process: psutil.Process) -> bool:
    """Whether a process has neither ended nor been stopped."""
    try:
        return process.status() not in (
            psutil.STATUS_STOPPED,
            psutil.STATUS_ZOMBIE,
            psutil.STATUS_DEAD,
        )
    except psutil.NoSuchProcess:
        return False


def is_stopped(process: psutil.Process) -> bool:
    """Whether a process is held by SIGSTOP."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], *processes: Process) -> None:
    """Wait until a condition holds, which the processes bring about while they live."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        # Its last doing may have been what is waited for.
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
    """Wait until processes have ended that nobody here started."""
    _, alive = psutil.wait_procs(list(processes), timeout=PATIENCE_SECONDS)
    assert not alive


def remove_started() -> None:
    """End what a test has started and left behind."""
    while _started:
        _started.pop().remove()
