"""An executor that takes outcomes from other sweeps, and passes on only the runs that they lack."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from seqmem.study.budget import CUTS
from seqmem.study.config import RunConfig
from seqmem.study.environment import environment_key
from seqmem.study.options import WHOLE_BUDGET
from seqmem.sweeps.execution.executors.executor import Executor, Outcome
from seqmem.sweeps.storage.answers import Answers, Wanted
from seqmem.sweeps.storage.courses import EARLIER


class AnsweringExecutor:
    """Answers runs from other sweeps and lets another executor execute the rest.

    Parameters
    ----------
    executor : Executor
        Executes the runs that are not answered. Whoever made it closes it.
    answers : Answers
        The runs of the other sweeps.

    Attributes
    ----------
    answered : int
        Number of runs that were answered so far.
    """

    def __init__(self, executor: Executor, answers: Answers) -> None:
        self._executor = executor
        self._answers = answers
        self._environments: dict[tuple[str, str], str] = {}
        self.answered = 0

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield (index in ``configs``, outcome), first those that are answered."""
        missing = dict.fromkeys(range(len(configs)))
        wanted = map(self._wanted, configs) if len(self._answers) else ()
        for index, outcome in self._answers.find(wanted):
            del missing[index]
            self.answered += 1
            yield index, _as_executed(outcome, configs[index])
        left = list(missing)
        for position, outcome in self._executor.run([configs[index] for index in left]):
            yield left[position], outcome

    @property
    def capacity(self) -> int:
        """Runs at a time."""
        return self._executor.capacity

    def close(self) -> None:
        """Do nothing."""

    def count_unasked(self, records: Path) -> int:
        """Return how many runs of the other sweeps are none of a sweep.

        Parameters
        ----------
        records : Path
            Parquet file of the records of the sweep.
        """
        if not len(self._answers):
            return 0
        run_ids = pq.read_table(records, columns=["run_id"])["run_id"]
        return self._answers.not_among(set(run_ids.to_pylist()))

    def _wanted(self, config: RunConfig) -> Wanted:
        where = config.engine, config.device
        if where not in self._environments:
            self._environments[where] = environment_key(*where)
        later = _later_ids(config) if self._answers.hold_last_courses else ()
        return Wanted(config.run_id, self._environments[where], later)


def _later_ids(config: RunConfig) -> tuple[str, ...]:
    """Return the ids of a run that is cut if it were cut later, and if it were not cut."""
    return tuple(
        config.model_copy(update={"until": until}).run_id
        for until in (*sorted(CUTS), WHOLE_BUDGET)
        if until > config.until
    )


def _as_executed(outcome: Outcome, config: RunConfig) -> Outcome:
    """Return an outcome as the run itself would give it.

    Two seeds or sources can make the same string. The run then has the same id, and its record
    differs in these two columns alone. A later course keeps the costs of the courses before it.
    """
    record = outcome["record"]
    origin = {"string_seed": config.string.seed, "source": config.string.source}
    executed: Outcome = {"record": record | origin}
    if record["run_id"] != config.run_id and EARLIER in outcome:
        executed[EARLIER] = outcome[EARLIER]
    return executed
