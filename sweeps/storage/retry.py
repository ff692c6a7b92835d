"""Retries with growing pauses while a database server does not answer."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

_Result = TypeVar("_Result")
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
PATIENCE_SECONDS = 600.0


def pauses(clock: Callable[[], float]) -> Iterator[float]:
    """Yield pauses in seconds, doubling up to the longest, until `PATIENCE_SECONDS` have passed.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds.

    Examples
    --------
    >>> from itertools import islice
    >>> list(islice(pauses(lambda: 0.0), 4))
    [0.1, 0.2, 0.4, 0.8]
    """
    pause = FIRST_PAUSE_SECONDS
    end = clock() + PATIENCE_SECONDS
    while True:
        yield pause
        if clock() > end:
            return
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def retry_while_away(
    action: Callable[[], _Result],
    *,
    after_loss: Callable[[], None] = lambda: None,
    notify: Callable[[str], None] = lambda text: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> _Result:
    """Return the result of an action; repeat it while the server does not answer.

    Parameters
    ----------
    action : callable
        Uses the server. It may be called several times.
    after_loss : callable
        Called before every repetition. It may use the server too.
    notify : callable
        Receives one message when the server does not answer, and one when it answers again.
    sleep, clock : callable
        Replaceable for tests.

    Raises
    ------
    Exception
        The error of the action, if the server does not answer in time, or if the error has
        another reason.
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
    """Return whether an error means that trying again may help.

    The server was lost, is not up yet, or gave up a statement that can be repeated.
    """
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    lost = isinstance(cause, DBAPIError) and cause.connection_invalidated
    # Optuna answers some losses by a second query in the same transaction, which is over by then.
    return lost or isinstance(cause, OperationalError | InterfaceError | PendingRollbackError)
