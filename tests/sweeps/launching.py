"""The command line in processes of its own, left alone or signalled at a chosen moment."""

import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.forking import ForkedProcess
from tests.sweeps.driver import command_line, drive
from tests.waiting import Process, SeparateProcess, is_going, is_stopped, wait_until

COUNT_RUNS = "SELECT count(*) FROM trial_user_attributes WHERE key LIKE 'run:%'"
# Runs of some tenths of a second, so that whatever happens happens in the middle of one.
LONGER = ("--set", "training.budget='1500 steps'")
# Halving at two rungs, at which the two cells do not agree. Settings are every second item.
PRUNED = (
    *("--set", "search.pruner='halving'", "--set", "search.rungs=[0.25, 0.5]"),
    *("--set", "search.sampler='sobol'", "--set", "search.trials=8"),
)
DRIVER = Path(__file__).with_name("driver.py")
COMMAND = (sys.executable, "-c", "import sys; from seqmem.cli.app import main; sys.exit(main())")


def start(*arguments: object, **options: Any) -> Process:
    """Start ``seqmem`` with arguments."""
    return Process(*COMMAND, *arguments, **options)


def start_driven(name: str, moment: str, *arguments: object, **options: Any) -> ForkedProcess:
    """Start ``seqmem`` with arguments; it sends itself a signal at a moment.

    The signal is given by its name, and the moment as `driver` describes. The process is forked.
    """
    return ForkedProcess(drive, name, moment, *arguments, **options)


def start_forked(*arguments: object, cwd: Path | None = None) -> ForkedProcess:
    """Start ``seqmem`` with arguments in a process that is forked."""
    return ForkedProcess(command_line, *arguments, cwd=cwd)


def wait_for_stop(process: SeparateProcess) -> None:
    """Wait until a driven process has stopped itself."""
    wait_until(lambda: is_stopped(psutil.Process(process.pid)), process)


def go_on(process: SeparateProcess) -> None:
    """Let a stopped process go on."""
    process.send_signal(signal.SIGCONT)


def workers_of(launcher: SeparateProcess, word: str) -> list[psutil.Process]:
    """Return the running processes below a launcher whose command contains a word."""
    workers = []
    for process in launcher.family():
        with suppress(psutil.NoSuchProcess):
            if word in " ".join(process.cmdline()):
                workers.append(process)
    return workers


def stop_workers(
    launcher: SeparateProcess, word: str, count: int, is_it: Callable[[], object]
) -> list[psutil.Process]:
    """Stop the workers at a moment at which a condition holds, and return them.

    The condition holds until they are resumed.
    """
    caught: list[psutil.Process] = []

    def catch() -> bool:
        if not is_it():
            return False
        workers = workers_of(launcher, word)
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.suspend()
        # A signal takes a while to arrive. The condition is safe only once all have stopped.
        wait_until(lambda: not any(map(is_going, workers)))
        if len(workers) == count and all(map(is_stopped, workers)) and is_it():
            caught.extend(workers)
            return True
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.resume()
        return False

    wait_until(catch, launcher)
    return caught


def stored_runs(out: Path) -> int:
    """Return how many runs the database in a sweep's folder holds; 0 if it is not there yet."""
    database = out / "optuna.db"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        try:
            return int(connection.execute(COUNT_RUNS).fetchone()[0])
        except sqlite3.OperationalError:
            return 0
