"""Executors by name. Each is loaded only when it is used."""

from seqmem.core.errors import InputError, unknown
from seqmem.core.imports import load
from seqmem.sweeps.execution.executors.executor import Circumstances, Executor

EXECUTORS = {
    "serial": "seqmem.sweeps.execution.executors.serial:SerialExecutor",
    "loky": "seqmem.sweeps.execution.executors.loky:LokyExecutor",
    "dask": "seqmem.sweeps.execution.executors.dask:DaskExecutor",
}


def make_executor(name: str | None, circumstances: Circumstances) -> Executor:
    """Return an executor; the serial one for one run at a time and loky for more, if none is named.

    Raises
    ------
    InputError
        If there is none of this name, or it cannot be had under the circumstances.
    """
    name = name or ("serial" if circumstances.jobs == 1 else "loky")
    if name not in EXECUTORS:
        raise unknown("executor", name, EXECUTORS)
    if circumstances.scheduler is not None and name != "dask":
        raise InputError(
            f"--scheduler {circumstances.scheduler} is for --executor dask, not for {name}"
        )
    try:
        executor: Executor = load(EXECUTORS[name])(circumstances)
    except ModuleNotFoundError as error:
        raise InputError(
            f"--executor {name}: {error.name} is missing; install the extra `distributed`"
        ) from None
    return executor
