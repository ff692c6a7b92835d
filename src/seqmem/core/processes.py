"""What protects processes started beside this one, and others from them: signals, threads, an end with their launcher.

Light to import, since whoever starts a process pays for it twice.
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
    """Start processes that never see Ctrl-C: the terminal sends it to all, only the launcher answers.

    A new process, and the thread that starts later ones, inherit which signals are blocked; what arrives here
    meanwhile is delivered at the end.
    """
    from joblib.externals.loky.backend import resource_tracker

    # Started first: starting them later, with the first worker, would unblock the signals again.
    multiprocessing.resource_tracker.ensure_running()
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with_launcher(launcher: int) -> None:
    """End this process soon after the one that started it, which may be killed too suddenly to end it.

    Parameters
    ----------
    launcher : int
        Its process id; it may be gone already.
    """

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(ORPHAN_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
