"""Execution in worker processes of this machine (joblib's loky), one thread each."""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from seqmem.core.atomic import RUNNING
from seqmem.core.errors import one_line
from seqmem.core.interruption import check_interrupted
from seqmem.core.processes import (
    ONE_THREAD,
    die_with_launcher,
    interrupts_blocked,
    start_resource_trackers,
)
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, WorkerDied
from seqmem.sweeps.execution.executors.worker import execute_watched

QUEUED_PER_WORKER = 2
# How often an interruption is looked for while no run ends.
LOOK_SECONDS = 1.0
# How long loky's thread may take to pass submitted runs to the workers.
HAND_ON_SECONDS = 5.0
# Attempts without a started run after which the workers are given up.
VAIN_ATTEMPTS = 3

Runs = dict[int, RunConfig]


class LokyExecutor:
    """Executes runs in parallel worker processes of this machine.

    If a worker dies, loky's pool breaks and the runs of the other workers are lost too. Each run
    in progress is then repeated once, alone in a new process. A run that kills this process too
    has failed.

    Parameters
    ----------
    context : ExecutionContext
        Its settings.
    """

    def __init__(self, context: ExecutionContext) -> None:
        self._context = context
        self._pool: ProcessPoolExecutor | None = None
        self._pending: dict[Future[Outcome], int] = {}

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (index in ``configs``, outcome) as outcomes arrive; runs start in order.

        Raises
        ------
        WorkerDied
            If workers keep dying before they start a run.
        """
        missing = dict(enumerate(configs))
        vain = 0
        notes = TemporaryDirectory(
            prefix=RUNNING, dir=self._context.folder, ignore_cleanup_errors=True
        )
        with notes as folder, self._ending():
            while missing:
                before = len(missing)
                try:
                    yield from self._together(missing, Path(folder))
                except BrokenProcessPool as error:
                    self.close()
                    yield from self._repeat_lost(missing, Path(folder))
                    vain = vain + 1 if len(missing) == before else 0
                    if vain == VAIN_ATTEMPTS:
                        raise WorkerDied(
                            f"worker processes die before they start a run: {one_line(error)}"
                        ) from error

    @property
    def capacity(self) -> int:
        """Runs at a time."""
        return self._context.jobs

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """End the workers after an error in the block, before their notes are removed."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the workers at once."""
        if self._pool is not None:
            start_resource_trackers()
            # loky's thread fails if it is stopped before it has passed on all submitted runs.
            # They all fit into its queue.
            deadline = time.monotonic() + HAND_ON_SECONDS
            while any(not (future.running() or future.done()) for future in self._pending):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.001)
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None
            self._pending = {}

    def _together(self, missing: Runs, folder: Path) -> Iterator[tuple[int, Outcome]]:
        """Execute the missing runs in the pool; yield outcomes and remove their runs."""
        if self._pool is None:
            self._pool = _pool(self._context.jobs)
        indices = iter(list(missing))
        pending = self._pending
        while True:
            for index in islice(indices, QUEUED_PER_WORKER * self._context.jobs - len(pending)):
                pending[self._submit(self._pool, index, missing[index], folder)] = index
            if not pending:
                return
            done = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done
            check_interrupted()
            # Outcomes that arrived before the pool broke are kept.
            for future in sorted(done, key=lambda future: future.exception() is not None):
                outcome = future.result()
                index = pending.pop(future)
                del missing[index]
                yield index, outcome

    def _repeat_lost(self, missing: Runs, folder: Path) -> Iterator[tuple[int, Outcome]]:
        """Execute each run that was in progress when the pool broke, alone; yield outcomes."""
        lost = sorted(int(note.name) for note in folder.iterdir())
        self._context.notify(
            f"a worker process died; runs in progress are repeated alone: {len(lost)}"
        )
        for index in lost:
            (folder / str(index)).unlink()
        for index in lost:
            check_interrupted()
            outcome = self._alone(index, missing[index], folder)
            del missing[index]
            yield index, outcome

    def _alone(self, index: int, config: RunConfig, folder: Path) -> Outcome:
        """Return the outcome of a run in a new process, a failure if the run kills it.

        Raises
        ------
        WorkerDied
            If the process dies several times before it starts the run.
        """
        note = folder / str(index)
        for _ in range(VAIN_ATTEMPTS):
            pool = _pool(1)
            try:
                return self._submit(pool, index, config, folder).result()
            except BrokenProcessPool as error:
                reason = one_line(error)
            finally:
                pool.shutdown(wait=True, kill_workers=True)
            if note.exists():
                stack = note.read_text(encoding="utf-8")
                note.unlink()
                return {"failure": _why(self._context.limit(config), stack, reason)}
        raise WorkerDied(f"a worker process dies before it starts its run: {reason}")

    def _submit(
        self, pool: ProcessPoolExecutor, index: int, config: RunConfig, folder: Path
    ) -> Future[Outcome]:
        with interrupts_blocked():
            future: Future[Outcome] = pool.submit(
                execute_watched, config, folder / str(index), self._context.limit(config)
            )
        return future


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Its semaphores start a resource tracker.
    with interrupts_blocked():
        return ProcessPoolExecutor(
            jobs, initializer=die_with_launcher, initargs=(os.getpid(),), env=ONE_THREAD
        )


def _why(limit_seconds: float, stack: str, reason: str) -> str:
    if stack:
        return (
            f"the run did not end within {limit_seconds:.0f} s, also when it ran alone; "
            f"its stack:\n{stack}"
        )
    return (
        "the worker process died with this run, also when it ran alone, "
        f"perhaps for lack of memory: {reason}"
    )
