"""What an executor is: where runs are executed. It never decides what is run or in which order it counts."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from seqmem.core.interruption import check_interrupted
from seqmem.study.config import RunConfig
from seqmem.study.duration import expected_seconds

Outcome = dict[str, Any]

SHORTEST_LIMIT_SECONDS, LIMIT_PER_EXPECTED_SECOND = 600.0, 50.0


class WorkerDied(RuntimeError):
    """A worker process ended without an outcome."""


class Executor(Protocol):
    """Execute runs and hand out each outcome as it arrives."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (place in ``configs``, outcome) in any order."""
        ...

    @property
    def capacity(self) -> int:
        """How many runs go on at a time."""
        ...

    def close(self) -> None:
        """End what was started for it; runs that are not finished are given up."""
        ...


@dataclass(frozen=True)
class ExecutionContext:
    """Under what an executor works.

    Parameters
    ----------
    jobs : int
        Runs at a time.
    environment : tuple of (str, str, str)
        Engine, device, and the environment key that workers must have.
    timeout : float, optional
        Seconds after which a run counts as hung; 50 times the expected ones, at least ten minutes, if absent.
    scheduler : str, optional
        Address of a Dask scheduler.
    notify : callable
        Told what the user should know.
    folder : Path, optional
        Where a note may stand of every run that is going on; the system's place for temporary files if absent.
    """

    jobs: int = 1
    environment: tuple[str, str, str] = ("torch", "cpu", "")
    timeout: float | None = None
    scheduler: str | None = None
    notify: Callable[[str], None] = lambda text: None
    folder: Path | None = None

    def limit(self, config: RunConfig) -> float:
        """Return the seconds after which a run counts as hung."""
        if self.timeout is not None:
            return self.timeout
        return max(SHORTEST_LIMIT_SECONDS, LIMIT_PER_EXPECTED_SECOND * expected_seconds(config))


def execute(config: RunConfig) -> Outcome:
    """Return ``{"record": row}`` of a run, or ``{"failure": traceback}`` if it raised."""
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
