"""What protects a worker process, and others from it: signals, a watchdog, and an end when its launcher is gone."""

import faulthandler
import multiprocessing.resource_tracker
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from study.config import RunConfig
from sweeps.executors.executor import SHORTEST_LIMIT_SECONDS, Outcome, execute

ORPHAN_CHECK_SECONDS = 1.0
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
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


def execute_watched(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    """Execute a run; the process ends itself if that takes longer than it may.

    The note is a file that exists while the run does. It stays behind when the process ends, and says where the run
    was if it was the watchdog who ended it. Python's watchdog is a thread that needs no turn of the interpreter.
    What a process does only once, before its first run, is not held against that run.
    """
    with note.open("w", encoding="utf-8") as file:
        try:
            faulthandler.dump_traceback_later(max(limit_seconds, SHORTEST_LIMIT_SECONDS), exit=True, file=file)
            with suppress(Exception):
                prepare(config)
            faulthandler.dump_traceback_later(limit_seconds, exit=True, file=file)
            outcome = execute(config)
        finally:
            faulthandler.cancel_dump_traceback_later()
    note.unlink()
    return outcome


def prepare(config: RunConfig) -> None:
    """Load what runs need, and take a first step with their cell. What fails here fails in the run as well."""
    from study.runner import warm_up

    warm_up(config.cell, config.engine, config.device)


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
