"""Executors by name. A module is loaded only when its executor is used."""

from typing import NamedTuple

from seqmem.core.errors import InputError, unknown
from seqmem.core.imports import import_object
from seqmem.core.plugins import check_portable
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Executor


class ExecutorChoice(NamedTuple):
    """An executor in the registry.

    Attributes
    ----------
    help : str
        One line about the executor, for help texts.
    target : str
        Import string of its class, as ``"module:class"``.
    """

    help: str
    target: str


EXECUTORS = {
    "serial": ExecutorChoice(
        "this process, which a run that hangs would block",
        "seqmem.sweeps.execution.executors.executor:SerialExecutor",
    ),
    "loky": ExecutorChoice(
        "worker processes on this machine", "seqmem.sweeps.execution.executors.loky:LokyExecutor"
    ),
    "dask": ExecutorChoice(
        "Dask workers, on this machine or on others",
        "seqmem.sweeps.execution.executors.dask:DaskExecutor",
    ),
}


def check_executor(name: str, scheduler: str | None = None) -> None:
    """Raise `InputError` if the name of an executor is unknown, or a scheduler does not fit it.

    Parameters
    ----------
    name : str
        Name of the executor.
    scheduler : str, optional
        Address of a Dask scheduler.
    """
    if name not in EXECUTORS:
        raise unknown("executor", name, EXECUTORS)
    if scheduler is not None and name != "dask":
        raise InputError(f"--scheduler {scheduler} is for --executor dask, not for {name}")


def make_executor(name: str | None, context: ExecutionContext) -> Executor:
    """Return a new executor.

    Parameters
    ----------
    name : {"serial", "loky", "dask"}, optional
        If absent, ``serial`` for one job and ``loky`` for more.
    context : ExecutionContext
        Its settings.

    Raises
    ------
    InputError
        If the name is unknown, the settings do not fit, a plug-in cannot be sent to workers, or
        the executor cannot be started.
    """
    name = name or ("serial" if context.jobs == 1 else "loky")
    check_executor(name, context.scheduler)
    if name != "serial":
        check_portable(context.plugins)
    try:
        executor: Executor = import_object(EXECUTORS[name].target)(context)
    except ModuleNotFoundError as error:
        raise InputError(
            f"--executor {name}: {error.name} is missing; install the extra `distributed`"
        ) from None
    return executor
