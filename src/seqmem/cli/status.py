"""The command ``status``: how far a sweep is."""

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
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
) -> int:
    """Show how far a sweep is: by condition, runs done and failed, the best so far, time left.

    Parameters
    ----------
    target
        A sweep's folder or a storage URL.
    name
        Which sweep, if the storage holds several.
    jobs
        Runs at a time, for the time left; as many as the sweep was started with if not given.
    watch
        Show it again and again, until the sweep is done; Ctrl-C ends it.
    every
        Seconds between two looks.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    if not 0 < every <= LONGEST_WAIT_SECONDS:
        raise InputError(
            f"every {every:g}: must be above 0 and at most {LONGEST_WAIT_SECONDS:g} seconds"
        )
    from seqmem.sweeps.execution.status import read_status

    while True:
        config, storage = open_sweep(target, name)
        with closing(storage):
            status = read_status(config, storage)
        print("\n".join(status_lines(config, status, jobs or jobs_of(target))), flush=True)
        if not watch or status.is_done:
            return DONE
        time.sleep(every)
        print()


def status_lines(config: SweepConfig, status: "Status", jobs: int) -> list[str]:
    """Return a line per condition and the sums, with the time left."""
    from seqmem.sweeps.execution.status import status_summary

    lines = []
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        confirmed = (
            f"{part.memorized}/{part.confirmed} memorized"
            if part.confirmed
            else "not confirmed yet"
        )
        lines.append(
            f"{part.condition.condition}: {part.stored}/{part.total} runs, {part.trials_told}/{part.trials} trials, "
            f"{part.trials_failed} trials and {part.failed} runs failed, best score {best}, {confirmed}"
        )
    lines.append(status_summary(status))
    if not status.is_done:
        seconds = status.forecast(config).work_seconds_left / jobs
        lines.append(f"about {duration(seconds)} left with {jobs} at a time")
    return lines


def jobs_of(target: str) -> int:
    """Return how many runs at a time a sweep's folder says it was started with; 1 for anything else."""
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.sweeps.storage.manifest import read_manifest

    manifest = SweepFolder(Path(target)).manifest
    if "://" in target or not manifest.exists():
        return 1
    jobs = read_manifest(manifest).get("jobs")
    return jobs if isinstance(jobs, int) and jobs > 0 else 1
