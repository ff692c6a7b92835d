"""Execution of a list of runs, whose outcomes are stored as they arrive."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

from seqmem.core.errors import InputError, check_type
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors import make_executor
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Executor, Outcome

Item = TypeVar("Item")


def check_jobs(jobs: int) -> None:
    """Raise `InputError` if the number of runs at a time is below 1.

    Parameters
    ----------
    jobs : int
        Runs at a time.

    Raises
    ------
    InputError
        If it is below 1.
    """
    check_type(jobs, int, "jobs must be a whole number")
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")


def jobs_or_all(jobs: int | None) -> int:
    """Return the number of runs at a time: the given number, or the processors of this machine.

    Parameters
    ----------
    jobs : int, optional
        Runs at a time.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    InputError
        If the given number is below 1.

    Examples
    --------
    >>> jobs_or_all(3)
    3
    """
    from joblib import cpu_count

    count = cpu_count() if jobs is None else jobs
    check_jobs(count)
    return count


@contextmanager
def opened_executor(
    executor: Executor | str | None, context: ExecutionContext
) -> Iterator[Executor]:
    """Yield the given executor, or make one by its name and close it at the end.

    Parameters
    ----------
    executor : Executor or str, optional
        An executor, which stays open; or a name in `executors.EXECUTORS`. If absent, the serial
        executor for one job and loky for more.
    context : ExecutionContext
        Jobs, environment and limits of an executor that is made here.
    """
    if executor is not None and not isinstance(executor, str):
        yield executor
        return
    with closing(make_executor(executor, context)) as made:
        yield made


def execute_and_store(
    items: Sequence[Item],
    config_of: Callable[[Item], RunConfig],
    executor: Executor,
    store: Callable[[Item, Outcome], None],
) -> Iterator[tuple[Item, Outcome]]:
    """Execute one run for each item; store its outcome as it arrives, then yield both.

    Parameters
    ----------
    items : sequence
        Whatever the caller stores outcomes by.
    config_of : callable
        Return the run of an item.
    executor : Executor
        It decides only the order in which outcomes arrive.
    store : callable
        Keep the outcome of an item. It returns before the next outcome is asked for.

    Yields
    ------
    tuple of (item, Outcome)
        In the order of arrival.
    """
    for index, outcome in executor.run([config_of(item) for item in items]):
        store(items[index], outcome)
        yield items[index], outcome
