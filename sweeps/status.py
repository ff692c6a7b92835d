"""How far a sweep is, from its storage alone."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from sweeps.conditions import Condition, search_keys
from sweeps.config import SweepConfig
from sweeps.storage import SweepStorage, runs_of
from sweeps.strings import ROLES


@dataclass(frozen=True)
class ConditionStatus:
    """Counts of one condition over its searches; ``best`` is the best value of a tuning trial."""

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


@dataclass(frozen=True)
class Status:
    """How far a sweep is.

    Parameters
    ----------
    total, stored, failed : int
        Runs in all, runs with an outcome, runs that raised.
    run_seconds : float
        Mean wall time of a stored run, evaluation included.
    train_cpu_seconds, evaluation_seconds : float
        Sums over the stored runs.
    """

    conditions: list[ConditionStatus]
    total: int
    stored: int
    failed: int
    run_seconds: float
    train_cpu_seconds: float
    evaluation_seconds: float

    @property
    def is_done(self) -> bool:
        """Whether no run is missing."""
        return self.stored >= self.total

    def seconds_left(self, jobs: int) -> float:
        """Return the expected time for the missing runs with ``jobs`` runs at a time."""
        return (self.total - self.stored) * self.run_seconds / jobs


def runs_per_search(config: SweepConfig) -> int:
    """Return the runs of one search when none of its trials fails."""
    search, strings = config.search, config.strings
    runs = search.trials * strings.tune + search.finalists * strings.select + strings.confirm
    return runs * config.training.repeats


def read_status(config: SweepConfig, storage: SweepStorage) -> Status:
    """Return the status of a sweep."""
    trials: dict[Condition, dict[str, list[FrozenTrial]]] = {}
    totals: Counter[Condition] = Counter()
    for key in search_keys(config):
        by_role = trials.setdefault(key.condition, {role: [] for role in ROLES})
        found = {role: storage.trials(key, role) for role in ROLES}
        for role in ROLES:
            by_role[role] += found[role]
        totals[key.condition] += _expected_runs(config, found)
    parts = [_condition_status(condition, by_role, totals[condition]) for condition, by_role in trials.items()]
    records = [record for by_role in trials.values() for role in ROLES for record in _records(by_role[role])]
    wall = [record["train_wall_seconds"] + record["evaluation_seconds"] for record in records]
    return Status(
        conditions=parts,
        total=sum(part.total for part in parts),
        stored=sum(part.stored for part in parts),
        failed=sum(part.failed for part in parts),
        run_seconds=sum(wall) / len(wall) if wall else 0.0,
        train_cpu_seconds=sum(record["train_cpu_seconds"] for record in records),
        evaluation_seconds=sum(record["evaluation_seconds"] for record in records),
    )


def _expected_runs(config: SweepConfig, found: dict[str, list[FrozenTrial]]) -> int:
    """Return the runs a search will have: fewer than planned if failed trials leave no finalists."""
    search, strings, repeats = config.search, config.strings, config.training.repeats
    tune = search.trials * strings.tune
    complete = sum(trial.state == TrialState.COMPLETE for trial in found["tune"])
    tuned = len(found["tune"]) == search.trials and all(trial.state.is_finished() for trial in found["tune"])
    finalists = min(search.finalists, complete) if tuned else search.finalists
    select_failed = sum(trial.state == TrialState.FAIL for trial in found["select"])
    confirm = strings.confirm if finalists > select_failed else 0
    return (tune + finalists * strings.select + confirm) * repeats


def _condition_status(condition: Condition, by_role: dict[str, list[FrozenTrial]], total: int) -> ConditionStatus:
    everything = [trial for role in ROLES for trial in by_role[role]]
    outcomes = [outcome for trial in everything for outcome in runs_of(trial).values()]
    tuned = [trial.value for trial in by_role["tune"] if trial.value is not None]
    confirmed = _records(by_role["confirm"])
    return ConditionStatus(
        condition=condition,
        trials=len(everything),
        trials_told=sum(trial.state.is_finished() for trial in everything),
        trials_failed=sum(trial.state == TrialState.FAIL for trial in everything),
        stored=len(outcomes),
        failed=sum("failure" in outcome for outcome in outcomes),
        total=total,
        best=max(tuned, default=None),
        confirmed=len(confirmed),
        memorized=sum(record["memorized"] for record in confirmed),
    )


def _records(trials: list[FrozenTrial]) -> list[dict[str, Any]]:
    return [outcome["record"] for trial in trials for outcome in runs_of(trial).values() if "record" in outcome]
