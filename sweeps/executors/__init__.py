"""Executors by name. Each is loaded only when it is used."""

from generators.errors import InputError, unknown
from study.imports import load
from sweeps.executors.executor import Circumstances, Executor

EXECUTORS = {
    "serial": "sweeps.executors.serial:SerialExecutor",
    "loky": "sweeps.executors.loky:LokyExecutor",
    "dask": "sweeps.executors.dask:DaskExecutor",
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
        raise InputError(f"--scheduler {circumstances.scheduler} is for --executor dask, not for {name}")
    try:
        executor: Executor = load(EXECUTORS[name])(circumstances)
    except ModuleNotFoundError as error:
        raise InputError(f"--executor {name}: {error.name} is missing; install the extra `distributed`") from None
    return executor
