"""Execution of a run in a worker process, under a watchdog."""

import faulthandler
from contextlib import suppress
from pathlib import Path

from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import SHORTEST_LIMIT_SECONDS, Outcome, execute


def execute_watched(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    """Execute a run; if it takes longer than the limit, end this process.

    Python's watchdog is a thread that does not need the interpreter lock. The first run of a
    process also loads libraries. This preparation does not count towards the limit.

    Parameters
    ----------
    config : RunConfig
        The run.
    note : Path
        A file that exists while the run does. If the process ends, the file remains. If the
        watchdog ended it, the file holds the stack of the run.
    limit_seconds : float
        Wall time after which the process is ended.

    Returns
    -------
    dict
        The outcome, see `execute`.
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
    """Load what runs need and take one training step with the cell of a run.

    An error here is not reported, because the run itself will raise it again.
    """
    from seqmem.study.runner import warm_up

    warm_up(config.cell, config.engine, config.device, config.block)
