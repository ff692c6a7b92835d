"""Worker processes that compute parts of a report; results are equal whoever computes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future
from contextvars import ContextVar, Token
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from seqmem.core.processes import ONE_THREAD, die_with_launcher, interrupts_blocked

if TYPE_CHECKING:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MOST_WORKERS = 3
# Work, in seconds, that makes one worker worth its start.
_SECONDS_WORTH = 12
# Rough costs: the figures of one group, and the forests of one cell at one level.
_SECONDS_PER_GROUP = 5
_SECONDS_PER_PANEL = 5
# Each worker has one part in progress and one in its queue. A longer queue would still hold parts
# when this process has run out of work.
_PARTS_PER_WORKER = 2


class WorkerPool:
    """Worker processes that `map_parts` and `submit_part` use inside the `with` block.

    The workers start at once, because their start takes seconds. They end with the block.

    Parameters
    ----------
    count : int, default 0
        Number of workers. Without workers, every part is computed in this process.
    """

    def __init__(self, count: int = 0) -> None:
        self._executor = _start_executor(count) if count > 0 else None
        self._most_parts = _PARTS_PER_WORKER * count
        self._submitted: list[Future[Any]] = []
        self._starts = [
            self._submit(_import_module, "seqmem.analysis.figures") for _ in range(count)
        ]
        self._previous: Token[WorkerPool | None] | None = None

    def __enter__(self) -> WorkerPool:
        self._previous = _CURRENT.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        if self._previous is not None:
            _CURRENT.reset(self._previous)
        if self._executor is not None:
            futures = [*self._starts, *self._submitted]
            # If workers are killed while parts are queued, loky's own thread fails. Queued parts
            # are therefore cancelled, and parts in progress are short.
            idle = all(future.done() for future in futures)
            for future in futures:
                future.cancel()
            self._executor.shutdown(wait=True, kill_workers=idle)
            self._executor = None

    def submit(self, function: Callable[[_Item], _Result], item: _Item) -> Future[_Result] | None:
        """Queue one part for the workers.

        Parameters
        ----------
        function : callable
            Function of one argument that can be pickled.
        item : object
            Its argument, which can be pickled.

        Returns
        -------
        concurrent.futures.Future or None
            The future of the result. None if the queue is full or a worker has died.
        """
        self._submitted = [future for future in self._submitted if not future.done()]
        if self._executor is None or len(self._submitted) >= self._most_parts:
            return None
        try:
            future = self._submit(function, item)
        except BrokenExecutor:
            return None
        self._submitted.append(future)
        return future

    def _submit(self, function: Callable[[_Item], _Result], item: _Item) -> Future[_Result]:
        assert self._executor is not None
        with interrupts_blocked():
            future: Future[_Result] = self._executor.submit(function, item)
        return future


_CURRENT: ContextVar[WorkerPool | None] = ContextVar("worker_pool", default=None)


def worker_pool_for(groups: int, panels: int = 0) -> WorkerPool:
    """Make a pool whose size suits the work and the number of processors.

    Parameters
    ----------
    groups : int
        Number of groups of runs. Each has about seven pages of figures.
    panels : int, default 0
        Number of pairs of a cell and a level. Each needs hundreds of forests.

    Returns
    -------
    WorkerPool
        At most `MOST_WORKERS` workers, and one fewer than the processors. One or two groups
        without panels get no workers.
    """
    wanted = (groups * _SECONDS_PER_GROUP + panels * _SECONDS_PER_PANEL) // _SECONDS_WORTH
    if not wanted:
        return WorkerPool()
    from joblib import cpu_count

    return WorkerPool(min(wanted, cpu_count() - 1, MOST_WORKERS))


def map_parts(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Apply a function to every item; the workers of the enclosing block compute some of the parts.

    The items are read one by one, while workers compute.

    Parameters
    ----------
    function : callable
        Function of one argument that can be pickled.
    items : iterable
        Arguments that can be pickled. The results must be picklable too.

    Returns
    -------
    list
        The result of each item, in the order of the items.

    Examples
    --------
    >>> map_parts(abs, [-1, 2])
    [1, 2]
    """
    pool = _CURRENT.get() or WorkerPool()
    parts: list[tuple[_Item, Future[_Result] | None]] = []
    results: dict[int, _Result] = {}
    for item in items:
        future = pool.submit(function, item)
        if future is None:
            results[len(parts)] = function(item)
        parts.append((item, future))
    for index, (item, future) in enumerate(parts):
        if future is not None:
            results[index] = _result_of(future, function, item)
    return [results[index] for index in range(len(parts))]


def submit_part(function: Callable[[_Item], _Result], item: _Item) -> Callable[[], _Result]:
    """Queue one part and return a function that gives its result.

    If no worker has started the part when the result is asked for, it is computed in this process.

    Parameters
    ----------
    function : callable
        Function of one argument that can be pickled.
    item : object
        Its argument, which can be pickled.

    Returns
    -------
    callable
        Function without arguments that returns the result.

    Examples
    --------
    >>> submit_part(abs, -1)()
    1
    """
    future = (_CURRENT.get() or WorkerPool()).submit(function, item)

    def result() -> _Result:
        if future is None or future.cancel():
            return function(item)
        return _result_of(future, function, item)

    return result


def _result_of(
    future: Future[_Result], function: Callable[[_Item], _Result], item: _Item
) -> _Result:
    """Return a worker's result, or compute it here if the worker died."""
    try:
        return future.result()
    except BrokenExecutor:
        return function(item)


def _start_executor(count: int) -> ProcessPoolExecutor:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    return ProcessPoolExecutor(
        count, initializer=die_with_launcher, initargs=(os.getpid(),), env=ONE_THREAD
    )


def _import_module(module: str) -> None:
    """Import what the parts will need."""
    import_module(module)
