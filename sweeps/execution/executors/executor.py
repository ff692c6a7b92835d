"""The interface of executors, and the serial one.

An executor decides where runs are executed. It decides neither which runs are executed nor the
order in which they count.
"""

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from seqmem.core.interruption import check_interrupted
from seqmem.core.plugins import Plugin
from seqmem.study.config import RunConfig
from seqmem.study.duration import expected_seconds

Outcome = dict[str, Any]

SHORTEST_LIMIT_SECONDS = 600.0
LIMIT_PER_EXPECTED_SECOND = 50.0


class WorkerDied(RuntimeError):
    """Workers ended without an outcome, and the executor cannot go on."""


class Executor(Protocol):
    """Executes runs and yields each outcome as it arrives."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (index in ``configs``, outcome) in any order."""
        ...

    @property
    def capacity(self) -> int:
        """Runs at a time."""
        ...

    def close(self) -> None:
        """End all workers; unfinished runs are lost."""
        ...


@dataclass(frozen=True)
class ExecutionContext:
    """The settings under which an executor works.

    Parameters
    ----------
    jobs : int
        Runs at a time.
    environment : tuple of (tuple of str, str, str)
        Engines, device, and the joint environment key that workers must have.
    timeout : float, optional
        Seconds after which a run counts as hung. If absent, 50 times the expected duration, but
        at least ten minutes.
    scheduler : str, optional
        Address of a Dask scheduler.
    notify : callable
        Receives messages for the user.
    folder : Path, optional
        Folder for a note on every run in progress. If absent, the system's temporary folder.
    plugins : tuple of Plugin
        The plug-ins that workers need.
    """

    jobs: int = 1
    environment: tuple[tuple[str, ...], str, str] = (("torch",), "cpu", "")
    timeout: float | None = None
    scheduler: str | None = None
    notify: Callable[[str], None] = lambda text: None
    folder: Path | None = None
    plugins: tuple[Plugin, ...] = ()

    def limit(self, config: RunConfig) -> float:
        """Return the seconds after which a run counts as hung.

        Parameters
        ----------
        config : RunConfig
            The run.
        """
        if self.timeout is not None:
            return self.timeout
        return max(SHORTEST_LIMIT_SECONDS, LIMIT_PER_EXPECTED_SECOND * expected_seconds(config))


def execute(config: RunConfig) -> Outcome:
    """Execute one run in this process.

    Parameters
    ----------
    config : RunConfig
        The run.

    Returns
    -------
    dict
        ``{"record": row}``, or ``{"failure": traceback}`` if the run raised an error.
    """
    from seqmem.study.runner import run

    try:
        return {"record": run(config).to_row()}
    except Exception:
        return {"failure": traceback.format_exc()}


class SerialExecutor:
    """Execute one run after another in this process. A run that hangs cannot be ended."""

    def __init__(self, context: ExecutionContext | None = None) -> None:
        """Accept a context like every executor; it is not used."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (index in ``configs``, outcome) in order."""
        for index, config in enumerate(configs):
            check_interrupted()
            yield index, execute(config)

    @property
    def capacity(self) -> int:
        """Runs at a time."""
        return 1

    def close(self) -> None:
        """Do nothing."""
