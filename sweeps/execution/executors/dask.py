"""Workers of a Dask cluster: one started on this machine, or one that is there already."""

import logging
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path

import dask
from distributed import Client, Future, LocalCluster, get_worker, wait
from distributed.client import ClosedClientError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from seqmem.core.errors import InputError, one_line
from seqmem.core.interruption import check_interrupted, interrupts_deferred
from seqmem.core.processes import interrupts_blocked
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.dask_workers import CLUSTER_LOOK_SECONDS, DaskWorkers
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, WorkerDied
from seqmem.sweeps.execution.executors.worker import execute_watched
from seqmem.sweeps.storage.database import LOOPBACK

CONNECT_SECONDS, GRACE_SECONDS, WAIT_FOR_WORKERS_SECONDS = 30, 3 * CLUSTER_LOOK_SECONDS, 300.0
LOSSES_OF_A_FAILURE = 2
# What the client raises on its own account; a time-out and a lost connection are errors of the system.
LOSSES = (CancelledError, ClosedClientError, OSError)
CHATTERING = ("distributed", "tornado", "asyncio")
# Sampling every thread's stack would take turns of the interpreter from the thread that trains.
CLUSTER_SETTINGS = {"distributed.worker.profile.enabled": False}


class DaskExecutor:
    """Runs on the workers of a Dask cluster, one at a time each.

    Every run is sent to one worker by name. If that is gone, the run is repeated once, on whichever worker is free; one
    that has taken two workers down has failed.
    """

    def __init__(self, context: ExecutionContext) -> None:
        """Start the cluster or find it, and wait for a worker that may have runs.

        Raises
        ------
        InputError
            If there is no such scheduler, or no worker that may be used.
        WorkerDied
            If the scheduler is lost meanwhile.
        """
        # What happens to workers is told in our own words.
        _silence()
        self._context = context
        self._cluster: LocalCluster | None = None
        self._client = self._find() if context.scheduler is not None else self._start()
        self._workers = DaskWorkers(self._client, context.environment, context.notify)
        try:
            with self._telling_loss():
                self._wait_for_workers()
        except BaseException:
            self.close()
            raise

    def _wait_for_workers(self) -> None:
        started = time.monotonic()
        workers = self._workers
        while not workers.admitted:
            workers.look()
            if not workers.is_undecided and time.monotonic() > self._patience_ends(started):
                reasons = workers.refusals | dict.fromkeys(
                    workers.lost, "it was gone before it had answered"
                )
                told = "; ".join(
                    f"{worker}: {reason}" for worker, reason in sorted(reasons.items())
                )
                raise InputError(
                    f"no worker of the Dask cluster can be used: {told or 'it has none'}"
                )
            time.sleep(0.05)

    def _patience_ends(self, started: float) -> float:
        """Return when to stop waiting for a worker that may have runs."""
        lost = self._workers.lost.values()
        # A nanny starts a worker that has died again; one that dies again and again is not waited for.
        if 0 < len(lost) < LOSSES_OF_A_FAILURE:
            return max(lost) + CONNECT_SECONDS
        return started + (GRACE_SECONDS if self._workers.refusals else CONNECT_SECONDS)

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes as they arrive, the first of ``configs`` started first.

        Raises
        ------
        WorkerDied
            If the scheduler is lost, or there is no worker for minutes.
        """
        with self._telling_loss():
            yield from self._run(configs)

    @property
    def capacity(self) -> int:
        """How many runs go on at a time."""
        return max(len(self._workers.admitted), 1)

    def close(self) -> None:
        """Give up what is queued, and end the cluster if it was started here."""
        # A client whose scheduler is lost may fail to close, by errors of any kind; it has nothing left to give up.
        with suppress(*(LOSSES if self._client.status == "running" else (Exception,))):
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    @contextmanager
    def _telling_loss(self) -> Iterator[None]:
        """Raise `WorkerDied` for whatever Dask's client raises when its scheduler is lost.

        A client that has given up its scheduler is empty, and fails by errors of any kind.
        """
        try:
            yield
        except (InputError, WorkerDied):
            raise
        except Exception as error:
            if not isinstance(error, LOSSES) and self._client.status == "running":
                raise
            raise WorkerDied(f"the Dask scheduler is lost: {_reason(error)}") from error

    def _run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        places, losses = deque(range(len(configs))), Counter[int]()
        running: dict[Future, tuple[int, str]] = {}
        served = time.monotonic()
        while places or running:
            check_interrupted()
            self._workers.look()
            idle = self._workers.admitted - {worker for _, worker in running.values()}
            for worker in sorted(idle)[: len(places)]:
                place = places.popleft()
                running[self._submit(configs[place], worker)] = place, worker
            served = self._waited(served, bool(self._workers.admitted))
            for future in self._ended(running):
                place, _ = running.pop(future)
                outcome = _outcome(future)
                if outcome is None:
                    self._workers.look_again()
                    losses[place] += 1
                    if losses[place] < LOSSES_OF_A_FAILURE:
                        self._context.notify(
                            "a Dask worker is gone; the run it was at is repeated once"
                        )
                        places.appendleft(place)
                        continue
                    outcome = {"failure": self._why(configs[place])}
                yield place, outcome

    def _submit(self, config: RunConfig, worker: str) -> Future:
        limit = self._context.limit(config)
        return self._client.submit(
            execute_on_worker,
            config,
            limit,
            workers=[worker],
            allow_other_workers=False,
            pure=False,
        )

    def _ended(self, running: dict[Future, tuple[int, str]]) -> list[Future]:
        """Wait a while for runs that end, or whose worker is gone."""
        if not running:
            time.sleep(CLUSTER_LOOK_SECONDS / 4)
            return []
        try:
            done = wait(
                list(running), timeout=CLUSTER_LOOK_SECONDS, return_when="FIRST_COMPLETED"
            ).done
        except TimeoutError:
            done = set()
        self._workers.look()
        gone = [
            future
            for future, (_, worker) in running.items()
            if worker not in self._workers.admitted
        ]
        return list(done) + [future for future in gone if future not in done]

    def _waited(self, served: float, is_served: bool) -> float:
        """Return when there was a worker last.

        Raises
        ------
        WorkerDied
            If that is too long ago.
        """
        now = time.monotonic()
        if is_served:
            return now
        if now - served > WAIT_FOR_WORKERS_SECONDS:
            raise WorkerDied(f"no Dask worker for {WAIT_FOR_WORKERS_SECONDS:.0f} s")
        return served

    def _find(self) -> Client:
        try:
            return Client(self._context.scheduler, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {self._context.scheduler}: {one_line(error)}") from None

    def _start(self) -> Client:
        with dask.config.set(CLUSTER_SETTINGS), interrupts_deferred(), interrupts_blocked():
            try:
                self._cluster = LocalCluster(
                    n_workers=self._context.jobs,
                    threads_per_worker=1,
                    # Like worker processes without Dask: the system decides how much memory there is.
                    memory_limit=0,
                    host=LOOPBACK,
                    dashboard_address=f"{LOOPBACK}:0",
                    silence_logs=logging.CRITICAL,
                )
            except RuntimeError as error:
                raise InputError(f"the Dask cluster did not start: {one_line(error)}") from error
            return Client(self._cluster)

    def _why(self, config: RunConfig) -> str:
        return (
            f"the worker process died with this run, {LOSSES_OF_A_FAILURE} times: killed, perhaps for lack of memory, "
            f"or ended by its watchdog after {self._context.limit(config):.0f} s"
        )


def execute_on_worker(config: RunConfig, limit_seconds: float) -> Outcome:
    """Execute a run inside a Dask worker; one that hangs takes its worker down, which a nanny replaces."""
    return execute_watched(config, Path(get_worker().local_directory) / "seqmem-run", limit_seconds)


def _reason(error: Exception) -> str:
    """Return what an error says of the loss; a client without a scheduler says nothing that helps."""
    return (
        one_line(error)
        if isinstance(error, LOSSES)
        else f"it does not answer ({type(error).__name__})"
    )


def _silence() -> None:
    """Let Dask's own messages not be printed; its modules have loggers with levels of their own."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in CHATTERING:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _outcome(future: Future) -> Outcome | None:
    """Return the outcome of a run; None if its worker is gone.

    Raises
    ------
    WorkerDied
        If the worker could not execute it at all.
    """
    if future.status == "finished":
        try:
            outcome: Outcome = future.result(timeout=CONNECT_SECONDS)
            return outcome
        except (TimeoutError, CommClosedError):
            # It ended after the run did, and took the outcome along.
            return None
    if future.status == "error" and not isinstance(future.exception(), KilledWorker):
        raise WorkerDied(f"a Dask worker cannot execute runs: {one_line(future.exception())}")
    if future.status == "cancelled":
        raise CancelledError("it has cancelled runs")
    future.cancel()
    return None
