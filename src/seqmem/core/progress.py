"""Progress of long work: a bar on a terminal, and plain lines elsewhere.

It is never on the clock of a run.
"""

import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from seqmem.core.messages import message_line

LINE_EVERY_SECONDS = 10.0


class Progress(Protocol):
    """What the launcher reports while it works."""

    def start(self, total: int, done: int) -> None:
        """Begin. So far, ``done`` of ``total`` runs are stored."""

    def warn(self, text: str) -> None:
        """Report something that the user should know before the start."""

    def tell(self, text: str) -> None:
        """Report something that happened during the work."""

    def resize(self, total: int) -> None:
        """Change the number of runs in all, which may depend on their results."""

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        """Count a stored run. If the time left is not given, it follows from the rate."""

    def skip(self, note: str) -> None:
        """Count a run that was taken over from elsewhere; its time says nothing of the others."""

    def stop(self) -> None:
        """End, after success and after an error."""


class Silent:
    """No progress, for use as a library. Warnings are Python warnings."""

    def warn(self, text: str) -> None:
        """Raise a Python warning."""
        warnings.warn(text, stacklevel=4)

    def tell(self, text: str) -> None:
        """Write a line to the log, because the program itself has no fault."""
        logging.getLogger("seqmem").warning(text)

    def start(self, total: int, done: int) -> None:
        """Do nothing."""

    def resize(self, total: int) -> None:
        """Do nothing."""

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        """Do nothing."""

    def skip(self, note: str) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class Lines:
    """A plain line at the start, at the end, and every ten seconds between.

    Parameters
    ----------
    stream : text file
    clock : callable
        Returns the time in seconds.
    counted : str
        What is counted, in the plural.
    """

    def __init__(
        self, stream: TextIO, clock: Callable[[], float] = time.monotonic, counted: str = "runs"
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._counted = counted
        self._total = 0
        self._done = 0
        self._before = 0
        self._skipped = 0
        self._started = 0.0
        self._printed = 0.0
        self._note = ""
        self._left: float | None = None

    def start(self, total: int, done: int) -> None:
        """Print the number of runs."""
        self._total = total
        self._done = done
        self._before = done
        self._started = self._printed = self._clock()
        resumed = f", {done} already stored" if done else ""
        print(f"{total} {self._counted}{resumed}", file=self._stream, flush=True)

    def warn(self, text: str) -> None:
        """Print a line."""
        print(message_line(f"seqmem: warning: {text}"), file=self._stream, flush=True)

    def tell(self, text: str) -> None:
        """Print a line."""
        self.warn(text)

    def resize(self, total: int) -> None:
        """Change the number of runs in all; nothing is printed."""
        self._total = total

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        """Count a run, and print a line if the last line is ten seconds old."""
        self._left = seconds_left
        if self._count(note) == 1:
            # The first run pays for the start of the workers, so its time does not count.
            self._started = self._clock()
        if self._clock() - self._printed >= LINE_EVERY_SECONDS:
            self._print()

    def skip(self, note: str) -> None:
        """Count a run that was taken over; nothing is printed."""
        self._skipped += 1
        self._count(note)

    def stop(self) -> None:
        """Print the last state, unless there was nothing to do."""
        if self._done > self._before:
            self._print()

    def _count(self, note: str) -> int:
        """Count a run, and return how many were executed."""
        self._done += 1
        self._note = note
        return self._executed

    @property
    def _executed(self) -> int:
        return self._done - self._before - self._skipped

    def _print(self) -> None:
        self._printed = self._clock()
        elapsed = max(self._printed - self._started, 1e-9)
        rate = max(self._executed - 1, 0) / elapsed
        seconds = (self._total - self._done) / rate if self._left is None and rate else self._left
        if self._done >= self._total:
            seconds = 0.0
        left = "" if seconds is None else f", {duration(seconds)} left"
        note = f", {self._note}" if self._note else ""
        done = f"{self._done}/{self._total} {self._counted}"
        line = f"{done}, {60 * rate:.0f} {self._counted}/min{left}{note}"
        print(line, file=self._stream, flush=True)


class Bar:
    """A live bar on a terminal.

    Parameters
    ----------
    counted : str
        What is counted, in the plural.
    """

    def __init__(self, counted: str = "runs") -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
        )
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self._counted = counted
        self._task: Any = None
        self._has_skipped = False

    def start(self, total: int, done: int) -> None:
        """Show the bar."""
        self._bar.start()
        self._task = self._bar.add_task(
            self._counted, total=total, completed=done, note="", rate="", left=""
        )

    def warn(self, text: str) -> None:
        """Print a line above the bar."""
        line = message_line(f"seqmem: warning: {text}")
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def tell(self, text: str) -> None:
        """Print a line above the bar."""
        self.warn(text)

    def resize(self, total: int) -> None:
        """Change the end of the bar."""
        self._bar.update(self._task, total=total)

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        """Count a run."""
        task = next(task for task in self._bar.tasks if task.id == self._task)
        if self._has_skipped:
            # Forget how fast the runs before came, which were only taken over.
            self._bar.reset(self._task, completed=int(task.completed))
            self._has_skipped = False
        seconds = task.time_remaining if seconds_left is None else seconds_left
        rate = f"{60 * task.speed:.0f} {self._counted}/min" if task.speed else ""
        left = "" if seconds is None else f"{duration(seconds)} left"
        self._bar.update(self._task, advance=1, note=note, rate=rate, left=left)

    def skip(self, note: str) -> None:
        """Count a run that was taken over."""
        self._has_skipped = True
        self._bar.update(self._task, advance=1, note=note)

    def stop(self) -> None:
        """Leave the bar in its last state."""
        self._bar.stop()


def progress_for(counted: str = "runs") -> Progress:
    """Return a bar if stderr is a terminal, and plain lines otherwise.

    Parameters
    ----------
    counted : str
        What is counted, in the plural.
    """
    return Bar(counted) if sys.stderr.isatty() else Lines(sys.stderr, counted=counted)


def duration(seconds: float) -> str:
    """Return a time span in words.

    Parameters
    ----------
    seconds : float
        Time span in seconds.

    Examples
    --------
    >>> duration(75), duration(9000)
    ('1 min 15 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
