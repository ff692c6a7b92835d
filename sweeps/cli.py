"""The commands ``sweep``, ``status`` and ``export``. What they need is imported when they run, for quick help."""

import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from generators.arguments import WholeNumber
from generators.errors import InputError
from generators.exit_codes import DONE, SOME_RUNS_FAILED
from study.validation import validate
from sweeps.config import SweepConfig
from sweeps.progress import duration, progress_for
from sweeps.study_file import load_configs

if TYPE_CHECKING:
    from sweeps.shard import Shard
    from sweeps.status import Status
    from sweeps.storage import SweepStorage

LONGEST_WAIT_SECONDS = 1e6
RUNS = Path("runs")


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

    from sweeps.beginning import default_folder
    from sweeps.shard import WHOLE, parse_shard

    configs = load_configs(study, settings)
    part = parse_shard(shard) if shard else WHOLE
    jobs = cpu_count() if jobs is None else jobs
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    if dry_run:
        from sweeps.dry_run import description

        print("\n".join(description(config, jobs, part) for config in configs))
        return DONE
    ended = DONE
    for config in configs:
        folder = out if out is not None and len(configs) == 1 else (out or RUNS) / default_folder(config.name, part)
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
    from sweeps.attended import attended
    from sweeps.launcher import run_sweep

    progress = progress_for()
    place = folder if storage_url is None else "the storage"
    saved = f"finished runs are saved in {place}; the same command resumes"
    result = attended(
        lambda: run_sweep(config, folder, shard=shard, storage_url=storage_url, progress=progress, **options),
        lambda: saved if folder.exists() else "nothing was started",
    )
    if isinstance(result, int):
        return result, False
    print(summary(result.status))
    print(next_step(folder, shard, storage_url))
    return SOME_RUNS_FAILED if result.status.failed else DONE, True


def next_step(folder: Path, shard: "Shard", storage: str | None) -> str:
    """Return where the records are and what to do with them."""
    records = f"records: {folder / 'runs.parquet'}"
    if shard.is_whole:
        return f"{records}; next: seqmem report {folder}"
    return f"{records} (of this shard); when all shards are done, the same command without --shard collects everything"


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
        raise InputError(f"every {every:g}: must be above 0 and at most {LONGEST_WAIT_SECONDS:g} seconds")
    from sweeps.status import read_status

    while True:
        config, storage = open_sweep(target, name)
        with closing(storage):
            status = read_status(config, storage)
        print("\n".join(status_lines(config, status, jobs or jobs_of(target))), flush=True)
        if not watch or status.is_done:
            return 0
        time.sleep(every)
        print()


def status_lines(config: SweepConfig, status: "Status", jobs: int) -> list[str]:
    """Return a line per condition and the sums, with the time left."""
    lines = []
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        confirmed = f"{part.memorized}/{part.confirmed} memorized" if part.confirmed else "not confirmed yet"
        lines.append(
            f"{part.condition.condition}: {part.stored}/{part.total} runs, {part.trials_told}/{part.trials} trials, "
            f"{part.trials_failed} trials and {part.failed} runs failed, best score {best}, {confirmed}"
        )
    lines.append(summary(status))
    if not status.is_done:
        seconds = status.forecast(config).work_seconds_left / jobs
        lines.append(f"about {duration(seconds)} left with {jobs} at a time")
    return lines


def jobs_of(target: str) -> int:
    """Return how many runs at a time a sweep's folder says it was started with; 1 for anything else."""
    from sweeps.folder import SweepFolder
    from sweeps.manifest import read_manifest

    manifest = SweepFolder(Path(target)).manifest
    if "://" in target or not manifest.exists():
        return 1
    jobs = read_manifest(manifest).get("jobs")
    return jobs if isinstance(jobs, int) and jobs > 0 else 1


def export_command(target: str, /, *, out: Path, name: str | None = None) -> int:
    """Write the records of a sweep as a parquet file, one row per run.

    Parameters
    ----------
    target
        A sweep's folder or a storage URL.
    out
        File to write.
    name
        Which sweep, if the storage holds several.
    """
    from sweeps.records import export

    if out.suffix != ".parquet":
        raise InputError(f"--out {out}: the records are a parquet file; give a name that ends in .parquet")
    config, storage = open_sweep(target, name)
    with closing(storage):
        print(f"{export(config, storage, out)} runs: {out}")
    return 0


def open_sweep(target: str, name: str | None = None) -> "tuple[SweepConfig, SweepStorage]":
    """Return configuration and storage of a sweep, from its folder or its storage's URL.

    Raises
    ------
    InputError
        If there is no sweep, or several and no name says which.
    """
    from sweeps.folder import SweepFolder
    from sweeps.storage import SweepStorage, storage_errors, sweep_names_at
    from sweeps.url import safe_url

    if "://" in target:
        url = target
    else:
        folder = SweepFolder(Path(target))
        folder.require()
        if not folder.database.exists():
            raise InputError(f"{target}: no optuna.db; give the storage URL the sweep was started with")
        url = folder.storage_url
    with storage_errors(url):
        names = sweep_names_at(url, read_only=True)
    found = ", ".join(names) or "none"
    if name is None and len(names) != 1:
        raise InputError(f"storage {safe_url(url)}: give --name; sweeps there: {found}")
    if name is not None and name not in names:
        raise InputError(f"storage {safe_url(url)}: no sweep {name!r}; sweeps there: {found}")
    with ExitStack() as stack:
        storage = SweepStorage(url, name or names[0], read_only=True)
        stack.callback(storage.close)
        config = validate(SweepConfig, storage.config, safe_url(url))
        stack.pop_all()
        return config, storage


def summary(status: "Status") -> str:
    """Return a status as one line."""
    failed = f", {status.failed} failed" if status.failed else ""
    return (
        f"{status.stored}/{status.total} runs{failed}; {status.train_cpu_seconds:.0f} s of training, "
        f"{status.evaluation_seconds:.0f} s of evaluation"
    )
