"""Ctrl-C and SIGTERM end long work once and properly."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_heard = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `KeyboardInterrupt` inside at the first SIGINT or SIGTERM; later ones are not heard until the end.

    An exception that comes up while Python is inside a finalizer, a weak reference's callback or compiled code may be
    lost there. Long work therefore calls `check_interrupted` between its parts.
    """
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    unraisable = sys.unraisablehook
    sys.unraisablehook = lambda lost: (
        None if lost.exc_type is KeyboardInterrupt else unraisable(lost)
    )
    _heard.clear()
    try:
        yield
    finally:
        _heard.clear()
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def check_interrupted() -> None:
    """Raise `KeyboardInterrupt` if the one that a signal raised was lost on its way."""
    if _heard.is_set() and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let what must not be left half-done come to its end; an interrupt meanwhile is raised after it."""
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread is ever interrupted.
        yield
        return
    heard: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: heard.append(number)) for number in SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        signal.raise_signal(heard[0])


def _interrupt(signum: int, frame: Any) -> None:
    """Interrupt once; what comes while the workers are being stopped is not heard."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _heard.set()
    raise KeyboardInterrupt
