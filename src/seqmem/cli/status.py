"""The command ``status``: the runs of a sweep that are stored, failed and missing."""

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.core.number_formats import counted
from seqmem.core.progress import duration
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.opening import open_sweep

if TYPE_CHECKING:
    from seqmem.sweeps.execution.status import Status

LONGEST_WAIT_SECONDS = 1e6


def status_command(
    target: str,
    /,
    *,
    name: str | None = None,
    jobs: WholeNumber | None = None,
    watch: Annotated[bool, Parameter(negative=())] = False,
    every: float = 5.0,
    failures: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Show the state of a sweep: for each condition, runs, failures and best score; the time left.

    Parameters
    ----------
    target
        Folder of a sweep, or storage URL.
    name
        Name of the sweep, if the storage holds several.
    jobs
        Runs at a time, for the time left. Default: as many as the sweep was started with.
    watch
        Repeat until the sweep is done. Ctrl-C ends the command.
    every
        Seconds between two repetitions.
    failures
        Show only the failed runs: each distinct exception with its count and one traceback.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    if not 0 < every <= LONGEST_WAIT_SECONDS:
        raise InputError(
            f"every {every:g}: must be above 0 and at most {LONGEST_WAIT_SECONDS:g} seconds"
        )
    from seqmem.sweeps.execution.status import read_status

    if failures:
        return _show_failures(target, name)
    while True:
        config, storage = open_sweep(target, name)
        with closing(storage):
            status = read_status(config, storage)
        print("\n".join(status_lines(config, status, jobs or jobs_of(target))), flush=True)
        if not watch or status.is_done:
            return DONE
        time.sleep(every)
        print()


def _show_failures(target: str, name: str | None) -> int:
    from seqmem.sweeps.config.conditions import search_keys
    from seqmem.sweeps.execution.failures import failure_kinds

    config, storage = open_sweep(target, name)
    with closing(storage):
        kinds = failure_kinds(storage.failures(list(search_keys(config))))
    print("\n\n".join(kind.details for kind in kinds) or "no run failed")
    return DONE


def status_lines(config: SweepConfig, status: "Status", jobs: int) -> list[str]:
    """Return one line per condition, the sums, and the time left.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    status : Status
        Its state.
    jobs : int
        Runs at a time, for the time left.
    """
    from seqmem.sweeps.execution.status import status_summary
    from seqmem.sweeps.search.score import DIVERGED

    lines = []
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        if part.best == DIVERGED:
            best = "diverged"
        confirmed = (
            f"{part.memorized}/{part.confirmed} memorized"
            if part.confirmed
            else "not confirmed yet"
        )
        lines.append(
            f"{part.condition.title}: {part.stored}/{part.total} runs, "
            f"{part.trials_told}/{part.trials} trials, {counted(part.trials_failed, 'trial')} and "
            f"{counted(part.failed, 'run')} failed, best score {best}, {confirmed}"
        )
    lines.append(status_summary(status))
    return lines if status.is_done else [*lines, _time_left(config, status, jobs)]


def _time_left(config: SweepConfig, status: "Status", jobs: int) -> str:
    from seqmem.sweeps.execution.time_left import seconds_left

    try:
        seconds = seconds_left(config, status, jobs)
    except InputError as error:
        # A cell or source of a plug-in is not registered in this process.
        return f"time left unknown: {error}"
    return f"about {duration(seconds)} left with {jobs} at a time"


def jobs_of(target: str) -> int:
    """Return the number of runs at a time with which a sweep was started.

    It is read from the manifest in the folder of the sweep. Without a manifest it is 1.

    Parameters
    ----------
    target : str
        Folder of the sweep, or storage URL.

    Examples
    --------
    >>> jobs_of("sqlite:///optuna.db")
    1
    """
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.sweeps.storage.manifest import read_manifest

    manifest = SweepFolder(Path(target)).manifest
    if "://" in target or not manifest.exists():
        return 1
    jobs = read_manifest(manifest).get("jobs")
    return jobs if isinstance(jobs, int) and jobs > 0 else 1
