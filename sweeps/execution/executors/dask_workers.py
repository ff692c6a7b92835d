"""The workers of a Dask cluster, as they come and go, and which of them may have runs."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from distributed import Client, Future

from seqmem.core.errors import one_line
from seqmem.study.environment import environment_difference, environment_key

CLUSTER_LOOK_SECONDS = 2.0


class DaskWorkers:
    """Workers with one thread and with the sweep's environment, by address; others are told of once and left alone.

    Parameters
    ----------
    environment : tuple of (str, str, str)
        Engine, device, and the environment key that the sweep was begun with.
    notify : callable
        Told of every worker that is not used.
    """

    def __init__(
        self, client: Client, environment: tuple[str, str, str], notify: Callable[[str], None]
    ) -> None:
        self._client, self._notify = client, notify
        self._engine, self._device, self._key = environment
        self._known: set[str] = set()
        self._checks: dict[str, Future] = {}
        self._looked = -CLUSTER_LOOK_SECONDS
        self.admitted: set[str] = set()
        self.refusals: dict[str, str] = {}
        # Those that were gone before they had answered, with the time at which that was seen.
        self.lost: dict[str, float] = {}

    @property
    def is_undecided(self) -> bool:
        """Whether some worker has not answered yet."""
        return bool(self._checks)

    def look(self) -> None:
        """See who has come, who has gone, and who has answered; the cluster is asked every few seconds only.

        Raises
        ------
        CancelledError
            If the scheduler is lost.
        """
        if time.monotonic() - self._looked >= CLUSTER_LOOK_SECONDS:
            self._looked = time.monotonic()
            scheduler = self._client.scheduler
            if scheduler is None:
                raise CancelledError("the client has given it up")
            # `Client.scheduler_info` may return what its own refresh has just left, which names no workers.
            with suppress(OSError):
                self._meet(self._client.sync(scheduler.identity, n_workers=-1)["workers"])
        for worker, check in list(self._checks.items()):
            if check.done():
                del self._checks[worker]
                self._judge(worker, check)

    def look_again(self) -> None:
        """Ask the cluster at the next look."""
        self._looked = -CLUSTER_LOOK_SECONDS

    def _meet(self, workers: dict[str, dict[str, Any]]) -> None:
        for gone in self._known - workers.keys():
            if self._checks.pop(gone, None) is not None:
                self.lost[gone] = time.monotonic()
            self.admitted.discard(gone)
        for worker in sorted(workers.keys() - self._known):
            threads = int(workers[worker]["nthreads"])
            if threads != 1:
                self._refuse(worker, f"it has {threads} threads; start it with --nthreads 1")
            else:
                self._checks[worker] = self._client.submit(
                    environment_key, self._engine, self._device, workers=[worker], pure=False
                )
        self._known = set(workers)

    def _judge(self, worker: str, check: Future) -> None:
        if check.cancelled():
            raise CancelledError("it has cancelled the check of a worker")
        if check.status != "finished":
            self._refuse(worker, f"it cannot load the runs: {one_line(check.exception())}")
            return
        difference = environment_difference(self._key, check.result())
        if difference:
            self._refuse(worker, f"another environment ({', '.join(difference)})")
        else:
            self.admitted.add(worker)

    def _refuse(self, worker: str, reason: str) -> None:
        self.refusals[worker] = reason
        self._notify(f"worker {worker} is not used: {reason}")
