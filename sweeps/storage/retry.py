"""Trying again, with growing pauses, while a server is away."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

R = TypeVar("R")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PATIENCE_SECONDS = 0.1, 10.0, 600.0


def pauses(clock: Callable[[], float]) -> Iterator[float]:
    """Yield pauses that double up to a longest one, as long as our patience lasts."""
    pause, end = FIRST_PAUSE_SECONDS, clock() + PATIENCE_SECONDS
    while True:
        yield pause
        if clock() > end:
            return
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def retry_while_away(
    action: Callable[[], R],
    *,
    after_loss: Callable[[], None] = lambda: None,
    notify: Callable[[str], None] = lambda text: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> R:
    """Return what an action returns, trying again after the server was lost.

    Parameters
    ----------
    after_loss : callable
        Called before every further attempt; may itself lose the server.
    notify : callable
        Told once that the server is away, and once that it is back.

    Raises
    ------
    Exception
        What the action raised, if the server is not back in time or the error is another.
    """
    lost = None
    for pause in pauses(clock):
        try:
            if lost:
                after_loss()
            result = action()
        except Exception as error:
            if not is_loss(error):
                raise
            if lost is None:
                notify("the storage does not answer; trying again")
            lost = error
            sleep(pause)
            continue
        if lost:
            notify("the storage answers again")
        return result
    assert lost is not None
    raise lost


def is_loss(error: BaseException) -> bool:
    """Whether an error says that a server was lost, is not up yet, or gave up a statement that may be tried again."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    lost = isinstance(cause, DBAPIError) and cause.connection_invalidated
    return lost or isinstance(cause, OperationalError | InterfaceError)
