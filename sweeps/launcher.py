"""The launcher: waves of runs until every search has its winner confirmed. Start again to resume."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.errors import InputError
from study.cost import expected_seconds
from study.engine import fallback_warning
from study.environment import environment_difference, environment_key
from sweeps.conditions import SearchKey, search_keys
from sweeps.config import SweepConfig
from sweeps.executor import Executor, executor_for
from sweeps.folder import SweepFolder, refuse_differences
from sweeps.plan import SearchPlan, Task, run_config
from sweeps.progress import Progress, Silent
from sweeps.records import export
from sweeps.space import extremes
from sweeps.status import Status, read_status
from sweeps.storage import SweepStorage, canonical, check_storage, safe_url
from sweeps.strings import StringSets, strings_of


@dataclass(frozen=True)
class SweepResult:
    """What a call of `run_sweep` did.

    Parameters
    ----------
    folder : Path
    executed : int
        Runs executed by this call; the others were already stored.
    status : Status
    """

    folder: Path
    executed: int
    status: Status


def run_sweep(
    config: SweepConfig,
    out: Path | str | None = None,
    *,
    jobs: int = 1,
    storage_url: str | None = None,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> SweepResult:
    """Run a sweep, or what is missing of it, and export its records.

    Parameters
    ----------
    out : path, optional
        The sweep's folder; ``runs/<name>`` if absent.
    jobs : int
        Runs at a time. Records do not depend on it.
    storage_url : str, optional
        Optuna storage; SQLite in the folder if absent.
    allow_environment_change : bool
        Go on under other versions or another instruction set; such records are marked.
    progress, executor
        Where progress is told (nowhere if absent); what executes the runs.

    Raises
    ------
    InputError
        If the folder or storage holds another sweep, the environment differs, or the storage
        cannot be used. Nothing is written then.
    KeyboardInterrupt
        After the finished runs were exported.
    """
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    progress = progress or Silent()
    warning = fallback_warning(config.training.engine, config.training.device)
    config = config.resolved()
    key = environment_key(config.training.engine, config.training.device)
    strings = check_runs(config)
    folder = SweepFolder(Path(out) if out else Path("runs") / config.name)
    folder.check(config, storage_url)
    if storage_url:
        check_storage(storage_url)
    with folder.locked(storage_url):
        storage = SweepStorage(storage_url or folder.storage_url, config.name)
        folder.check(config, storage_url)
        begin(storage, config, key, allow_environment_change)
        folder.write(config, key, jobs, storage_url)
        if warning:
            progress.warn(warning)
        plans = {
            search: SearchPlan(config, search, strings[search.condition.level, search.search], storage)
            for search in search_keys(config)
        }
        return _run(config, folder, storage, plans, executor or executor_for(jobs), progress)


def _run(
    config: SweepConfig,
    folder: SweepFolder,
    storage: SweepStorage,
    plans: dict[SearchKey, SearchPlan],
    executor: Executor,
    progress: Progress,
) -> SweepResult:
    """Execute what is missing, tell the progress, and export the records whatever happens."""
    status = read_status(config, storage)
    if not status.is_done:
        # Should this process be killed, a report must not be made from records of the time before.
        folder.records.unlink(missing_ok=True)
    progress.start(status.total, status.stored)
    executed = 0
    try:
        for note in _execute(plans, storage, executor):
            executed += 1
            progress.advance(note)
    finally:
        progress.stop()
        export(config, storage, folder.records)
    return SweepResult(folder.path, executed, read_status(config, storage))


def _execute(plans: dict[SearchKey, SearchPlan], storage: SweepStorage, executor: Executor) -> Iterator[str]:
    """Execute wave after wave; yield the best so far after every stored run."""
    best = Best()
    while True:
        waves = {key: plan.next_tasks() for key, plan in plans.items()}
        plans = {key: plan for key, plan in plans.items() if waves[key]}
        if not plans:
            return
        tasks = longest_first(task for wave in waves.values() for task in wave)
        missing = Counter((task.key, task.role, task.trial) for task in tasks)
        for place, outcome in executor.run([task.config for task in tasks]):
            task = tasks[place]
            storage.write_run(task.key, task.role, task.trial, task.run, outcome)
            missing[task.key, task.role, task.trial] -= 1
            if not missing[task.key, task.role, task.trial]:
                plans[task.key].finish(task.role, task.trial)
            yield best.note(task, outcome)


class Best:
    """The hardest string memorized so far, by cell, for the progress line."""

    def __init__(self) -> None:
        self._level: dict[str, int] = {}

    def note(self, task: Task, outcome: dict[str, Any]) -> str:
        """Take a run into account and return a short text."""
        condition = task.key.condition
        if outcome.get("record", {}).get("memorized"):
            self._level[condition.cell] = max(self._level.get(condition.cell, 0), condition.level)
        found = ", ".join(f"{cell} {level}" for cell, level in sorted(self._level.items()))
        return f"highest level memorized: {found}" if found else ""


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks by falling expected time; ties by where they belong."""
    return sorted(
        tasks,
        key=lambda task: (-expected_seconds(task.config), task.key.name, task.role, task.trial, task.run),
    )


def check_runs(config: SweepConfig) -> dict[tuple[int, int], StringSets]:
    """Return all strings by (level, search), once they and the extremes of the space make valid runs.

    Raises
    ------
    InputError
        If a string is impossible or a run is not valid: before anything is written.
    """
    levels, searches = config.strings.levels, range(config.search.searches)
    strings = {(level, search): strings_of(config, level, search) for level in levels for search in searches}
    for cell in config.memorizer.cells:
        for fields in extremes(config.search):
            run_config(config, cell, strings[levels[0], 0]["tune"][0], fields)
    return strings


def begin(storage: SweepStorage, config: SweepConfig, key: str, allow_environment_change: bool) -> None:
    """Write a new sweep to the storage, or check that the one there is this one.

    Raises
    ------
    InputError
        If it differs in its configuration, or in its environment and that is not allowed.
    """
    given = canonical(config.to_dict())
    if not storage.exists:
        storage.begin(given, key)
        return
    where = safe_url(storage.url)
    refuse_differences(storage.config, given, where)
    difference = environment_difference(storage.environment_key, key)
    if difference and not allow_environment_change:
        raise InputError(
            f"{where} was made in another environment ({', '.join(difference)}); "
            "go on with --allow-environment-change, which marks the records, or choose another --out"
        )
