"""The end of a long command that is interrupted or has to stop."""

from collections.abc import Callable
from typing import TypeVar

from seqmem.core.exit_codes import SOME_RUNS_FAILED
from seqmem.core.interruption import ending, interruptible
from seqmem.core.messages import print_message
from seqmem.sweeps.execution.executors.executor import WorkerDied
from seqmem.sweeps.execution.launcher import SweepStopped

_Result = TypeVar("_Result")
STOPPING = (
    "seqmem: stopping; runs in progress are ended and finished runs are saved, which can take "
    "some seconds"
)


def report_interrupts(
    work: Callable[[], _Result], resume: Callable[[], str], notice: str = STOPPING
) -> _Result | int:
    """Report an interruption or failure of a long command and return its exit code.

    Parameters
    ----------
    work : callable
        Executes a sweep, or other runs on an executor.
    resume : callable
        Returns, after an interruption, what is saved and how to resume.
    notice : str
        What is printed at the interruption, before the work has stopped.

    Returns
    -------
    object or int
        The result of the work, or an exit code if it was interrupted or stopped.
    """
    try:
        with interruptible(notice):
            return work()
    except (SweepStopped, WorkerDied) as error:
        print_message(f"seqmem: stopped: {error}; {resume()}")
        return SOME_RUNS_FAILED
    except KeyboardInterrupt as error:
        what, code = ending(error)
        print_message(f"{what}; {resume()}")
        return code
