"""The commands ``sweep``, ``status`` and ``export``. What they need is imported when they run, for quick help."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from generators.errors import InputError
from study.validation import validate
from sweeps.config import SweepConfig, load_config
from sweeps.folder import SweepFolder
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
    jobs: int | None = None,
    storage: str | None = None,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run a sweep, or what is missing of it. The same command again resumes.

    Parameters
    ----------
    study
        A preset (smoke, quick) or a study file (.toml).
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
    before = signal.signal(signal.SIGTERM, _interrupt)
    folder = out or Path("runs") / config.name
    from joblib import cpu_count

    from sweeps.executor import WorkerDied
    from sweeps.launcher import run_sweep

    try:
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
        print(f"interrupted; finished runs are saved in {folder}; the same command resumes", file=sys.stderr)
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    print(summary(result.status))
    print(f"records: {SweepFolder(folder).records}; next: seqmem report {folder}")
    return SOME_RUNS_FAILED if result.status.failed else 0


def status_command(target: str, /, *, name: str | None = None, jobs: int = 1) -> int:
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

    config, storage = open_sweep(target, name)
    status = read_status(config, storage)
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        confirmed = f"{part.memorized}/{part.confirmed} memorized" if part.confirmed else "not confirmed yet"
        print(
            f"{part.condition.condition}: {part.stored}/{part.total} runs, {part.trials_told}/{part.trials} trials, "
            f"{part.failed} runs failed, best score {best}, {confirmed}"
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
    from sweeps.storage import SweepStorage, open_storage, require_database, safe_url, sweep_names

    if "://" not in target:
        folder = SweepFolder(Path(target))
        folder.require()
        if not folder.database.exists():
            raise InputError(f"{target}: no optuna.db; give the storage URL the sweep was started with")
        url = folder.storage_url
    else:
        url = target
        require_database(url)
    names = sweep_names(open_storage(url))
    if name is None and len(names) != 1:
        found = ", ".join(names) or "none"
        raise InputError(f"storage {safe_url(url)}: give --name; sweeps there: {found}")
    if name is not None and name not in names:
        raise InputError(f"storage {safe_url(url)}: no sweep {name!r}; there: {', '.join(names) or 'none'}")
    storage = SweepStorage(url, name or names[0])
    return validate(SweepConfig, storage.config, safe_url(url)), storage


def summary(status: "Status") -> str:
    """Return a status as one line."""
    failed = f", {status.failed} failed" if status.failed else ""
    return (
        f"{status.stored}/{status.total} runs{failed}; {status.train_cpu_seconds:.0f} s of training, "
        f"{status.evaluation_seconds:.0f} s of evaluation"
    )


def _interrupt(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt
