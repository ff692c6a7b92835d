"""Execution by the workers of a Dask cluster, which exists or is started on this machine."""

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
from seqmem.core.worker_messages import packed, unpacked
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.dask_workers import CLUSTER_LOOK_SECONDS, DaskWorkers
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, WorkerDied
from seqmem.sweeps.execution.executors.worker import execute_watched
from seqmem.sweeps.storage.database import LOOPBACK

CONNECT_SECONDS = 30
GRACE_SECONDS = 3 * CLUSTER_LOOK_SECONDS
WAIT_FOR_WORKERS_SECONDS = 300.0
# A run that kills this many workers has failed.
LOSSES_OF_A_FAILURE = 2
# Errors of a client that lost its scheduler. Time-outs and lost connections are `OSError`.
LOSSES = (CancelledError, ClosedClientError, OSError)
SILENCED_LOGGERS = ("distributed", "tornado", "asyncio")
# Dask's profiler would take the interpreter lock from the thread that trains.
CLUSTER_SETTINGS = {"distributed.worker.profile.enabled": False}


class DaskExecutor:
    """Executes runs on the workers of a Dask cluster, one at a time on each.

    Every run is sent to one worker by name. If this worker is lost, the run is repeated once on
    any free worker. A run that has killed two workers has failed.

    Parameters
    ----------
    context : ExecutionContext
        Its settings.
    """

    def __init__(self, context: ExecutionContext) -> None:
        """Connect to the cluster or start it, and wait for a worker that may execute runs.

        Raises
        ------
        InputError
            If the scheduler does not answer, or no worker may execute runs.
        WorkerDied
            If the scheduler is lost while waiting.
        """
        # This class reports lost workers itself.
        _silence()
        self._context = context
        self._cluster: LocalCluster | None = None
        self._client = self._find() if context.scheduler is not None else self._start()
        self._workers = DaskWorkers(
            self._client, context.environment, context.plugins, context.notify
        )
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
                    workers.lost, "it was lost before it answered"
                )
                listed = "; ".join(
                    f"{worker}: {reason}" for worker, reason in sorted(reasons.items())
                )
                raise InputError(
                    f"no worker of the Dask cluster can be used: {listed or 'it has no workers'}"
                )
            time.sleep(0.05)

    def _patience_ends(self, started: float) -> float:
        """Return the time at which to stop waiting for a first worker."""
        lost = self._workers.lost.values()
        # A nanny restarts a worker that died. A worker that dies repeatedly is given up.
        if 0 < len(lost) < LOSSES_OF_A_FAILURE:
            return max(lost) + CONNECT_SECONDS
        return started + (GRACE_SECONDS if self._workers.refusals else CONNECT_SECONDS)

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (index in ``configs``, outcome) as outcomes arrive; runs start in order.

        Raises
        ------
        WorkerDied
            If the scheduler is lost, or no worker is there for minutes.
        """
        with self._telling_loss():
            yield from self._run(configs)

    @property
    def capacity(self) -> int:
        """Runs at a time: the number of workers that may execute runs."""
        return max(len(self._workers.admitted), 1)

    def close(self) -> None:
        """Cancel queued runs, and end the cluster if this executor started it."""
        # Closing a client whose scheduler is lost may raise errors of any kind.
        with suppress(*(LOSSES if self._client.status == "running" else (Exception,))):
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    @contextmanager
    def _telling_loss(self) -> Iterator[None]:
        """Turn the errors of a client that lost its scheduler into `WorkerDied`.

        A client that has given up its scheduler may raise errors of any kind.
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
        waiting = deque(range(len(configs)))
        losses = Counter[int]()
        running: dict[Future, tuple[int, str]] = {}
        served = time.monotonic()
        while waiting or running:
            check_interrupted()
            self._workers.look()
            idle = self._workers.admitted - {worker for _, worker in running.values()}
            for worker in sorted(idle)[: len(waiting)]:
                index = waiting.popleft()
                running[self._submit(configs[index], worker)] = index, worker
            served = self._waited(served, bool(self._workers.admitted))
            for future in self._ended(running):
                index, _ = running.pop(future)
                outcome = _outcome(future)
                if outcome is None:
                    self._workers.look_again()
                    losses[index] += 1
                    if losses[index] < LOSSES_OF_A_FAILURE:
                        self._context.notify("a Dask worker was lost; its run is repeated once")
                        waiting.appendleft(index)
                        continue
                    outcome = {"failure": self._why(configs[index])}
                yield index, outcome

    def _submit(self, config: RunConfig, worker: str) -> Future:
        limit = self._context.limit(config)
        return self._client.submit(
            execute_on_worker,
            # As bytes: the scheduler unpacks arguments too, and need not know plug-ins.
            packed(config),
            limit,
            workers=[worker],
            allow_other_workers=False,
            pure=False,
        )

    def _ended(self, running: dict[Future, tuple[int, str]]) -> list[Future]:
        """Wait for a short time; return runs that ended or whose worker was lost."""
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
        """Return the time at which a worker was there last.

        Raises
        ------
        WorkerDied
            If no worker has been there for `WAIT_FOR_WORKERS_SECONDS`.
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
                    # No limit by Dask: the system decides how much memory a worker may use.
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
            f"the worker process died with this run {LOSSES_OF_A_FAILURE} times: "
            "it was killed, perhaps for lack of memory, "
            f"or its watchdog ended it after {self._context.limit(config):.0f} s"
        )


def execute_on_worker(message: bytes, limit_seconds: float) -> Outcome:
    """Execute a run inside a Dask worker, under a watchdog.

    If the run hangs, the watchdog ends the worker process, and its nanny starts another one.

    Parameters
    ----------
    message : bytes
        The packed `RunConfig` of the run.
    limit_seconds : float
        Wall time after which the process is ended.
    """
    config: RunConfig = unpacked(message)
    return execute_watched(config, Path(get_worker().local_directory) / "seqmem-run", limit_seconds)


def _reason(error: Exception) -> str:
    """Return the reason of a lost scheduler; only errors in `LOSSES` have a helpful message."""
    if isinstance(error, LOSSES):
        return one_line(error)
    return f"it does not answer ({type(error).__name__})"


def _silence() -> None:
    """Suppress Dask's messages; each of its modules has a logger with a separate level."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in SILENCED_LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _outcome(future: Future) -> Outcome | None:
    """Return the outcome of a run, or None if its worker was lost.

    Raises
    ------
    WorkerDied
        If the worker cannot execute runs.
    """
    if future.status == "finished":
        try:
            outcome: Outcome = future.result(timeout=CONNECT_SECONDS)
            return outcome
        except (TimeoutError, CommClosedError):
            # The worker ended after the run, and its outcome was lost.
            return None
    if future.status == "error" and not isinstance(future.exception(), KilledWorker):
        raise WorkerDied(f"a Dask worker cannot execute runs: {one_line(future.exception())}")
    if future.status == "cancelled":
        raise CancelledError("it cancelled runs")
    future.cancel()
    return None
