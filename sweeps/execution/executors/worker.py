"""A run in a worker process, under a watchdog."""

import faulthandler
from contextlib import suppress
from pathlib import Path

from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import SHORTEST_LIMIT_SECONDS, Outcome, execute


def execute_watched(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    """Execute a run; the process ends itself if that takes longer than it may.

    The note is a file that exists while the run does. It stays behind when the process ends, and says where the run
    was if it was the watchdog who ended it. Python's watchdog is a thread that needs no turn of the interpreter.
    What a process does only once, before its first run, is not held against that run.
    """
    with note.open("w", encoding="utf-8") as file:
        try:
            faulthandler.dump_traceback_later(
                max(limit_seconds, SHORTEST_LIMIT_SECONDS), exit=True, file=file
            )
            with suppress(Exception):
                prepare_worker(config)
            faulthandler.dump_traceback_later(limit_seconds, exit=True, file=file)
            outcome = execute(config)
        finally:
            faulthandler.cancel_dump_traceback_later()
    note.unlink()
    return outcome


def prepare_worker(config: RunConfig) -> None:
    """Load what runs need, and take a first step with their cell. What fails here fails in the run as well."""
    from seqmem.study.runner import warm_up

    warm_up(config.cell, config.engine, config.device)
