"""Failed runs of a sweep, by the exception that they raised."""

from collections.abc import Iterable
from typing import NamedTuple

from seqmem.core.errors import one_line, shorten
from seqmem.core.number_formats import counted
from seqmem.sweeps.storage.storage import FailedRun

FRAME = '  File "'
LONGEST_ERROR = 200
MOST_KINDS = 5


class FailureKind(NamedTuple):
    """All runs that failed with one exception.

    Parameters
    ----------
    error : str
        The exception in one line.
    runs : int
        Number of runs.
    first : FailedRun
        The first of them.
    """

    error: str
    runs: int
    first: FailedRun

    @property
    def line(self) -> str:
        """The number of runs and the exception."""
        return f"{counted(self.runs, 'run')} failed with {self.error}"

    @property
    def details(self) -> str:
        """The count, the exception, and where and how the first run failed, as lines."""
        first = self.first
        place = (
            f"{first.key.condition.title}, search {first.key.search}, "
            f"{first.role} trial {first.trial}, run {first.run}"
        )
        return f"{self.line}\nfirst: {place}\n{first.traceback.rstrip()}"


def failure_kinds(failures: Iterable[FailedRun]) -> list[FailureKind]:
    """Return the distinct exceptions of failed runs, the most frequent first.

    Parameters
    ----------
    failures : iterable of FailedRun
        The failed runs.
    """
    by_error: dict[str, list[FailedRun]] = {}
    for failure in failures:
        by_error.setdefault(exception_line(failure.traceback), []).append(failure)
    kinds = [FailureKind(error, len(runs), runs[0]) for error, runs in by_error.items()]
    return sorted(kinds, key=lambda kind: -kind.runs)


def failure_lines(failures: Iterable[FailedRun], target: str) -> list[str]:
    """Return one line for each distinct exception, and one that says how to see a traceback.

    Parameters
    ----------
    failures : iterable of FailedRun
        The failed runs.
    target : str
        Folder or storage URL of the sweep, for the command.

    Returns
    -------
    list of str
        Empty if no run failed. After five exceptions the others are only counted.
    """
    kinds = failure_kinds(failures)
    if not kinds:
        return []
    lines = [kind.line for kind in kinds[:MOST_KINDS]]
    if len(kinds) > MOST_KINDS:
        others = sum(kind.runs for kind in kinds[MOST_KINDS:])
        lines.append(f"{others} more failed with {len(kinds) - MOST_KINDS} other exceptions")
    return [*lines, f"a traceback of each: seqmem status {target} --failures"]


def exception_line(traceback: str) -> str:
    r"""Return the exception of a traceback in one line; of another text, its first line.

    Examples
    --------
    >>> exception_line('Traceback (most recent call last):\n  File "a.py"\n    f()\nKeyError: 1\n')
    'KeyError: 1'
    >>> exception_line("the run did not end within 600 s; its stack:\n…")
    'the run did not end within 600 s; its stack:'
    """
    lines = traceback.strip().split("\n")
    frames = [number for number, line in enumerate(lines) if line.startswith(FRAME)]
    after = lines[frames[-1] + 1 :] if lines[0].startswith("Traceback") and frames else lines
    first = next((at for at, line in enumerate(after) if line and not line.startswith("  ")), 0)
    text = one_line("\n".join(after[first:]) if frames else lines[0] or "no message")
    return shorten(text, LONGEST_ERROR)
