"""The command line, in a process that sends itself a signal at a chosen moment.

A moment is for example ``write:7``: right before the seventh call of the function that `TARGETS`
names ``write``. The functions add a trial, execute a run, take a training step, write an outcome,
score a trial at a rung, finish a trial, start the sweep in the storage, write its files or records,
show a line of progress, copy a database, and write the configuration of a sweep that grows.

`tests.sweeps.launching.start_driven` forks such a process. ``python driver.py SIGNAL MOMENT
COMMAND…`` is one that has imported nothing before.

A process that stops itself stays at its moment, however long the test takes to notice.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import seqmem.sweeps.execution.executors.executor
import seqmem.sweeps.execution.launcher
import seqmem.sweeps.storage.larger
from seqmem.cli.app import main
from seqmem.core.progress import Lines
from seqmem.study.protocols.stream import StreamBatches
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.storage import SweepStorage

TARGETS = {
    "add": (SweepStorage, "add"),
    "write": (SweepStorage, "write_run"),
    "report": (SweepStorage, "report"),
    "tell": (SweepStorage, "tell"),
    "run": (seqmem.sweeps.execution.executors.executor, "execute"),
    "step": (StreamBatches, "step"),
    "begin": (SweepStorage, "begin"),
    "files": (SweepFolder, "write"),
    "export": (seqmem.sweeps.execution.launcher, "export"),
    "line": (Lines, "advance"),
    "copy": (seqmem.sweeps.storage.larger, "copy_sqlite"),
    "config": (seqmem.sweeps.storage.larger, "replace_file"),
}


def before(function: Callable[..., Any], act: Callable[[], None], call: int) -> Callable[..., Any]:
    """Return the function, but something is done right before its ``call``-th call."""
    calls = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            act()
        return function(*arguments, **options)

    return counted


def at_moment(
    moment: str, act: Callable[[], None], put: Callable[[Any, str, Any], None] = setattr
) -> None:
    """Let something be done at a moment."""
    name, _, call = moment.partition(":")
    owner, attribute = TARGETS[name]
    put(owner, attribute, before(getattr(owner, attribute), act, int(call)))


def drive(name: str, moment: str, *command: str) -> int:
    """Run the command, signalled at the moment; the signal is for example ``KILL`` or ``STOP``."""
    number = signal.Signals[f"SIG{name}"]
    at_moment(moment, lambda: os.kill(os.getpid(), number))
    return command_line(*command)


def command_line(*command: str) -> int:
    """Run the command."""
    # Tests may run under nohup.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    return main(command)


if __name__ == "__main__":
    sys.exit(drive(*sys.argv[1:]))
