"""Processes beside this one that take parts of long work: whoever does a part, its result is the same."""

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

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_HELPERS = 3
# What one is worth starting for, and roughly what the pages of a group take, and the forests of a cell at a level.
_SECONDS_WORTH, _SECONDS_PER_GROUP, _SECONDS_PER_PANEL = 12, 5, 5
# One part that it does and one that waits: more would be left over when this process has nothing to do.
_PARTS_AHEAD = 2


class Helpers:
    """Processes that `share_out` gives parts of its work inside the block, and that end with it; there may be none.

    They are started at once, so that they are ready when they are needed: that takes them seconds.
    """

    def __init__(self, count: int = 0) -> None:
        self._pool = _pool(count) if count > 0 else None
        self._room = _PARTS_AHEAD * count
        self._begun: list[Future[Any]] = []
        self._starts = [self._submit(_get_ready, "seqmem.analysis.figures") for _ in range(count)]
        self._before: Token[Helpers | None] | None = None

    def __enter__(self) -> Helpers:
        self._before = _CURRENT.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            _CURRENT.reset(self._before)
        if self._pool is not None:
            begun = [*self._starts, *self._begun]
            # Killed with work in its queue, loky's own thread fails; what waits is taken back, what goes on is short.
            idle = all(future.done() for future in begun)
            for future in begun:
                future.cancel()
            self._pool.shutdown(wait=True, kill_workers=idle)
            self._pool = None

    def take(self, function: Callable[[Item], Result], item: Item) -> Future[Result] | None:
        """Take a part; None if they have enough to do, or if one of them has died."""
        self._begun = [future for future in self._begun if not future.done()]
        if self._pool is None or len(self._begun) >= self._room:
            return None
        try:
            future = self._submit(function, item)
        except BrokenExecutor:
            return None
        self._begun.append(future)
        return future

    def _submit(self, function: Callable[[Item], Result], item: Item) -> Future[Result]:
        assert self._pool is not None
        with interrupts_blocked():
            future: Future[Result] = self._pool.submit(function, item)
        return future


_CURRENT: ContextVar[Helpers | None] = ContextVar("helpers", default=None)


def helpers_for(groups: int, panels: int = 0) -> Helpers:
    """As many helpers as the work is worth, on processors that are there: none for one or two groups.

    Parameters
    ----------
    groups : groups of runs, each of which has about seven pages of figures.
    panels : cells at a level, each of which has hundreds of forests.
    """
    wanted = (groups * _SECONDS_PER_GROUP + panels * _SECONDS_PER_PANEL) // _SECONDS_WORTH
    if not wanted:
        return Helpers()
    from joblib import cpu_count

    return Helpers(min(wanted, cpu_count() - 1, MOST_HELPERS))


def share_out(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`[function(item) for item in items]`, some of it done by the helpers of the block that this is called in.

    Items are asked for one by one, while helpers work. Function, items and results must be such as can be pickled.

    Examples
    --------
    >>> share_out(abs, [-1, 2])
    [1, 2]
    """
    helpers = _CURRENT.get() or Helpers()
    parts: list[tuple[Item, Future[Result] | None]] = []
    done: dict[int, Result] = {}
    for item in items:
        promise = helpers.take(function, item)
        if promise is None:
            done[len(parts)] = function(item)
        parts.append((item, promise))
    for place, (item, promise) in enumerate(parts):
        if promise is not None:
            done[place] = _kept(promise, function, item)
    return [done[place] for place in range(len(parts))]


def begin(function: Callable[[Item], Result], item: Item) -> Callable[[], Result]:
    """Let a helper begin one part, and return what gives its result; it is done there if no helper has begun it.

    Examples
    --------
    >>> begin(abs, -1)()
    1
    """
    promise = (_CURRENT.get() or Helpers()).take(function, item)

    def result() -> Result:
        return (
            function(item)
            if promise is None or promise.cancel()
            else _kept(promise, function, item)
        )

    return result


def _kept(promise: Future[Result], function: Callable[[Item], Result], item: Item) -> Result:
    """What a helper found, or what is found here if it died, perhaps for want of memory."""
    try:
        return promise.result()
    except BrokenExecutor:
        return function(item)


def _pool(count: int) -> ProcessPoolExecutor:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    return ProcessPoolExecutor(
        count, initializer=die_with_launcher, initargs=(os.getpid(),), env=ONE_THREAD
    )


def _get_ready(module: str) -> None:
    """Import what the parts will need."""
    import_module(module)
