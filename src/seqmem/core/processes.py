"""Protection for processes that this process starts: signals, threads and an end with the launcher.

This module is light to import, because every process that starts another one imports it twice.
"""

import multiprocessing.resource_tracker
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

ORPHAN_CHECK_SECONDS = 1.0
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
    """Start processes that never receive Ctrl-C.

    The terminal sends Ctrl-C to all processes, and only the launcher must react. A new process
    inherits the blocked signals, and so does the thread that starts later processes. Signals that
    arrive in this process meanwhile are delivered at the end.
    """
    from joblib.externals.loky.backend import resource_tracker

    # Started first, because a start with the first worker would unblock the signals again.
    multiprocessing.resource_tracker.ensure_running()
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
