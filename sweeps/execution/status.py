"""The state of a sweep: how many runs are stored, failed and missing, from its storage alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from optuna.trial import TrialState

from seqmem.sweeps.config.conditions import Condition, SearchKey, search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.forecast import (
    ConditionWork,
    Forecast,
    Observation,
    expected_run_seconds,
)
from seqmem.sweeps.search.score import WORST
from seqmem.sweeps.search.strings import ROLES
from seqmem.sweeps.storage.storage import SweepStorage
from seqmem.sweeps.storage.trial_summaries import RunSummary, TrialSummary

Trials = Mapping[str, list[TrialSummary]]


@dataclass(frozen=True)
class ConditionStatus:
    """Counts and sums of one condition over its searches.

    Parameters
    ----------
    condition : Condition
        The condition.
    trials, trials_told, trials_failed : int
        Trials in all, finished and failed ones. A trial is a configuration that a search proposed;
        its runs on the other strings are no further trials.
    stored, failed, total : int
        Stored runs, failed runs, and runs in all.
    best : float or None
        Best value of a tuning trial.
    confirmed, memorized : int
        Runs on confirmation strings that did not fail, and those of them that memorized.
    train_cpu_seconds, evaluation_seconds : float
        Sums over the stored runs.
    totals : mapping of {str : int}
        Runs in all, by role.
    observed : mapping of {str : list of Observation}
        Score of the trial and wall seconds of every stored run, by role.
    """

    condition: Condition
    trials: int
    trials_told: int
    trials_failed: int
    stored: int
    failed: int
    total: int
    best: float | None
    confirmed: int
    memorized: int
    train_cpu_seconds: float
    evaluation_seconds: float
    totals: Mapping[str, int]
    observed: Mapping[str, list[Observation]]


@dataclass(frozen=True)
class Status:
    """The state of a sweep, or of some of its searches.

    Parameters
    ----------
    conditions : list of ConditionStatus
        One for each condition.
    total, stored, failed : int
        Runs in all, runs with an outcome, and runs that raised an error.
    trials, trials_told : int
        Trials in all, and finished ones.
    train_cpu_seconds, evaluation_seconds : float
        Sums over the stored runs.
    """

    conditions: list[ConditionStatus]
    total: int
    stored: int
    failed: int
    trials: int
    trials_told: int
    train_cpu_seconds: float
    evaluation_seconds: float

    def __repr__(self) -> str:
        """Return the counts on one line."""
        return f"Status({status_summary(self)!r})"

    @property
    def is_done(self) -> bool:
        """Whether no run is missing."""
        return self.stored >= self.total

    def forecast(self, config: SweepConfig) -> Forecast:
        """Return a forecast of the time that the missing runs will take."""
        improves = config.search.sampler == "tpe"
        return Forecast(
            {
                part.condition: ConditionWork(
                    part.totals,
                    expected_run_seconds(config, part.condition),
                    improves,
                    {role: list(runs) for role, runs in part.observed.items()},
                )
                for part in self.conditions
            }
        )


def status_summary(status: Status) -> str:
    """Return a status as one line of text."""
    failed = f", {status.failed} failed" if status.failed else ""
    return (
        f"{status.trials_told}/{status.trials} trials, "
        f"{status.stored}/{status.total} runs{failed}; "
        f"{status.train_cpu_seconds:.0f} s of training, "
        f"{status.evaluation_seconds:.0f} s of evaluation"
    )


def status_sum(parts: Iterable[Status]) -> Status:
    """Return the status of several sweeps, or parts of one, together."""
    every = list(parts)
    conditions = [condition for part in every for condition in part.conditions]
    return Status(conditions=conditions, **_sums(every))


def runs_per_search(config: SweepConfig) -> int:
    """Return the number of runs of one search in which no trial fails.

    Parameters
    ----------
    config : SweepConfig
        The configuration at the level of the search.
    """
    search = config.search
    strings = config.strings
    runs = search.trials * strings.tune + search.finalists * strings.select + strings.confirm
    return runs * config.training.repeats


def read_status(
    config: SweepConfig, storage: SweepStorage, keys: Iterable[SearchKey] | None = None
) -> Status:
    """Return the status of a sweep, or of some of its searches.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    keys : iterable of SearchKey, optional
        The searches to count; all if absent.
    """
    keys = list(search_keys(config) if keys is None else keys)
    summaries = {role: storage.trial_summaries(keys, role) for role in ROLES}
    trials: dict[Condition, dict[str, list[TrialSummary]]] = {}
    totals: dict[Condition, Counter[str]] = {}
    planned: Counter[Condition] = Counter()
    for key in keys:
        planned[key.condition] += config.search.trials
        by_role = trials.setdefault(key.condition, {role: [] for role in ROLES})
        of_search = {role: summaries[role][key] for role in ROLES}
        for role in ROLES:
            by_role[role] += of_search[role]
        totals.setdefault(key.condition, Counter()).update(
            _expected_runs(config.at_level(key.condition.level), of_search)
        )
    parts = [
        _condition_status(condition, by_role, totals[condition], planned[condition])
        for condition, by_role in trials.items()
    ]
    return Status(conditions=parts, **_sums(parts))


def _sums(parts: Iterable[ConditionStatus | Status]) -> dict[str, Any]:
    """Return the counts and seconds of conditions or sweeps together."""
    every = list(parts)
    names = (field.name for field in fields(Status) if field.name != "conditions")
    return {name: sum(getattr(part, name) for part in every) for name in names}


def _expected_runs(config: SweepConfig, trials: Trials) -> dict[str, int]:
    """Return how many runs a search will have, by role.

    There are fewer than planned if trials fail, so that too few finalists are left.
    """
    search = config.search
    strings = config.strings
    repeats = config.training.repeats
    tune = search.trials * strings.tune
    complete = sum(trial.state == TrialState.COMPLETE for trial in trials["tune"])
    is_tuned = len(trials["tune"]) == search.trials and all(
        trial.state.is_finished() for trial in trials["tune"]
    )
    finalists = min(search.finalists, complete) if is_tuned else search.finalists
    select_failed = sum(trial.state == TrialState.FAIL for trial in trials["select"])
    confirm = strings.confirm if finalists > select_failed else 0
    return {
        "tune": tune * repeats,
        "select": finalists * strings.select * repeats,
        "confirm": confirm * repeats,
    }


def _condition_status(
    condition: Condition, by_role: Trials, totals: Mapping[str, int], trials: int
) -> ConditionStatus:
    everything = [trial for role in ROLES for trial in by_role[role]]
    runs = _runs(everything)
    confirmed = [run for run in _runs(by_role["confirm"]) if not run.failed]
    tuned = [trial.value for trial in by_role["tune"] if trial.value is not None]
    return ConditionStatus(
        condition=condition,
        trials=trials,
        trials_told=sum(trial.state.is_finished() for trial in by_role["tune"]),
        trials_failed=sum(trial.state == TrialState.FAIL for trial in by_role["tune"]),
        stored=len(runs),
        failed=sum(run.failed for run in runs),
        total=sum(totals.values()),
        best=max(tuned, default=None),
        confirmed=len(confirmed),
        memorized=sum(run.memorized for run in confirmed),
        train_cpu_seconds=sum(run.train_cpu_seconds for run in runs),
        evaluation_seconds=sum(run.evaluation_seconds for run in runs),
        totals=totals,
        observed={role: _observed(by_role[role]) for role in ROLES},
    )


def _observed(trials: Iterable[TrialSummary]) -> list[Observation]:
    """Return (score of the trial, seconds) of every run.

    A trial that is not finished has the worst score. The seconds of a failed run are unknown.
    """
    return [
        (WORST if trial.value is None else trial.value, None if run.failed else run.wall_seconds)
        for trial in trials
        for run in trial.runs
    ]


def _runs(trials: Iterable[TrialSummary]) -> list[RunSummary]:
    return [run for trial in trials for run in trial.runs]
