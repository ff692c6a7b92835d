"""Run a sweep: execute waves of runs until the winner of every search is confirmed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from inspect import unwrap
from operator import attrgetter
from pathlib import Path

from seqmem.core.argument_kinds import ANYTHING, FOLDER
from seqmem.core.errors import InputError, check_type
from seqmem.core.interruption import check_interrupted
from seqmem.core.progress import Progress, Silent
from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.study.duration import expected_seconds
from seqmem.study.engine import fallback_warning
from seqmem.study.environment import joint_environment_key
from seqmem.study.instruction_sets import check_instruction_set
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, SearchKey, Shard
from seqmem.sweeps.config.plugin_section import run_plugins
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.answering import AnsweringExecutor
from seqmem.sweeps.execution.courses_left import stage_of
from seqmem.sweeps.execution.executors.executor import (
    ExecutionContext,
    Executor,
    Outcome,
    WorkerDied,
)
from seqmem.sweeps.execution.extending import Extend, Extension
from seqmem.sweeps.execution.failures import failure_lines
from seqmem.sweeps.execution.forecast import Observation, TimeLeft
from seqmem.sweeps.execution.launcher_kinds import EXECUTOR, EXTEND, PROGRESS
from seqmem.sweeps.execution.plan import SearchPlan, Task
from seqmem.sweeps.execution.preparation import (
    check_runs,
    claim_sweep_storage,
    default_folder_name,
    searches_of,
)
from seqmem.sweeps.execution.run_list import execute_and_store, opened_executor
from seqmem.sweeps.execution.start_checks import check_options, context_warning, dropout_warning
from seqmem.sweeps.execution.status import read_status
from seqmem.sweeps.execution.sweep_result import SweepResult
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.search.score import DIVERGED, score_run
from seqmem.sweeps.storage.answers import Answers
from seqmem.sweeps.storage.database import is_server, safe_url
from seqmem.sweeps.storage.export import export
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.storage import SweepStorage


class SweepStopped(RuntimeError):
    """A sweep stopped because the storage or the workers failed; finished runs are stored."""


# Options of the command that messages name, and the parameters of `run_sweep`.
PARAMETERS = {
    "out": "out",
    "shard": "shard",
    "extend": "extend",
    "executor": "executor",
    "scheduler": "scheduler",
    "timeout": "timeout",
    "storage": "storage_url",
    "allow-environment-change": "allow_environment_change=True",
}


@argument_kinds(config=ANYTHING, out=FOLDER, extend=EXTEND, executor=EXECUTOR, progress=PROGRESS)
@naming_parameters(names=PARAMETERS)
def run_sweep(
    config: SweepConfig,
    out: Path | str | None = None,
    *,
    jobs: int = 1,
    storage_url: str | None = None,
    shard: Shard = WHOLE_SWEEP,
    extend: Extend = False,
    executor: Executor | str | None = None,
    scheduler: str | None = None,
    timeout: float | None = None,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
) -> SweepResult:
    """Run a sweep and export its records. Runs that are stored already are not repeated.

    Parameters
    ----------
    config : SweepConfig
        The sweep, for example from `seqmem.sweeps.load_config`.
    out : path, optional
        Folder of the sweep. If absent, ``runs/<name>``, or ``runs/<name>-shard-<i>-of-<n>`` for a
        shard.
    jobs : int
        Runs at a time. Records do not depend on it.
    storage_url : str, optional
        Optuna storage. If absent, SQLite in the folder.
    shard : Shard
        Part of the searches to execute. Other launchers execute the other parts, on the same
        PostgreSQL storage or each in its own folder.
    extend : bool, str, Path or sequence of them
        Smaller sweeps, or shards, whose runs are taken over in place of being executed again:
        folders or storage URLs. True is the sweep that the folder of this one holds. It is then
        kept in ``before-1`` in the folder.
    executor : Executor or {"serial", "loky", "dask"}, optional
        Where runs are executed: in this process, in worker processes, or by Dask workers. If
        absent, ``serial`` for one job and ``loky`` for more.
    scheduler : str, optional
        Address of a Dask scheduler. If absent, ``dask`` starts a cluster on this machine.
    timeout : float, optional
        Seconds after which a run counts as hung. If absent, 50 times the expected duration, but
        at least ten minutes.
    allow_environment_change : bool
        Resume with other versions or another instruction set. Such records are marked.
    progress : Progress, optional
        Shows the progress. If absent, nothing is shown.

    Returns
    -------
    SweepResult
        Folder, number of executed runs, and state of the sweep.

    Raises
    ------
    InputError
        If the folder or storage holds another sweep, the environment differs, or the storage
        cannot be used. Nothing is written then.
    SweepStopped
        If the storage or the workers fail. Finished runs are exported first, if possible.
    KeyboardInterrupt
        If the process is interrupted. Finished runs are exported first.

    Examples
    --------
    >>> from seqmem import load_config, run_sweep
    >>> result = run_sweep(load_config("quick"), jobs=2)  # doctest: +SKIP
    >>> result.status.is_done  # doctest: +SKIP
    True
    """
    check_type(config, SweepConfig, "run_sweep needs a SweepConfig, made by load_config(NAME)")
    check_options(jobs, timeout, shard, storage_url)
    check_instruction_set(config.training.instruction_set)
    progress = progress or Silent()
    warnings = [fallback_warning(config.engines, config.training.device)]
    folder = SweepFolder(
        Path(out) if out else Path("runs") / default_folder_name(config.name, shard)
    )
    extension = Extension(extend, folder, storage_url)
    config = with_lengths(extension.keep_lengths(config.resolved()))
    environment = tuple(config.engines), config.training.device
    key = joint_environment_key(*environment)
    keys = searches_of(config, shard)
    strings = check_runs(config, keys)
    warnings += [context_warning(config, strings.values()), dropout_warning(config)]
    context = ExecutionContext(
        jobs,
        (*environment, key),
        timeout,
        scheduler,
        progress.tell,
        folder.path,
        run_plugins(config),
    )
    extension.check(config, allow_environment_change)
    with ExitStack() as stack:
        opened = stack.enter_context(opened_executor(executor, context))
        stack.enter_context(folder.locked(storage_url))
        extension.begin(config, key)
        storage = stack.enter_context(
            claim_sweep_storage(
                config, key, folder, storage_url, shard, allow_environment_change, progress
            )
        )
        folder.write(config, key, jobs, storage_url, shard)
        for warning in filter(None, warnings):
            progress.warn(warning)
        plans = {
            search: SearchPlan(
                config, search, strings[search.condition.level, search.search], storage
            )
            for search in keys
        }
        answers = Answers(allow_environment_change)
        stack.callback(answers.close)
        if not read_status(config, storage, keys).is_done:
            extension.add_to(answers, config, progress.tell)
        return _run(config, folder, storage, plans, AnsweringExecutor(opened, answers), progress)


# For commands: messages keep the names of options.
launch = unwrap(run_sweep)


def _run(
    config: SweepConfig,
    folder: SweepFolder,
    storage: SweepStorage,
    plans: dict[SearchKey, SearchPlan],
    executor: AnsweringExecutor,
    progress: Progress,
) -> SweepResult:
    """Execute the missing runs, show the progress, and export the records also after an error."""
    keys = list(plans)
    status = read_status(config, storage, keys)
    if not status.is_done:
        # If this process is killed, no report must be made from the records of an earlier export.
        folder.records.unlink(missing_ok=True)
    progress.start(status.total, status.stored)
    hardest = HardestMemorized()
    forecast = status.forecast(config)
    time_left = TimeLeft(forecast, executor.capacity)
    stored = answered = 0

    def replan() -> None:
        """Count the missing runs anew, because pruners decide how many there are."""
        if config.search.pruner is not None:
            now = read_status(config, storage, keys)
            progress.resize(now.total)
            for part in now.conditions:
                forecast.replan(part.condition, part.left)

    try:
        for task, outcome in _execute(plans, executor, replan):
            stored += 1
            stage = stage_of(task.role, task.config.until)
            run = task.key.condition, stage, *score_and_seconds(outcome)
            note = hardest.note(task, outcome)
            if executor.answered > answered:
                answered = executor.answered
                time_left.skip(*run)
                progress.skip(note)
            else:
                progress.advance(note, time_left.add(*run))
    except BaseException as error:
        progress.stop()
        with suppress(InputError, OSError):
            if folder.path.is_dir():
                export(config, storage, folder.records, keys)
        if isinstance(error, WorkerDied | InputError | OSError):
            raise SweepStopped(str(error)) from error
        raise
    progress.stop()
    export(config, storage, folder.records, keys)
    ended = read_status(config, storage, keys)
    if ended.failed:
        target = safe_url(storage.url) if is_server(storage.url) else str(folder.path)
        for line in failure_lines(storage.failures(keys), target):
            progress.tell(line)
    left_out = executor.count_unasked(folder.records)
    return SweepResult(folder.path, stored - answered, ended, answered, left_out)


def _execute(
    plans: dict[SearchKey, SearchPlan], executor: Executor, before_wave: Callable[[], None]
) -> Iterator[tuple[Task, Outcome]]:
    """Execute wave after wave; yield every run after it is stored."""

    def store(task: Task, outcome: Outcome) -> None:
        plans[task.key].store(task, outcome)

    while True:
        check_interrupted()
        waves = {key: plan.next_tasks() for key, plan in plans.items()}
        plans = {key: plan for key, plan in plans.items() if waves[key] or plan.is_waiting}
        if not plans:
            return
        before_wave()
        # Empty after a crash in which only the scores of another search were missing.
        tasks = longest_first(task for wave in waves.values() for task in wave)
        missing = Counter((task.key, task.role, task.trial) for task in tasks)
        for task, outcome in execute_and_store(tasks, attrgetter("config"), executor, store):
            missing[task.key, task.role, task.trial] -= 1
            if not missing[task.key, task.role, task.trial]:
                plans[task.key].finish(task.role, task.trial)
            yield task, outcome


class HardestMemorized:
    """The highest level memorized so far by each cell, for the progress line."""

    def __init__(self) -> None:
        self._level: dict[str, int] = {}

    def note(self, task: Task, outcome: Outcome) -> str:
        """Add the outcome of a run, and return a short text; empty if nothing was memorized."""
        condition = task.key.condition
        if outcome.get("record", {}).get("memorized"):
            self._level[condition.cell] = max(self._level.get(condition.cell, 0), condition.level)
        levels = ", ".join(f"{cell} {level}" for cell, level in sorted(self._level.items()))
        return f"highest level memorized: {levels}" if levels else ""


def score_and_seconds(outcome: Outcome) -> Observation:
    """Return the score of a run and its wall time in seconds, evaluation included.

    A failed run has the score of a diverged one, and its time is unknown.

    Examples
    --------
    >>> score_and_seconds({"failure": "Traceback …"})
    (-1.0, None)
    """
    record = outcome.get("record")
    if record is None:
        return DIVERGED, None
    return score_run(record), float(record["train_wall_seconds"] + record["evaluation_seconds"])


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks by decreasing expected duration; ties are ordered by search and run."""
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
