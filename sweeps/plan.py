"""One search step by step: which runs are missing now, and what follows when they are there.

Every step is computed from what is stored, so starting again after a crash is the same as going on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial

from study.config import RunConfig
from sweeps.conditions import SearchKey, strings_for
from sweeps.config import SweepConfig
from sweeps.score import score_trial
from sweeps.search import (
    finalists,
    generation_sizes,
    running_trial,
    slot_of,
    suggest,
    value_of,
)
from sweeps.space import decode
from sweeps.storage import SweepStorage, runs_of


@dataclass(frozen=True)
class Task:
    """One missing run and where its outcome belongs."""

    key: SearchKey
    role: str
    trial: int
    run: str
    config: RunConfig


class SearchPlan:
    """The course of one search: generations of tuning, then selection, then confirmation."""

    def __init__(self, config: SweepConfig, key: SearchKey, storage: SweepStorage) -> None:
        self.config, self.key, self._storage = config, key, storage

    def next_tasks(self) -> list[Task]:
        """Return the missing runs of the first unfinished stage; empty when the search is over.

        Suggestions of the stage are stored first, missing slots only. Trials whose runs are all
        there but that were never told (a crash in between) are told.
        """
        for role, slots in self._stages():
            tasks = self._open_tasks(role, slots)
            if tasks:
                return tasks
        return []

    def settle(self, role: str) -> None:
        """Tell every trial of a role that has all its runs."""
        for trial in self._storage.trials(self.key, role):
            if not trial.state.is_finished() and not self._missing(role, trial):
                self._tell(role, trial)

    def _stages(self) -> Iterator[tuple[str, dict[tuple[int, int], FrozenTrial]]]:
        """Yield role and wanted trials of every stage; each needs the stages before it finished."""
        for generation in range(len(generation_sizes(self.config.search))):
            yield "tune", self._generation(generation)
        tuned = self._storage.trials(self.key, "tune")
        chosen = finalists(tuned, self.config.search.finalists)
        yield "select", self._derived(chosen)
        selected = self._storage.trials(self.key, "select")
        yield "confirm", self._derived(best_selected(selected, tuned))

    def _generation(self, generation: int) -> dict[tuple[int, int], FrozenTrial]:
        """Return the trials of a generation by slot: suggested again only if one is missing."""
        stored = self._storage.trials(self.key, "tune")
        size = generation_sizes(self.config.search)[generation]
        present = {slot_of(trial) for trial in stored}
        wanted = [(generation, place) for place in range(size)]
        if present.issuperset(wanted):
            return {}
        before = [trial for trial in stored if slot_of(trial)[0] < generation]
        suggestions = suggest(self.config, self.key, generation, before)
        search = self.config.search
        return {
            slot: running_trial(search, parameters, slot, configuration=decode(search, parameters))
            for slot, parameters in zip(wanted, suggestions, strict=True)
        }

    def _derived(self, chosen: list[FrozenTrial]) -> dict[tuple[int, int], FrozenTrial]:
        """Return one trial per chosen configuration, which remembers the tuning trial it is."""
        search = self.config.search
        return {
            (0, place): running_trial(
                search,
                trial.params,
                (0, place),
                configuration=decode(search, trial.params),
                tune_trial=trial.user_attrs.get("tune_trial", trial.number),
            )
            for place, trial in enumerate(chosen)
        }

    def _open_tasks(self, role: str, wanted: dict[tuple[int, int], FrozenTrial]) -> list[Task]:
        present = {slot_of(trial) for trial in self._storage.trials(self.key, role)}
        for slot in sorted(set(wanted) - present):
            self._storage.add(self.key, role, wanted[slot])
        self.settle(role)
        trials = [trial for trial in self._storage.trials(self.key, role) if not trial.state.is_finished()]
        return [self._task(role, trial, run) for trial in trials for run in self._missing(role, trial)]

    def _missing(self, role: str, trial: FrozenTrial) -> list[str]:
        replicates = getattr(self.config.strings, role)
        repeats = self.config.training.repeats
        wanted = [f"{replicate}:{repeat}" for replicate in range(replicates) for repeat in range(repeats)]
        stored = runs_of(trial)
        return [run for run in wanted if run not in stored]

    def _tell(self, role: str, trial: FrozenTrial) -> None:
        outcomes = [outcome for _, outcome in sorted(runs_of(trial).items())]
        records = [outcome["record"] for outcome in outcomes if "record" in outcome]
        complete = len(records) == len(outcomes)
        self._storage.tell(self.key, role, trial.number, score_trial(records) if complete else None)

    def _task(self, role: str, trial: FrozenTrial, run: str) -> Task:
        replicate, repeat = (int(part) for part in run.split(":"))
        string = strings_for(self.config, self.key.condition.level, self.key.search, role)[replicate]
        fields: dict[str, Any] = dict(self.config.training) | decode(self.config.search, trial.params)
        del fields["repeats"]
        config = RunConfig(string=string, cell=self.key.condition.cell, seed=self.config.seed, repeat=repeat, **fields)
        return Task(self.key, role, trial.number, run, config)


def best_selected(selected: list[FrozenTrial], tuned: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the winner: best on the selection strings, ties by tuning value, then by order."""
    candidates = finalists(selected, len(selected))
    tuning = {trial.number: trial for trial in tuned}
    candidates.sort(
        key=lambda trial: (-value_of(trial), -value_of(tuning[trial.user_attrs["tune_trial"]]), trial.number)
    )
    return candidates[:1]
