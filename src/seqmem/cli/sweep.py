"""The command ``sweep``: run a sweep, or the missing runs of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.core.progress import progress_for
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.sweeps.storage.file_names import RECORDS_FILE

if TYPE_CHECKING:
    from seqmem.sweeps.config.conditions import Shard

RUNS_FOLDER = Path("runs")


def sweep_command(
    study: str,
    /,
    *,
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    storage: str | None = None,
    shard: str | None = None,
    executor: str = "loky",
    scheduler: str | None = None,
    timeout: float | None = None,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run a sweep, or what is missing of it. The same command again resumes.

    Parameters
    ----------
    study
        A study file (.toml), or a preset: smoke, quick, published, and those of the study, paper-pilot,
        paper-pilot-further, paper-complexity, paper-controls, paper-depth, paper-importance, paper-capacity,
        paper-curves, paper-gradients, paper-protocol, paper-sources. A file with parts is several sweeps, run one after
        another; NAME:PART is one of them.
    out
        Folder of the sweep, or for its parts the folder that theirs are put in; runs/NAME if not given, for a shard
        runs/NAME-shard-i-of-n.
    jobs
        Runs at a time; all processors if not given. Results do not depend on it.
    storage
        Storage URL, sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE; SQLite in the folder if not given.
    shard
        i/n: do every n-th search from the i-th on, while other launchers on the same PostgreSQL storage do the others.
    executor
        What executes the runs: loky (worker processes), dask, or serial (this process; a run that hangs hangs it).
    scheduler
        Address of a Dask scheduler, tcp://HOST:PORT; without it, --executor dask starts a cluster on this machine.
    timeout
        Wall seconds after which a run counts as hung and its worker is ended; 50 times the expected ones, at least 600,
        if not given.
    settings
        A setting that replaces one of the study file, section.key=value; may be repeated.
    dry_run
        Only say what would be run and how long it may take.
    allow_environment_change
        Resume under other versions or another instruction set; such records are marked.
    """
    from joblib import cpu_count

    from seqmem.sweeps.config.conditions import WHOLE_SWEEP, parse_shard
    from seqmem.sweeps.execution.preparation import default_folder_name

    configs = load_configs(study, settings)
    part = parse_shard(shard) if shard else WHOLE_SWEEP
    jobs = cpu_count() if jobs is None else jobs
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    if dry_run:
        from seqmem.sweeps.execution.dry_run import describe_sweep

        print("\n".join(describe_sweep(config, jobs, part) for config in configs))
        return DONE
    ended = DONE
    for config in configs:
        folder = (
            out
            if out is not None and len(configs) == 1
            else (out or RUNS_FOLDER) / default_folder_name(config.name, part)
        )
        code, is_done = _sweep(
            config,
            folder,
            jobs=jobs,
            storage_url=storage,
            shard=part,
            executor=executor,
            scheduler=scheduler,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
        )
        if not is_done:
            return code
        ended = max(ended, code)
    return ended


def _sweep(
    config: SweepConfig, folder: Path, *, shard: "Shard", storage_url: str | None, **options: Any
) -> tuple[int, bool]:
    """Run one sweep and say how it ended; return an exit code, and whether it came to its end."""
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.sweeps.execution.launcher import run_sweep
    from seqmem.sweeps.execution.status import status_summary

    progress = progress_for()
    place = folder if storage_url is None else "the storage"
    saved = f"finished runs are saved in {place}; the same command resumes"
    result = report_interrupts(
        lambda: run_sweep(
            config, folder, shard=shard, storage_url=storage_url, progress=progress, **options
        ),
        lambda: saved if folder.exists() else "nothing was started",
    )
    if isinstance(result, int):
        return result, False
    print(status_summary(result.status))
    print(next_step(folder, shard, storage_url))
    return SOME_RUNS_FAILED if result.status.failed else DONE, True


def next_step(folder: Path, shard: "Shard", storage: str | None) -> str:
    """Return where the records are and what to do with them."""
    records = f"records: {folder / RECORDS_FILE}"
    if shard.is_whole:
        return f"{records}; next: seqmem report {folder}"
    return f"{records} (of this shard); when all shards are done, the same command without --shard collects everything"
