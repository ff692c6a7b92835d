"""The workers of a Dask cluster: which have joined or left, and which may execute runs."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from distributed import Client, Future

from seqmem.core.errors import one_line
from seqmem.core.plugins import Plugin
from seqmem.core.worker_messages import packed, unpacked
from seqmem.study.environment import joint_environment_key
from seqmem.study.environment_keys import environment_difference

CLUSTER_LOOK_SECONDS = 2.0


class DaskWorkers:
    """The workers that may execute runs, by address.

    A worker needs one thread and the environment of the sweep. Every other worker is reported
    once and not used.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster.
    environment : tuple of (tuple of str, str, str)
        Engines, device, and the joint environment key with which the sweep was started.
    plugins : tuple of Plugin
        The plug-ins that runs need. A worker that does not have them is not used.
    notify : callable
        Receives a message about every worker that is not used.
    """

    def __init__(
        self,
        client: Client,
        environment: tuple[tuple[str, ...], str, str],
        plugins: tuple[Plugin, ...],
        notify: Callable[[str], None],
    ) -> None:
        self._client = client
        self._notify = notify
        self._engines, self._device, self._key = environment
        # As bytes: the scheduler unpacks arguments too, and need not know plug-ins.
        self._plugins = packed(plugins)
        self._known: set[str] = set()
        self._checks: dict[str, Future] = {}
        self._looked = -CLUSTER_LOOK_SECONDS
        self.admitted: set[str] = set()
        self.refusals: dict[str, str] = {}
        # Workers that left before they answered, with the time at which this was noticed.
        self.lost: dict[str, float] = {}

    @property
    def is_undecided(self) -> bool:
        """Whether an answer of some worker is still missing."""
        return bool(self._checks)

    def look(self) -> None:
        """Update the workers that have joined, left and answered.

        The cluster is asked at most every `CLUSTER_LOOK_SECONDS`.

        Raises
        ------
        CancelledError
            If the scheduler is lost.
        """
        if time.monotonic() - self._looked >= CLUSTER_LOOK_SECONDS:
            self._looked = time.monotonic()
            scheduler = self._client.scheduler
            if scheduler is None:
                raise CancelledError("the client gave it up")
            # `Client.scheduler_info` may list no workers while the client refreshes it.
            with suppress(OSError):
                self._meet(self._client.sync(scheduler.identity, n_workers=-1)["workers"])
        for worker, check in list(self._checks.items()):
            if check.done():
                del self._checks[worker]
                self._judge(worker, check)

    def look_again(self) -> None:
        """Let the next call of `look` ask the cluster in any case."""
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
                    environment_key_with,
                    self._plugins,
                    self._engines,
                    self._device,
                    workers=[worker],
                    pure=False,
                )
        self._known = set(workers)

    def _judge(self, worker: str, check: Future) -> None:
        if check.cancelled():
            raise CancelledError("it cancelled the check of a worker")
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


def environment_key_with(plugins: bytes, engines: tuple[str, ...], device: str) -> str:
    """Return the environment key of this process, after it has got to know plug-ins.

    Parameters
    ----------
    plugins : bytes
        The packed plug-ins, see `Plugin`.
    engines : tuple of str
        Resolved engines.
    device : str

    Raises
    ------
    InputError
        If an installed plug-in is missing here or has another version.
    """
    unpacked(plugins)
    return joint_environment_key(engines, device)
