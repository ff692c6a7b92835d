"""How far a sweep is, from its storage alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    """Counts and sums of one condition over its searches; ``best`` is the best value of a tuning trial.

    ``totals`` and ``observed`` are the runs in all and (value of the trial, wall seconds) of the stored ones, by role.
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
    """How far a sweep is.

    Parameters
    ----------
    conditions : list of ConditionStatus
    total, stored, failed : int
        Runs in all, runs with an outcome, runs that raised.
    train_cpu_seconds, evaluation_seconds : float
        Sums over the stored runs.
    """

    conditions: list[ConditionStatus]
    total: int
    stored: int
    failed: int
    train_cpu_seconds: float
    evaluation_seconds: float

    @property
    def is_done(self) -> bool:
        """Whether no run is missing."""
        return self.stored >= self.total

    def forecast(self, config: SweepConfig) -> Forecast:
        """Return how long the missing runs will take."""
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
    """Return a status as one line."""
    failed = f", {status.failed} failed" if status.failed else ""
    return (
        f"{status.stored}/{status.total} runs{failed}; {status.train_cpu_seconds:.0f} s of training, "
        f"{status.evaluation_seconds:.0f} s of evaluation"
    )


def runs_per_search(config: SweepConfig) -> int:
    """Return the runs of one search when none of its trials fails."""
    search, strings = config.search, config.strings
    runs = search.trials * strings.tune + search.finalists * strings.select + strings.confirm
    return runs * config.training.repeats


def read_status(
    config: SweepConfig, storage: SweepStorage, keys: Iterable[SearchKey] | None = None
) -> Status:
    """Return the status of a sweep, or of some of its searches."""
    keys = list(search_keys(config) if keys is None else keys)
    summaries = {role: storage.trial_summaries(keys, role) for role in ROLES}
    trials: dict[Condition, dict[str, list[TrialSummary]]] = {}
    totals: dict[Condition, Counter[str]] = {}
    for key in keys:
        by_role = trials.setdefault(key.condition, {role: [] for role in ROLES})
        found = {role: summaries[role][key] for role in ROLES}
        for role in ROLES:
            by_role[role] += found[role]
        totals.setdefault(key.condition, Counter()).update(_expected_runs(config, found))
    parts = [
        _condition_status(condition, by_role, totals[condition])
        for condition, by_role in trials.items()
    ]
    return Status(
        conditions=parts,
        total=sum(part.total for part in parts),
        stored=sum(part.stored for part in parts),
        failed=sum(part.failed for part in parts),
        train_cpu_seconds=sum(part.train_cpu_seconds for part in parts),
        evaluation_seconds=sum(part.evaluation_seconds for part in parts),
    )


def _expected_runs(config: SweepConfig, found: Trials) -> dict[str, int]:
    """Return the runs a search will have, by role: fewer than planned if failed trials leave no finalists."""
    search, strings, repeats = config.search, config.strings, config.training.repeats
    tune = search.trials * strings.tune
    complete = sum(trial.state == TrialState.COMPLETE for trial in found["tune"])
    tuned = len(found["tune"]) == search.trials and all(
        trial.state.is_finished() for trial in found["tune"]
    )
    finalists = min(search.finalists, complete) if tuned else search.finalists
    select_failed = sum(trial.state == TrialState.FAIL for trial in found["select"])
    confirm = strings.confirm if finalists > select_failed else 0
    return {
        "tune": tune * repeats,
        "select": finalists * strings.select * repeats,
        "confirm": confirm * repeats,
    }


def _condition_status(
    condition: Condition, by_role: Trials, totals: Mapping[str, int]
) -> ConditionStatus:
    everything = [trial for role in ROLES for trial in by_role[role]]
    runs = _runs(everything)
    confirmed = [run for run in _runs(by_role["confirm"]) if not run.failed]
    tuned = [trial.value for trial in by_role["tune"] if trial.value is not None]
    return ConditionStatus(
        condition=condition,
        trials=len(everything),
        trials_told=sum(trial.state.is_finished() for trial in everything),
        trials_failed=sum(trial.state == TrialState.FAIL for trial in everything),
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
    """Return (value of the trial, seconds) of every run; a trial that is not told yet counts as one of the worst.

    What a failed run took is not known.
    """
    return [
        (WORST if trial.value is None else trial.value, None if run.failed else run.wall_seconds)
        for trial in trials
        for run in trial.runs
    ]


def _runs(trials: Iterable[TrialSummary]) -> list[RunSummary]:
    return [run for trial in trials for run in trial.runs]
