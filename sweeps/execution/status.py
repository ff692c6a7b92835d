"""The state of a sweep: how many runs are stored, failed and missing, from its storage alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil
from typing import Any

from optuna.trial import TrialState

from seqmem.sweeps.config.conditions import Condition, SearchKey, search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.courses_left import (
    courses_left,
    observed_courses,
    stage_fractions,
    tuning_courses,
)
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
# Expected numbers of courses are sums of fractions.
ROUNDING = 1e-6


@dataclass(frozen=True)
class ConditionStatus:
    """Counts and sums of one condition over its searches.

    Parameters
    ----------
    condition : Condition
        The condition.
    trials, trials_told, trials_failed, trials_pruned : int
        Trials in all, finished, failed and pruned ones. A trial is a configuration that a search
        proposed; its runs on the other strings are no further trials.
    stored, failed, total : int
        Stored runs, failed runs, and runs in all. With a pruner, every course of a run counts, and
        the courses in all are an expectation until tuning is over.
    best : float or None
        Best value of a tuning trial.
    confirmed, memorized : int
        Runs on confirmation strings that did not fail, and those of them that memorized.
    train_cpu_seconds, evaluation_seconds : float
        Sums over all courses of the stored runs.
    cut_cpu_seconds : float
        The part of ``train_cpu_seconds`` that was spent in courses that a pruner cut.
    totals : mapping of {str : float}
        Runs in all, by role; with a pruner, tuning courses by stage.
    observed : mapping of {str : list of Observation}
        Score of the trial and wall seconds of every stored run, by role or stage.
    """

    condition: Condition
    trials: int
    trials_told: int
    trials_failed: int
    trials_pruned: int
    stored: int
    failed: int
    total: int
    best: float | None
    confirmed: int
    memorized: int
    train_cpu_seconds: float
    evaluation_seconds: float
    cut_cpu_seconds: float
    totals: Mapping[str, float]
    observed: Mapping[str, list[Observation]]

    @property
    def left(self) -> dict[str, float]:
        """Missing runs, by role or stage."""
        return {name: all_ - len(self.observed.get(name, ())) for name, all_ in self.totals.items()}


@dataclass(frozen=True)
class Status:
    """The state of a sweep, or of some of its searches.

    Parameters
    ----------
    conditions : list of ConditionStatus
        One for each condition.
    total, stored, failed : int
        Runs in all, runs with an outcome, and runs that raised an error.
    trials, trials_told, trials_pruned : int
        Trials in all, finished ones, and those of them that were pruned.
    train_cpu_seconds, evaluation_seconds, cut_cpu_seconds : float
        Sums over the stored runs, see `ConditionStatus`.
    """

    conditions: list[ConditionStatus]
    total: int
    stored: int
    failed: int
    trials: int
    trials_told: int
    trials_pruned: int
    train_cpu_seconds: float
    evaluation_seconds: float
    cut_cpu_seconds: float

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
                    stage_fractions(config),
                )
                for part in self.conditions
            }
        )


def status_summary(status: Status) -> str:
    """Return a status as one line of text."""
    failed = f", {status.failed} failed" if status.failed else ""
    pruned = f" ({status.trials_pruned} pruned)" if status.trials_pruned else ""
    cut = f" ({status.cut_cpu_seconds:.0f} s in cut courses)" if status.trials_pruned else ""
    return (
        f"{status.trials_told}/{status.trials} trials{pruned}, "
        f"{status.stored}/{status.total} runs{failed}; "
        f"{status.train_cpu_seconds:.0f} s of training{cut}, "
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
    totals: dict[Condition, dict[str, float]] = {}
    planned: Counter[Condition] = Counter()
    for key in keys:
        planned[key.condition] += config.search.trials
        by_role = trials.setdefault(key.condition, {role: [] for role in ROLES})
        of_search = {role: summaries[role][key] for role in ROLES}
        for role in ROLES:
            by_role[role] += of_search[role]
        at_level = config.at_level(key.condition.level)
        own = totals.setdefault(key.condition, {})
        for name, count in _expected_runs(at_level, of_search).items():
            own[name] = own.get(name, 0) + count
    parts = [
        _condition_status(config, condition, by_role, totals[condition], planned[condition])
        for condition, by_role in trials.items()
    ]
    return Status(conditions=parts, **_sums(parts))


def _sums(parts: Iterable[ConditionStatus | Status]) -> dict[str, Any]:
    """Return the counts and seconds of conditions or sweeps together."""
    every = list(parts)
    names = (field.name for field in fields(Status) if field.name != "conditions")
    return {name: sum(getattr(part, name) for part in every) for name in names}


def _expected_runs(config: SweepConfig, trials: Trials) -> dict[str, float]:
    """Return how many runs a search will have, by role or stage.

    There are fewer than planned if trials fail, so that too few finalists are left.
    """
    search = config.search
    strings = config.strings
    repeats = config.training.repeats
    complete = sum(trial.state == TrialState.COMPLETE for trial in trials["tune"])
    is_tuned = len(trials["tune"]) == search.trials and all(
        trial.state.is_finished() for trial in trials["tune"]
    )
    finalists = min(search.finalists, complete) if is_tuned else search.finalists
    select_failed = sum(trial.state == TrialState.FAIL for trial in trials["select"])
    confirm = strings.confirm if finalists > select_failed else 0
    return _expected_tuning(config, trials["tune"]) | {
        "select": finalists * strings.select * repeats,
        "confirm": confirm * repeats,
    }


def _expected_tuning(config: SweepConfig, trials: Sequence[TrialSummary]) -> dict[str, float]:
    if config.search.pruner is None:
        return {"tune": config.search.trials * config.strings.tune * config.training.repeats}
    done = Counter({name: len(runs) for name, runs in observed_courses(config, trials).items()})
    left = courses_left(config, trials)
    return {name: done[name] + left.get(name, 0) for name in tuning_courses(config)}


def _condition_status(
    config: SweepConfig,
    condition: Condition,
    by_role: Trials,
    totals: Mapping[str, float],
    trials: int,
) -> ConditionStatus:
    everything = [trial for role in ROLES for trial in by_role[role]]
    runs = _runs(everything)
    confirmed = [run for run in _runs(by_role["confirm"]) if not run.failed]
    complete = [trial for trial in by_role["tune"] if trial.state == TrialState.COMPLETE]
    tuned = [trial.value for trial in complete if trial.value is not None]
    earlier = sum(run.earlier_seconds("train_cpu_seconds") for run in runs)
    return ConditionStatus(
        condition=condition,
        trials=trials,
        trials_told=sum(trial.state.is_finished() for trial in by_role["tune"]),
        trials_failed=sum(trial.state == TrialState.FAIL for trial in by_role["tune"]),
        trials_pruned=sum(trial.state == TrialState.PRUNED for trial in by_role["tune"]),
        stored=sum(run.courses for run in runs),
        failed=sum(run.failed for run in runs),
        total=ceil(sum(totals.values()) - ROUNDING),
        best=max(tuned, default=None),
        confirmed=len(confirmed),
        memorized=sum(run.memorized for run in confirmed),
        train_cpu_seconds=sum(run.train_cpu_seconds for run in runs) + earlier,
        evaluation_seconds=sum(
            run.evaluation_seconds + run.earlier_seconds("evaluation_seconds") for run in runs
        ),
        cut_cpu_seconds=sum(run.train_cpu_seconds for run in runs if run.is_cut) + earlier,
        totals=totals,
        observed=observed_courses(config, by_role["tune"])
        | {role: _observed(by_role[role]) for role in ROLES if role != "tune"},
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
