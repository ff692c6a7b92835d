"""How many runs of a sweep that grows are taken over, before it is started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from seqmem.core.number_formats import counted
from seqmem.study.config import RunConfig
from seqmem.study.environment import joint_environment_key
from seqmem.sweeps.config.conditions import SearchKey, Shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.answering import AnsweringExecutor
from seqmem.sweeps.execution.executors.executor import Outcome
from seqmem.sweeps.execution.extending import Extension
from seqmem.sweeps.execution.plan import SearchPlan, Task
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.status import runs_per_search
from seqmem.sweeps.search.strings import StringSets
from seqmem.sweeps.storage.answers import Answers
from seqmem.sweeps.storage.database import sqlite_url
from seqmem.sweeps.storage.storage import SweepStorage, canonical


class _NoExecutor:
    """Executes nothing."""

    capacity = 1

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield nothing."""
        return iter(())

    def close(self) -> None:
        """Do nothing."""


def takeover_line(
    extension: Extension, config: SweepConfig, shard: Shard, allow_environment_change: bool
) -> str:
    """Return how many runs of a sweep are taken over and how many are executed, as a line.

    Parameters
    ----------
    extension : Extension
        What the sweep is grown from, after its check.
    config : SweepConfig
        The resolved configuration of the sweep.
    shard : Shard
        Part of the sweep.
    allow_environment_change : bool
        Take over runs that were made in another environment.
    """
    keys = searches_of(config, shard)
    total = sum(runs_per_search(config.at_level(key.condition.level)) for key in keys)
    environment = joint_environment_key(config.engines, config.training.device)
    with closing(Answers(allow_environment_change)) as answers:
        extension.add_all_to(answers, config)
        held = count_taken_over(config, keys, check_runs(config, keys), answers, environment)
    return (
        f"at least {held:,} of {counted(total, 'run')} would be taken over, so less time is needed"
    )


def count_taken_over(
    config: SweepConfig,
    keys: Sequence[SearchKey],
    strings: Mapping[tuple[int, int], StringSets],
    answers: Answers,
    environment_key: str,
) -> int:
    """Return how many runs of a sweep other sweeps answer.

    The sweep is planned in a storage that is thrown away, and goes on as far as answers lead it.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration of the sweep.
    keys : sequence of SearchKey
        Its searches.
    strings : mapping
        Strings of the searches, as `check_runs` returns them.
    answers : Answers
        The runs of the other sweeps.
    environment_key : str
        Key of the environment in which the sweep would start.
    """
    executor = AnsweringExecutor(_NoExecutor(), answers)
    with TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "planned.db")
        with closing(SweepStorage(url, config.name)) as storage:
            storage.begin(canonical(config.to_dict()), environment_key)
            plans = {
                key: SearchPlan(config, key, strings[key.condition.level, key.search], storage)
                for key in keys
            }
            while _go_on(plans, executor):
                pass
    return executor.answered


def _go_on(plans: Mapping[SearchKey, SearchPlan], executor: AnsweringExecutor) -> bool:
    """Answer the runs that are missing now, and return whether there were any."""
    tasks: list[Task] = [task for plan in plans.values() for task in plan.next_tasks()]
    any_answered = False
    for index, outcome in executor.run([task.config for task in tasks]):
        task = tasks[index]
        plans[task.key].store(task, outcome)
        plans[task.key].finish(task.role, task.trial)
        any_answered = True
    return any_answered
