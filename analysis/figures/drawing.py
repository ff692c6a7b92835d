"""Pages as files, drawn by this process and, where there are many, by others beside it; the bytes are the same."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.figures.figure import Figure, draw_page
from analysis.figures.saving import save
from sweeps.processes import ONE_THREAD, die_with_launcher, interrupts_blocked

if TYPE_CHECKING:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

FEWEST_GROUPS = 3
MOST_HELPERS = 3
# One that it draws and one that waits: more would be left over when this process has nothing to draw.
_PAGES_AHEAD = 2


class Order(NamedTuple):
    """A page to be drawn: its figure, the data of its group, and where its files go, without their endings."""

    figure: Figure
    data: pd.DataFrame
    stem: Path


class Helpers:
    """Processes beside this one that draw pages too, and end with the block; there may be none.

    They are started at once, so that they are ready when the first page is: that takes them seconds.
    """

    def __init__(self, count: int = 0) -> None:
        self._pool = _started(count) if count > 0 else None
        self._room = _PAGES_AHEAD * count
        self._begun: list[Future[list[Path]]] = []

    def __enter__(self) -> Helpers:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None

    def take(self, order: Order) -> Future[list[Path]] | None:
        """Take a page; None if they have enough to do, or if one of them has died."""
        self._begun = [future for future in self._begun if not future.done()]
        if self._pool is None or len(self._begun) >= self._room:
            return None
        try:
            with interrupts_blocked():
                future: Future[list[Path]] = self._pool.submit(write_page, order)
        except BrokenExecutor:
            return None
        self._begun.append(future)
        return future


def helpers_for(groups: int) -> Helpers:
    """As many helpers as so many groups of runs are worth, each of which has about seven pages; often none."""
    if groups < FEWEST_GROUPS:
        return Helpers()
    from joblib import cpu_count

    return Helpers(min(cpu_count() - 1, groups // 2, MOST_HELPERS))


def write_page(order: Order) -> list[Path]:
    """Draw a page and write its files."""
    return save(draw_page(order.figure, order.data), order.data, order.stem)


def write_pages(orders: Iterable[Order], helpers: Helpers) -> list[list[Path]]:
    """Draw pages and write their files, here and by helpers; pages are asked for one by one, while helpers draw.

    Returns
    -------
    The files of each page, in the order of the pages.
    """
    made: list[tuple[Order, Future[list[Path]] | list[Path]]] = []
    for order in orders:
        taken = helpers.take(order)
        made.append((order, write_page(order) if taken is None else taken))
    return [_files(order, found) for order, found in made]


def _files(order: Order, found: Future[list[Path]] | list[Path]) -> list[Path]:
    if isinstance(found, list):
        return found
    try:
        return found.result()
    except BrokenExecutor:
        # The helper is gone, perhaps for want of memory: a page can be drawn anywhere.
        return write_page(order)


def _started(count: int) -> ProcessPoolExecutor:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    pool = ProcessPoolExecutor(count, initializer=die_with_launcher, initargs=(os.getpid(),), env=ONE_THREAD)
    with interrupts_blocked():
        for _ in range(count):
            pool.submit(_get_ready)
    return pool


def _get_ready() -> None:
    """Nothing; to be asked for it, a process must have imported this module."""
