"""Interruption of work by Ctrl-C, SIGTERM or SIGHUP, once and without loss."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

# What each signal does to a command, in words.
ENDINGS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "hung up",
}
SIGNALS = tuple(ENDINGS)
REPEAT_SECONDS = 1.0
STANDARD_ERROR = 2

_heard: list[int] = []
# What is said at the first signal; said once.
_notices: list[str] = []


class Interrupted(KeyboardInterrupt):
    """A signal asked the process to end.

    Parameters
    ----------
    number : int
        The signal, one of `SIGNALS`.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def ending(error: KeyboardInterrupt) -> tuple[str, int]:
    """Return what happened to the command in words, and its exit code, 128 + the signal.

    Parameters
    ----------
    error : KeyboardInterrupt
        Other errors than `Interrupted` count as Ctrl-C.

    Examples
    --------
    >>> ending(Interrupted(signal.SIGHUP)), ending(KeyboardInterrupt())
    (('hung up', 129), ('interrupted', 130))
    """
    number = error.number if isinstance(error, Interrupted) else signal.SIGINT
    return ENDINGS[signal.Signals(number)], 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `Interrupted` inside at the first signal of `SIGNALS`.

    Compiled code or a finalizer can lose the exception. So the signal is repeated every second
    until the block ends. An ignored SIGHUP stays ignored, as after ``nohup``. Outside the main
    thread, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = threading.Event()
    is_repeated = threading.Event()
    threads: list[threading.Thread] = []

    def repeat(number: int, main: int) -> None:
        while not is_over.wait(REPEAT_SECONDS):
            is_repeated.set()
            signal.pthread_kill(main, number)

    def end(number: int, frame: Any) -> None:
        if not threads:
            _heard.append(number)
            arguments = number, threading.get_ident()
            threads.append(threading.Thread(target=repeat, args=arguments, daemon=True))
            threads[0].start()
        elif not is_repeated.is_set():
            # The terminal may send a signal twice, and the first one is at work.
            return
        is_repeated.clear()
        raise Interrupted(number)

    _heard.clear()
    with _losses_untold(), _handled_by(end):
        try:
            yield
        finally:
            if threads:
                _ignore_signals()
                is_over.set()
                threads[0].join()
            _heard.clear()


@contextmanager
def interruptible(notice: str = "") -> Iterator[None]:
    """Raise `Interrupted` inside at the first signal of `SIGNALS`.

    Later signals are ignored until the end, and so is SIGHUP if it was ignored before. The
    exception can be lost if it is raised inside a finalizer, the callback of a weak reference, or
    compiled code. So long work calls `check_interrupted` between its parts.

    Parameters
    ----------
    notice : str
        A line that is printed on stderr at the signal, if the end of the work can take a moment.
    """
    check_interrupted()
    with _losses_untold(), _handled_by(_interrupt):
        _notices[:] = [notice] if notice else []
        try:
            yield
        finally:
            _heard.clear()
            _notices.clear()


def check_interrupted() -> None:
    """Raise `Interrupted` if a signal has arrived and its exception was lost."""
    if _heard and threading.current_thread() is threading.main_thread():
        raise Interrupted(_heard[0])


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let a part of the work end that must not be left half-done.

    A signal that arrives meanwhile is raised at the end, also if the part ends with an error.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread is interrupted.
        yield
        return
    deferred: list[int] = []
    try:
        with _handled_by(lambda number, _: _defer(number, deferred)):
            yield
    finally:
        if deferred:
            signal.raise_signal(deferred[0])


@contextmanager
def _losses_untold() -> Iterator[None]:
    """Print nothing where Python drops an `Interrupted`, because it is raised again."""
    unraisable = sys.unraisablehook
    sys.unraisablehook = lambda lost: (
        None
        if lost.exc_type is not None and issubclass(lost.exc_type, KeyboardInterrupt)
        else unraisable(lost)
    )
    try:
        yield
    finally:
        sys.unraisablehook = unraisable


@contextmanager
def _handled_by(handler: Callable[[int, Any], object]) -> Iterator[None]:
    """Handle the signals inside by a function. An ignored SIGHUP stays ignored."""
    handled = [
        number
        for number in SIGNALS
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def _interrupt(number: int, frame: Any) -> None:
    """Interrupt once. Signals are ignored while the workers are stopped."""
    _ignore_signals()
    _tell()
    _heard.append(number)
    raise Interrupted(number)


def _defer(number: int, deferred: list[int]) -> None:
    _tell()
    deferred.append(number)


def _tell() -> None:
    """Print the notice, if there is one, from within the handler of a signal."""
    if _notices:
        # Python's own streams must not be used here: the signal may have come while one is at work.
        with suppress(OSError):
            os.write(STANDARD_ERROR, f"{_notices.pop()}\n".encode())


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
