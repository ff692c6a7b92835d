"""Executors: where runs are executed. They never decide what is run or in which order it counts."""

import traceback
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from study.config import RunConfig

Outcome = dict[str, Any]


class WorkerDied(RuntimeError):
    """A worker process ended without an outcome; the runs it had are missing, nothing else."""


class Executor(Protocol):
    """Execute runs and hand out each outcome as it arrives."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (place in ``configs``, outcome) in any order."""
        ...


def execute(config: RunConfig) -> Outcome:
    """Return ``{"record": row}`` of a run, or ``{"failure": traceback}`` if it raised."""
    from study.runner import run

    try:
        return {"record": run(config).to_row()}
    except Exception:
        return {"failure": traceback.format_exc()}


class SerialExecutor:
    """Run after run in this process."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes in order."""
        for place, config in enumerate(configs):
            yield place, execute(config)


class LokyExecutor:
    """Runs in parallel worker processes of this machine (joblib's loky), one thread each."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes as they arrive, the first of ``configs`` started first."""
        from joblib import Parallel, delayed, parallel_config
        from joblib.externals.loky.process_executor import BrokenProcessPool

        calls = (delayed(_execute_at)(place, config) for place, config in enumerate(configs))
        with parallel_config("loky", n_jobs=self.jobs, inner_max_num_threads=1):
            parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
            try:
                yield from parallel(calls)
            except BrokenProcessPool as error:
                raise WorkerDied("a worker process died, perhaps for lack of memory") from error


def _execute_at(place: int, config: RunConfig) -> tuple[int, Outcome]:
    return place, execute(config)


def executor_for(jobs: int) -> Executor:
    """Return the executor for a number of parallel runs: serial for one, loky for more."""
    return SerialExecutor() if jobs == 1 else LokyExecutor(jobs)
