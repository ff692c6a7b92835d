"""Interruption of long work by Ctrl-C or SIGTERM, once and without loss."""

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
    """Raise `KeyboardInterrupt` inside at the first SIGINT or SIGTERM.

    Later signals are ignored until the end. The exception can be lost if it is raised inside a
    finalizer, the callback of a weak reference, or compiled code. So long work calls
    `check_interrupted` between its parts.
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
    """Raise `KeyboardInterrupt` if a signal has arrived and its exception was lost."""
    if _heard.is_set() and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let a part of the work end that must not be left half-done.

    A signal that arrives meanwhile is raised at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread is interrupted.
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
    """Interrupt once. Signals are ignored while the workers are stopped."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _heard.set()
    raise KeyboardInterrupt
