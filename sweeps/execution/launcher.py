"""The launcher: waves of runs until every search has its winner confirmed. Start again to resume."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.core.interruption import check_interrupted
from seqmem.core.progress import Progress, Silent
from seqmem.study.duration import expected_seconds
from seqmem.study.engine import fallback_warning
from seqmem.study.environment import environment_key
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, SearchKey, Shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.executors.executor import (
    ExecutionContext,
    Executor,
    Outcome,
    WorkerDied,
)
from seqmem.sweeps.execution.forecast import Observation, TimeLeft
from seqmem.sweeps.execution.plan import SearchPlan, Task
from seqmem.sweeps.execution.preparation import (
    check_runs,
    claim_sweep_storage,
    default_folder_name,
    searches_of,
)
from seqmem.sweeps.execution.run_list import check_jobs, execute_and_store, opened_executor
from seqmem.sweeps.execution.status import Status, read_status
from seqmem.sweeps.search.score import DIVERGED, score_run
from seqmem.sweeps.storage.backend import check_storage
from seqmem.sweeps.storage.database import is_server
from seqmem.sweeps.storage.export import export
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.storage import SweepStorage

LONGEST_TIMEOUT_SECONDS = 1e7


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


class SweepStopped(RuntimeError):
    """A sweep could not go on, for want of something around it; what is finished is stored."""


def run_sweep(
    config: SweepConfig,
    out: Path | str | None = None,
    *,
    jobs: int = 1,
    storage_url: str | None = None,
    shard: Shard = WHOLE_SWEEP,
    executor: Executor | str | None = None,
    scheduler: str | None = None,
    timeout: float | None = None,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
) -> SweepResult:
    """Run a sweep, or what is missing of it, and export its records.

    Parameters
    ----------
    out : path, optional
        The sweep's folder; ``runs/<name>`` if absent, for a shard ``runs/<name>-shard-<i>-of-<n>``.
    jobs : int
        Runs at a time. Records do not depend on it.
    storage_url : str, optional
        Optuna storage; SQLite in the folder if absent.
    shard : Shard
        Which of the searches to do; the others are done by other launchers on the same PostgreSQL storage.
    executor : Executor or {"serial", "loky", "dask"}, optional
        What executes the runs: this process, worker processes, or Dask workers. Serial for one job and loky for more if
        absent.
    scheduler : str, optional
        Address of a Dask scheduler; a cluster is started on this machine if absent.
    timeout : float, optional
        Seconds after which a run counts as hung; 50 times the expected ones, at least ten minutes, if absent.
    allow_environment_change : bool
        Go on under other versions or another instruction set; such records are marked.
    progress
        Where progress is told (nowhere if absent).

    Raises
    ------
    InputError
        If the folder or storage holds another sweep, the environment differs, or the storage
        cannot be used. Nothing is written then.
    SweepStopped
        If the storage or the workers fail on the way, after the finished runs were exported as far as possible.
    KeyboardInterrupt
        After the finished runs were exported.
    """
    check_jobs(jobs)
    if timeout is not None and not 0 < timeout <= LONGEST_TIMEOUT_SECONDS:
        raise InputError(
            f"timeout {timeout:g}: must be above 0 and at most {LONGEST_TIMEOUT_SECONDS:g} seconds"
        )
    if not shard.is_whole and (storage_url is None or not is_server(storage_url)):
        raise InputError(
            f"--shard {shard}: several launchers need one PostgreSQL storage; give --storage"
        )
    progress = progress or Silent()
    warning = fallback_warning(config.training.engine, config.training.device)
    config = config.resolved()
    environment = config.training.engine, config.training.device
    key = environment_key(*environment)
    keys = searches_of(config, shard)
    strings = check_runs(config, keys)
    folder = SweepFolder(
        Path(out) if out else Path("runs") / default_folder_name(config.name, shard)
    )
    context = ExecutionContext(
        jobs, (*environment, key), timeout, scheduler, progress.tell, folder.path
    )
    folder.check(config, storage_url)
    if storage_url:
        check_storage(storage_url)
    with ExitStack() as stack:
        opened = stack.enter_context(opened_executor(executor, context))
        stack.enter_context(folder.locked(storage_url))
        storage = stack.enter_context(
            claim_sweep_storage(
                config, key, folder, storage_url, shard, allow_environment_change, progress
            )
        )
        folder.write(config, key, jobs, storage_url)
        if warning:
            progress.warn(warning)
        plans = {
            search: SearchPlan(
                config, search, strings[search.condition.level, search.search], storage
            )
            for search in keys
        }
        return _run(config, folder, storage, plans, opened, progress)


def _run(
    config: SweepConfig,
    folder: SweepFolder,
    storage: SweepStorage,
    plans: dict[SearchKey, SearchPlan],
    executor: Executor,
    progress: Progress,
) -> SweepResult:
    """Execute what is missing, tell the progress, and export the records whatever happens."""
    keys = list(plans)
    status = read_status(config, storage, keys)
    if not status.is_done:
        # Should this process be killed, a report must not be made from records of the time before.
        folder.records.unlink(missing_ok=True)
    progress.start(status.total, status.stored)
    best, time_left, executed = Best(), TimeLeft(status.forecast(config), executor.capacity), 0
    try:
        for task, outcome in _execute(plans, storage, executor):
            executed += 1
            seconds_left = time_left.add(task.key.condition, task.role, *score_and_seconds(outcome))
            progress.advance(best.note(task, outcome), seconds_left)
    except BaseException as error:
        progress.stop()
        with suppress(InputError, OSError):
            export(config, storage, folder.records, keys)
        if isinstance(error, WorkerDied | InputError | OSError):
            raise SweepStopped(str(error)) from error
        raise
    progress.stop()
    export(config, storage, folder.records, keys)
    return SweepResult(folder.path, executed, read_status(config, storage, keys))


def _execute(
    plans: dict[SearchKey, SearchPlan], storage: SweepStorage, executor: Executor
) -> Iterator[tuple[Task, Outcome]]:
    """Execute wave after wave; yield every run that was stored."""

    def store(task: Task, outcome: Outcome) -> None:
        storage.write_run(task.key, task.role, task.trial, task.run, outcome)

    while True:
        check_interrupted()
        waves = {key: plan.next_tasks() for key, plan in plans.items()}
        plans = {key: plan for key, plan in plans.items() if waves[key]}
        if not plans:
            return
        tasks = longest_first(task for wave in waves.values() for task in wave)
        missing = Counter((task.key, task.role, task.trial) for task in tasks)
        for task, outcome in execute_and_store(tasks, attrgetter("config"), executor, store):
            missing[task.key, task.role, task.trial] -= 1
            if not missing[task.key, task.role, task.trial]:
                plans[task.key].finish(task.role, task.trial)
            yield task, outcome


class Best:
    """The hardest string memorized so far, by cell, for the progress line."""

    def __init__(self) -> None:
        self._level: dict[str, int] = {}

    def note(self, task: Task, outcome: Outcome) -> str:
        """Take a run into account and return a short text."""
        condition = task.key.condition
        if outcome.get("record", {}).get("memorized"):
            self._level[condition.cell] = max(self._level.get(condition.cell, 0), condition.level)
        found = ", ".join(f"{cell} {level}" for cell, level in sorted(self._level.items()))
        return f"highest level memorized: {found}" if found else ""


def score_and_seconds(outcome: Outcome) -> Observation:
    """Return the score and the wall time of a run, evaluation included; what a failed one took is not known."""
    record = outcome.get("record")
    if record is None:
        return DIVERGED, None
    return score_run(record), float(record["train_wall_seconds"] + record["evaluation_seconds"])


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks by falling expected time; ties by where they belong."""
    return sorted(
        tasks,
        key=lambda task: (
            -expected_seconds(task.config),
            task.key.name,
            task.role,
            task.trial,
            task.run,
        ),
    )
