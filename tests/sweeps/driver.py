"""Run a sweep in a process of its own that kills itself at a chosen moment.

``python driver.py PRESET OUT JOBS MOMENT``, with MOMENT one of ``never``, ``add:N``, ``run:N``,
``write:N``, ``tell:N``, ``begin:1``, ``files:1``, ``export:1``: SIGKILL right before the N-th trial is added,
run executed in this process, outcome written or trial told (N from 1), the sweep begun in the storage, its
files or its records written.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import sweeps
import sweeps.executors.serial
import sweeps.launcher
from sweeps.folder import SweepFolder
from sweeps.storage import SweepStorage

TARGETS = {
    "add": (SweepStorage, "add"),
    "write": (SweepStorage, "write_run"),
    "tell": (SweepStorage, "tell"),
    "run": (sweeps.executors.serial, "execute"),
    "begin": (SweepStorage, "begin"),
    "files": (SweepFolder, "write"),
    "export": (sweeps.launcher, "export"),
}


def die_before(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    """Return the function, but its ``call``-th call ends this process."""
    calls = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    return counted


def main(preset: str, out: str, jobs: str, moment: str) -> None:
    """Run the sweep, killed at the moment."""
    name, _, call = moment.partition(":")
    if name != "never":
        owner, attribute = TARGETS[name]
        setattr(owner, attribute, die_before(getattr(owner, attribute), int(call)))
    sweeps.run_sweep(sweeps.load_config(preset), out, jobs=int(jobs))


if __name__ == "__main__":
    main(*sys.argv[1:])
