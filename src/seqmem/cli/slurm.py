"""The command ``slurm``: a script for a job array whose tasks share the searches of a sweep."""

import re
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from seqmem.core.arguments import WholeNumber
from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted, number_range
from seqmem.core.output_files import check_output_file

if TYPE_CHECKING:
    from seqmem.sweeps.config.sweep_config import SweepConfig

# Time before the limit in which the launcher stops its workers and exports finished runs.
SECONDS_TO_STOP = 120
# The forms that sbatch accepts: minutes, minutes:seconds, hours:minutes:seconds, days-hours, …
TIME = re.compile(r"\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2}")
MEMORY = re.compile(r"[1-9]\d*[KMGT]?")
PARTITION = re.compile(r"[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*")

SCRIPT = """\
#!/bin/bash
# The sweep {name} in {array} shards. Submit this script with sbatch, from the folder in which it
# was made. Submit it again to resume.
# A task on a node with another instruction set refuses to run. If the nodes of the cluster differ,
# choose equal ones with sbatch --constraint.
#SBATCH --job-name=seqmem-{name}
#SBATCH --array=1-{array}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={jobs}
#SBATCH --mem={memory}
#SBATCH --time={time}
#SBATCH --signal=B:TERM@{seconds}
{partition}set -euo pipefail
# One thread per run.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# The password of a database is read from ~/.pgpass, or from the file that PGPASSFILE names.
# The launcher replaces the shell, so it gets the signal {seconds} seconds before the time limit.
# It then stops and saves finished runs.
exec seqmem sweep {sweep} --storage {storage} \\
    --shard "$SLURM_ARRAY_TASK_ID/{array}" --jobs "$SLURM_CPUS_PER_TASK"
"""


def slurm_command(
    sweep: str,
    /,
    *,
    array: WholeNumber,
    storage: str,
    jobs: WholeNumber = 4,
    time: str = "04:00:00",
    memory: str = "8G",
    partition: str | None = None,
    out: Path | None = None,
) -> None:
    """Print a Slurm script that runs a sweep as a job array, for sbatch.

    Parameters
    ----------
    sweep
        A preset or a sweep file (.toml).
    array
        Number of tasks. Each executes an equal share of the searches.
    storage
        Storage URL that all tasks can reach, without a password:
        postgresql+psycopg://user@host/database.
    jobs
        Runs at a time in a task, which is also its number of processors.
    time
        Time limit of a task, in a format of sbatch.
    memory
        Memory of a task, in a format of sbatch.
    partition
        Partition. Default: that of the cluster.
    out
        File to write. Default: print the script.
    """
    from seqmem.sweeps.config.sweep_file import load_config
    from seqmem.sweeps.execution.space_checks import check_new_space
    from seqmem.workflows.study_2.freeze import check_frozen

    check_output_file(out)
    config = load_config(sweep)
    check_frozen([config])
    config.resolved_costs()
    check_new_space(config)
    _check_array(config, array)
    if jobs < 1:
        raise InputError(f"--jobs {jobs}: at least 1 is needed")
    _check_storage(storage, array)
    script = SCRIPT.format(
        name=config.name,
        array=array,
        jobs=jobs,
        memory=_matched("memory", memory, MEMORY, "8G or 500M"),
        time=_checked_time(time),
        seconds=SECONDS_TO_STOP,
        partition=f"#SBATCH --partition={_matched('partition', partition, PARTITION, 'short')}\n"
        if partition
        else "",
        sweep=quote(sweep),
        storage=quote(storage),
    )
    if out is None:
        print(script, end="")
        return
    with replace_file(out) as file:
        file.write(script)
    print(f"job array of {counted(array, 'task')}: {out}; next: sbatch {quote(str(out))}")


def _check_array(config: "SweepConfig", array: int) -> None:
    from seqmem.sweeps.config.conditions import described_groups, search_groups

    most = len(search_groups(config))
    if not 1 <= array <= most:
        raise InputError(
            f"--array {array}: the sweep has {described_groups(config)}, "
            f"so {number_range(1, most)} {'task is' if most == 1 else 'tasks are'} possible"
        )


def _check_storage(storage: str, array: int) -> None:
    """Raise `InputError` if machines cannot share the storage, or its URL has a password."""
    from seqmem.sweeps.storage.database import parse_url, safe_url

    url = parse_url(storage)
    shown = safe_url(storage)
    if url.password is not None or any("password" in name.lower() for name in url.query):
        raise InputError(
            f"--storage {shown}: the script would contain the password; leave it out of the URL "
            "and put it into ~/.pgpass, or into the file that PGPASSFILE names"
        )
    if url.get_backend_name() == "sqlite" and array > 1:
        raise InputError(
            f"--storage {shown}: only one launcher may write to SQLite; several tasks need a "
            "database server, for example postgresql+psycopg://user@host/database"
        )


def _matched(option: str, value: str, pattern: re.Pattern[str], example: str) -> str:
    if not pattern.fullmatch(value):
        raise InputError(f"--{option} {value!r}: sbatch does not accept this; example: {example}")
    return value


def _checked_time(time: str) -> str:
    """Return the time limit if sbatch accepts it and it leaves time for runs."""
    _matched("time", time, TIME, "04:00:00 or 2-12")
    if _seconds(time) <= SECONDS_TO_STOP:
        raise InputError(
            f"--time {time}: must be more than the {SECONDS_TO_STOP} seconds "
            "that are reserved for stopping"
        )
    return time


def _seconds(time: str) -> int:
    """Return the seconds of a time limit in a format of sbatch.

    Examples
    --------
    >>> [_seconds(time) for time in ("10", "10:30", "1:00:00", "1-2", "1-2:30", "1-2:30:15")]
    [600, 630, 3600, 93600, 95400, 95415]
    """
    days, dash, clock = time.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    if not dash and len(parts) < 3:
        parts.insert(0, 0)
    hours, minutes, seconds = [*parts, 0, 0][:3]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
