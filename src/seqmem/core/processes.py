"""Protection for processes that this process starts: signals, threads and an end with the launcher.

This module is light to import, because every process that starts another one imports it twice.
"""

import multiprocessing.resource_tracker
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

ORPHAN_CHECK_SECONDS = 1.0
TERMINAL_SIGNALS = {signal.SIGINT, signal.SIGHUP}
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Start processes that never receive Ctrl-C or SIGHUP.

    The terminal sends both to all processes, and only the launcher must react. A new process
    inherits the blocked signals, and so does the thread that starts later processes. Signals that
    arrive in this process meanwhile are delivered at the end.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL_SIGNALS)
    try:
        start_resource_trackers()
        # The start of a resource tracker unblocks Ctrl-C.
        signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_resource_trackers() -> None:
    """Start the resource trackers of multiprocessing and loky, if they do not run.

    A tracker that was killed has forgotten what it tracked. Its successor would print a traceback
    for everything that is released later. That does no harm, so trackers print nothing.
    """
    from joblib.externals.loky.backend import resource_tracker

    with warnings.catch_warnings(), _no_error_output():
        warnings.filterwarnings("ignore", "resource_tracker: process died", UserWarning)
        multiprocessing.resource_tracker.ensure_running()
        resource_tracker.ensure_running()


@contextmanager
def _no_error_output() -> Iterator[None]:
    """Let processes that are started inside print no errors."""
    try:
        kept = os.dup(2)
    except OSError:
        # Standard error is closed.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def die_with_launcher(launcher: int) -> None:
    """End this process soon after the process that started it.

    The launcher may be killed so suddenly that it cannot end its processes itself.

    Parameters
    ----------
    launcher : int
        Process id of the launcher, which may have ended already.
    """

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(ORPHAN_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
