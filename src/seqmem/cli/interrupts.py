"""How a command ends whose long work does not come to its end."""

import sys
from collections.abc import Callable
from typing import TypeVar

from seqmem.core.exit_codes import INTERRUPTED, SOME_RUNS_FAILED
from seqmem.core.interruption import interruptible
from seqmem.sweeps.execution.executors.executor import WorkerDied
from seqmem.sweeps.execution.launcher import SweepStopped

Result = TypeVar("Result")


def report_interrupts(work: Callable[[], Result], resume: Callable[[], str]) -> Result | int:
    """Return what the work returns; if it is stopped or interrupted, say so and how to resume, and return an exit code.

    Parameters
    ----------
    work : callable
        A sweep, or other runs on an executor.
    resume : callable
        Says, when asked afterwards, what is saved and what resumes.
    """
    try:
        with interruptible():
            return work()
    except (SweepStopped, WorkerDied) as error:
        print(f"seqmem: stopped: {error}; {resume()}", file=sys.stderr)
        return SOME_RUNS_FAILED
    except KeyboardInterrupt:
        print(f"interrupted; {resume()}", file=sys.stderr)
        return INTERRUPTED
