"""The command line in a process that sends itself a signal at chosen moments.

``python driver.py SIGNAL MOMENTS COMMAND…`` with SIGNAL such as ``KILL`` or ``STOP`` and MOMENTS such as
``write:2,write:7``. A moment is right before the N-th call (from 1) of what `TARGETS` names: a trial added, a run
executed in this process, an outcome written, a trial told, the sweep begun in the storage, its files or its records
written.

A process that stops itself cannot get past its moment, however long the test takes to notice.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import sweeps.executors.serial
import sweeps.launcher
from analysis.cli import main
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


def signalled(function: Callable[..., Any], number: signal.Signals, call: int) -> Callable[..., Any]:
    """Return the function, but this process gets the signal right before its ``call``-th call."""
    calls = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), number)
        return function(*arguments, **options)

    return counted


def drive(name: str, moments: str, *command: str) -> int:
    """Run the command, signalled at the moments."""
    for moment in moments.split(","):
        target, _, call = moment.partition(":")
        owner, attribute = TARGETS[target]
        changed = signalled(getattr(owner, attribute), signal.Signals[f"SIG{name}"], int(call))
        setattr(owner, attribute, changed)
    return main(command)


if __name__ == "__main__":
    sys.exit(drive(*sys.argv[1:]))
