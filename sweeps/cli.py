"""The commands ``sweep``, ``status`` and ``export``. What they need is imported when they run, for quick help."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from generators.arguments import WholeNumber
from generators.errors import InputError
from study.validation import validate
from sweeps.config import SweepConfig, load_config
from sweeps.progress import duration, progress_for

if TYPE_CHECKING:
    from sweeps.status import Status
    from sweeps.storage import SweepStorage

INTERRUPTED, SOME_RUNS_FAILED = 130, 1


def sweep_command(
    study: str,
    /,
    *,
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    storage: str | None = None,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run a sweep, or what is missing of it. The same command again resumes.

    Parameters
    ----------
    study
        A preset (smoke, quick, published) or a study file (.toml).
    out
        Folder of the sweep; runs/NAME if not given.
    jobs
        Runs at a time; all processors if not given. Results do not depend on it.
    storage
        Optuna storage URL; SQLite in the folder if not given.
    settings
        A setting that replaces one of the study file, section.key=value; may be repeated.
    allow_environment_change
        Resume under other versions or another instruction set; such records are marked.
    """
    config = load_config(study, settings)
    folder = out or Path("runs") / config.name
    from joblib import cpu_count

    from sweeps.executor import WorkerDied
    from sweeps.interruption import interruptible
    from sweeps.launcher import run_sweep

    try:
        with interruptible():
            result = run_sweep(
                config,
                folder,
                jobs=cpu_count() if jobs is None else jobs,
                storage_url=storage,
                allow_environment_change=allow_environment_change,
                progress=progress_for(),
            )
    except WorkerDied as error:
        print(f"{error}; finished runs are saved in {folder}; the same command resumes", file=sys.stderr)
        return SOME_RUNS_FAILED
    except KeyboardInterrupt:
        saved = f"finished runs are saved in {folder}; the same command resumes"
        print(f"interrupted; {saved if folder.exists() else 'nothing was started'}", file=sys.stderr)
        return INTERRUPTED
    print(summary(result.status))
    print(f"records: {folder / 'runs.parquet'}; next: seqmem report {folder}")
    return SOME_RUNS_FAILED if result.status.failed else 0


def status_command(target: str, /, *, name: str | None = None, jobs: WholeNumber = 1) -> int:
    """Show how far a sweep is: by condition, runs done and failed, the best so far, time left.

    Parameters
    ----------
    target
        A sweep's folder or a storage URL.
    name
        Which sweep, if the storage holds several.
    jobs
        Runs at a time, for the time left.
    """
    from sweeps.status import read_status

    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    config, storage = open_sweep(target, name)
    status = read_status(config, storage)
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        confirmed = f"{part.memorized}/{part.confirmed} memorized" if part.confirmed else "not confirmed yet"
        print(
            f"{part.condition.condition}: {part.stored}/{part.total} runs, {part.trials_told}/{part.trials} trials, "
            f"{part.trials_failed} trials and {part.failed} runs failed, best score {best}, {confirmed}"
        )
    print(summary(status))
    if not status.is_done and status.run_seconds:
        print(f"about {duration(status.seconds_left(jobs))} left with {jobs} at a time")
    return 0


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
    from sweeps.storage import SweepStorage, open_storage, safe_url, sweep_names

    if "://" in target:
        url = target
    else:
        folder = SweepFolder(Path(target))
        folder.require()
        if not folder.database.exists():
            raise InputError(f"{target}: no optuna.db; give the storage URL the sweep was started with")
        url = folder.storage_url
    names = sweep_names(open_storage(url, read_only=True))
    found = ", ".join(names) or "none"
    if name is None and len(names) != 1:
        raise InputError(f"storage {safe_url(url)}: give --name; sweeps there: {found}")
    if name is not None and name not in names:
        raise InputError(f"storage {safe_url(url)}: no sweep {name!r}; sweeps there: {found}")
    storage = SweepStorage(url, name or names[0], read_only=True)
    return validate(SweepConfig, storage.config, safe_url(url)), storage


def summary(status: "Status") -> str:
    """Return a status as one line."""
    failed = f", {status.failed} failed" if status.failed else ""
    return (
        f"{status.stored}/{status.total} runs{failed}; {status.train_cpu_seconds:.0f} s of training, "
        f"{status.evaluation_seconds:.0f} s of evaluation"
    )
