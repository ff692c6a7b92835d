"""The command line in processes of its own."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

COUNT_RUNS = "SELECT count(*) FROM trial_user_attributes WHERE key LIKE 'run:%'"
COMMAND = (sys.executable, "-c", "import sys; from analysis.cli import main; sys.exit(main())")


def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
    """Start ``seqmem`` with arguments; what it prints is kept, both streams apart."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process and return its exit code and what it printed."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


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


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until a condition holds, which must come about without any further doing."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
