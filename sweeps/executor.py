"""Executors: where runs are executed. They never decide what is run or in which order it counts."""

import multiprocessing.resource_tracker
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
                with interrupts_blocked():
                    outcomes = parallel(calls)
                yield from outcomes
            except BrokenProcessPool as error:
                raise WorkerDied("a worker process died, perhaps for lack of memory") from error


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Start processes that never see Ctrl-C: the terminal sends it to all, only the launcher answers.

    A new process, and the thread that starts later ones, inherit which signals are blocked; what arrives here
    meanwhile is delivered at the end.
    """
    from joblib.externals.loky.backend import resource_tracker

    # Started first: starting them later, with the first worker, would unblock the signals again.
    multiprocessing.resource_tracker.ensure_running()
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _execute_at(place: int, config: RunConfig) -> tuple[int, Outcome]:
    return place, execute(config)


def executor_for(jobs: int) -> Executor:
    """Return the executor for a number of parallel runs: serial for one, loky for more."""
    return SerialExecutor() if jobs == 1 else LokyExecutor(jobs)
