"""Worker processes of this machine (joblib's loky), one thread each."""

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
from seqmem.core.processes import ONE_THREAD, die_with_launcher, interrupts_blocked
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, WorkerDied
from seqmem.sweeps.execution.executors.worker import execute_watched

QUEUED_PER_WORKER = 2

LOOK_SECONDS, HAND_ON_SECONDS = 1.0, 5.0

VAIN_ATTEMPTS = 3

Runs = dict[int, RunConfig]


class LokyExecutor:
    """Runs in parallel worker processes of this machine.

    A worker that dies breaks the pool: what the others were at is lost too. Every run that had been started is then
    repeated alone, in a process of its own. One that takes that process down as well has failed.
    """

    def __init__(self, context: ExecutionContext) -> None:
        self._context = context
        self._pool: ProcessPoolExecutor | None = None
        self._pending: dict[Future[Outcome], int] = {}

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes as they arrive, the first of ``configs`` started first.

        Raises
        ------
        WorkerDied
            If workers keep dying before they start a run.
        """
        missing, vain = dict(enumerate(configs)), 0
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
        """How many runs go on at a time."""
        return self._context.jobs

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """End the workers if what is inside is interrupted, before their notes are removed."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the workers at once."""
        if self._pool is not None:
            # loky's own thread fails if it is stopped before it has handed on what was just submitted, which all fits
            # into its queue.
            deadline = time.monotonic() + HAND_ON_SECONDS
            while any(not (future.running() or future.done()) for future in self._pending):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.001)
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool, self._pending = None, {}

    def _together(self, missing: Runs, folder: Path) -> Iterator[tuple[int, Outcome]]:
        """Yield outcomes, taking their runs from the missing ones."""
        if self._pool is None:
            self._pool = _pool(self._context.jobs)
        places, pending = iter(list(missing)), self._pending
        while True:
            for place in islice(places, QUEUED_PER_WORKER * self._context.jobs - len(pending)):
                pending[self._submit(self._pool, place, missing[place], folder)] = place
            if not pending:
                return
            done = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done
            check_interrupted()
            # What arrived before the pool broke is kept.
            for future in sorted(done, key=lambda future: future.exception() is not None):
                outcome = future.result()
                place = pending.pop(future)
                del missing[place]
                yield place, outcome

    def _repeat_lost(self, missing: Runs, folder: Path) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes of the runs that had been started when the pool broke, each executed alone."""
        lost = sorted(int(note.name) for note in folder.iterdir())
        self._context.notify(
            f"a worker process died; runs that were going on are repeated alone: {len(lost)}"
        )
        for place in lost:
            (folder / str(place)).unlink()
        for place in lost:
            check_interrupted()
            outcome = self._alone(place, missing[place], folder)
            del missing[place]
            yield place, outcome

    def _alone(self, place: int, config: RunConfig, folder: Path) -> Outcome:
        """Return the outcome of a run in a process of its own; a failure if it takes that down.

        Raises
        ------
        WorkerDied
            If the process dies before the run is started, again and again.
        """
        note = folder / str(place)
        for _ in range(VAIN_ATTEMPTS):
            pool = _pool(1)
            try:
                return self._submit(pool, place, config, folder).result()
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
        self, pool: ProcessPoolExecutor, place: int, config: RunConfig, folder: Path
    ) -> Future[Outcome]:
        with interrupts_blocked():
            future: Future[Outcome] = pool.submit(
                execute_watched, config, folder / str(place), self._context.limit(config)
            )
        return future


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        jobs, initializer=die_with_launcher, initargs=(os.getpid(),), env=ONE_THREAD
    )


def _why(limit_seconds: float, stack: str, reason: str) -> str:
    if stack:
        return f"the run had not ended after {limit_seconds:.0f} s, also when it was alone; it was at\n{stack}"
    return f"the worker process died with this run, also when it was alone, perhaps for lack of memory: {reason}"
