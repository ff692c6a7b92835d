"""The steps of one search: which runs are missing now, and which follow once they are stored.

Every step is computed from the storage. So resuming after a crash is the same as going on.
"""

from dataclasses import dataclass
from math import inf
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from seqmem.core.validation import validate
from seqmem.generators.symbols import SymbolString
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.size_matching import match_units
from seqmem.study.options import NETWORK_OPTIONS, TrainingOptions, options_of_other_cells
from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.rungs import Decision, Rungs
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import StringSets, first_string
from seqmem.sweeps.search.suggestions import (
    finalists,
    generation_sizes,
    running_trial,
    slot_of,
    suggest,
    value_of,
)
from seqmem.sweeps.storage.courses import cut_of, with_earlier
from seqmem.sweeps.storage.storage import SweepStorage, runs_of
from seqmem.sweeps.storage.trial_checks import TrialChecks, outcome_problem, refusing_damages
from seqmem.sweeps.storage.trial_summaries import RUN_PREFIX, place_of_trial


@dataclass(frozen=True)
class Task:
    """One missing run.

    Parameters
    ----------
    key : SearchKey
        Its search.
    role : {"tune", "select", "confirm"}
        Role of its trial.
    trial : int
        Number of its trial in the storage.
    run : str
        ``"<replicate>:<repeat>"``.
    config : RunConfig
        Its configuration.
    """

    key: SearchKey
    role: str
    trial: int
    run: str
    config: RunConfig


class SearchPlan:
    """The stages of one search: generations of tuning, then selection, then confirmation.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    key : SearchKey
        The search.
    strings : StringSets
        Its strings.
    storage : SweepStorage
        The storage of the sweep.
    """

    def __init__(
        self, config: SweepConfig, key: SearchKey, strings: StringSets, storage: SweepStorage
    ) -> None:
        self.config = config = config.at_level(key.condition.level)
        self.key = key
        self._strings = strings
        self._storage = storage
        self._rungs = Rungs(config, key, storage)
        self._search = config.search_of(key.condition.cell)
        self._checks = TrialChecks(config, key.condition.cell)
        self._checked: set[tuple[object, ...]] = set()
        # Whether the search goes on once other searches have reached its rung.
        self.is_waiting = False

    def next_tasks(self) -> list[Task]:
        """Return the missing runs of the first unfinished stage; none when the search is over.

        The trials of the stage are stored first, if they are missing. A trial whose runs are all
        stored is finished, if a crash prevented that before. With a pruner, every rung is a stage.
        """
        self.is_waiting = False
        tasks = self._next_generation()
        if tasks or self.is_waiting:
            return tasks
        return self._next_derived("select") or self._next_derived("confirm")

    def store(self, task: Task, outcome: dict[str, Any]) -> None:
        """Store the outcome of a run, with the costs of the courses that it replaces.

        Parameters
        ----------
        task : Task
            The run.
        outcome : dict
            ``{"record": row}`` or ``{"failure": traceback}``.
        """
        if self.config.search.pruner is not None and task.role == "tune":
            stored = runs_of(self._storage.trial(task.key, task.role, task.trial))
            outcome = with_earlier(outcome, stored.get(task.run))
        self._storage.write_run(task.key, task.role, task.trial, task.run, outcome)

    def finish(self, role: str, number: int) -> None:
        """Finish a trial, or score it at its rung, if all its runs are stored.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trial.
        number : int
            Its number in the storage.
        """
        trial = self._storage.trial(self.key, role, number)
        if not trial.state.is_finished() and not self._missing(role, trial):
            self._rungs.finish(role, trial)

    def _stored(self, role: str) -> list[FrozenTrial]:
        """Return the stored trials of a role, each checked once in every state.

        Raises
        ------
        DamagedError
            If one of them does not fit the search.
        """
        trials = self._storage.trials(self.key, role)
        for trial in trials:
            scores = len(trial.intermediate_values)
            state = role, trial.number, trial.state, len(trial.user_attrs), scores
            if state not in self._checked:
                if problem := self._problem(role, trial):
                    place = f"{self.config.name}/{self.key.name}/{role}"
                    refusing_damages().meet(place_of_trial(trial.number, place), problem)
                self._checked.add(state)
        return trials

    def _problem(self, role: str, trial: FrozenTrial) -> str:
        for run, outcome in runs_of(trial).items():
            if problem := outcome_problem(run, outcome):
                return f"attribute '{RUN_PREFIX}{run}': {problem}"
        return self._checks.problem(role, trial)

    def _next_generation(self) -> list[Task]:
        tasks, stored = self._open("tune")
        generation, slots = self._first_incomplete(stored, bool(tasks))
        if not slots:
            return tasks
        before = [trial for trial in stored if slot_of(trial)[0] < generation]
        suggestions = suggest(self.config, self.key, generation, before)
        for index in slots:
            self._add("tune", suggestions[index], (generation, index))
        return self._open("tune")[0]

    def _first_incomplete(self, stored: list[FrozenTrial], is_open: bool) -> tuple[int, list[int]]:
        """Return the first generation with missing slots, and these slots.

        No slots are returned while runs of an earlier generation are missing.
        """
        present = {slot_of(trial) for trial in stored}
        for generation, size in enumerate(generation_sizes(self.config.search)):
            missing = [index for index in range(size) if (generation, index) not in present]
            is_new = len(missing) == size
            if missing:
                return (generation, []) if is_open and is_new else (generation, missing)
        return 0, []

    def _next_derived(self, role: str) -> list[Task]:
        tasks, stored = self._open(role)
        chosen = self._chosen(role)
        for index, trial in enumerate(chosen[len(stored) :], start=len(stored)):
            tune_trial = trial.user_attrs.get("tune_trial", trial.number)
            self._add(role, trial.params, (0, index), tune_trial=tune_trial)
        return self._open(role)[0] if len(chosen) > len(stored) else tasks

    def _chosen(self, role: str) -> list[FrozenTrial]:
        """Return the trials whose configurations enter a stage after tuning."""
        tuned = self._stored("tune")
        if role == "select":
            return finalists(tuned, self.config.search.finalists)
        return best_selected(self._stored("select"), tuned)

    def _open(self, role: str) -> tuple[list[Task], list[FrozenTrial]]:
        """Return the missing runs of a role and its trials, after finishing the complete ones."""
        stored = self._stored(role)
        decisions = self._rungs.decisions(role, stored)
        while self._settle(role, stored, decisions):
            stored = self._stored(role)
            decisions = self._rungs.decisions(role, stored)
        self.is_waiting |= Decision.WAIT in decisions.values()
        going = [trial for trial in stored if decisions.get(trial.number) == Decision.GO]
        return [
            self.task(role, trial, run) for trial in going for run in self._missing(role, trial)
        ], stored

    def _settle(self, role: str, stored: list[FrozenTrial], decisions: dict[int, Decision]) -> bool:
        """Prune and finish the trials that are due; return whether there were any."""
        has_changed = False
        for trial in stored:
            decision = decisions.get(trial.number)
            if decision == Decision.PRUNE:
                self._rungs.prune(trial)
                has_changed = True
            elif decision == Decision.GO and not self._missing(role, trial):
                self._rungs.finish(role, trial)
                has_changed = True
        return has_changed

    def _add(
        self, role: str, parameters: dict[str, Any], slot: tuple[int, int], **attributes: Any
    ) -> None:
        search = self._search
        configuration = {
            name: "inf" if value == inf else value
            for name, value in decode(search, parameters).items()
        }
        trial = running_trial(search, parameters, slot, configuration=configuration, **attributes)
        self._storage.add(self.key, role, trial)

    def _missing(self, role: str, trial: FrozenTrial) -> list[str]:
        replicates = getattr(self.config.strings, role)
        repeats = self.config.training.repeat_numbers
        planned = [f"{replicate}:{repeat}" for replicate in range(replicates) for repeat in repeats]
        stored = runs_of(trial)
        until = self._rungs.until(role, trial)
        return [run for run in planned if run not in stored or cut_of(stored[run]) < until]

    def task(self, role: str, trial: FrozenTrial, run: str, until: float | None = None) -> Task:
        """Return a run of a stored trial.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trial.
        trial : FrozenTrial
        run : str
            ``"<replicate>:<repeat>"``.
        until : float, optional
            Fraction of the budget at which it is cut. If absent, that of the trial's present rung.
        """
        replicate, repeat = (int(part) for part in run.split(":"))
        string = self._strings[role][first_string(self.config, role, trial) + replicate]
        until = self._rungs.until(role, trial) if until is None else until
        fields = decode(self._search, trial.params) | {"repeat": repeat, "until": until}
        config = run_config(self.config, self.key.condition.cell, string, fields)
        return Task(self.key, role, trial.number, run, config)


def run_config(
    config: SweepConfig, cell: str, string: SymbolString, fields: dict[str, Any]
) -> RunConfig:
    """Return the configuration of one run of a sweep.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    cell : str
        Name of the cell.
    string : SymbolString
        The string to train on.
    fields : dict
        The options that the search decides, and the repeat. Options that only other cells have
        are left out. With ``match``, the units are those of the first cell.

    Raises
    ------
    InputError
        If the options do not make a valid run.
    """
    training = {name: getattr(config.training, name) for name in TrainingOptions.model_fields}
    values: dict[str, Any] = (
        {"string": string, "cell": cell, "seed": config.seed} | training | fields
    )
    values["engine"] = config.training.engine_of(cell)
    variant = {name: values[name] for name in (*NETWORK_OPTIONS, "length", "context")}
    if config.training.protocol == "window":
        variant["context"] = 1
    for name in options_of_other_cells(cell):
        values.pop(name, None)
    match = config.memorizer.match
    reference = config.memorizer.cells[0]
    if match and cell != reference:
        shape = config.strings.alphabet_size, values["depth"], values["units"]
        values["units"] = match_units(match, cell, reference, *shape, **variant)
    return validate(RunConfig, values, f"sweep {config.name}")


def best_selected(selected: list[FrozenTrial], tuned: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the winner, or an empty list if no selected trial is complete.

    The winner has the best score on the selection strings. Ties are broken by the score on the
    tuning strings, then by trial number.

    Parameters
    ----------
    selected : list of FrozenTrial
        Trials on the selection strings.
    tuned : list of FrozenTrial
        Trials on the tuning strings.
    """
    candidates = finalists(selected, len(selected))
    tuning = {trial.number: trial for trial in tuned if trial.state == TrialState.COMPLETE}
    for trial in candidates:
        if trial.user_attrs["tune_trial"] not in tuning:
            problem = f"attribute 'tune_trial': {trial.user_attrs['tune_trial']} is not stored"
            refusing_damages().meet(f"selected trial {trial.number}", problem)
    candidates.sort(
        key=lambda trial: (
            -value_of(trial),
            -value_of(tuning[trial.user_attrs["tune_trial"]]),
            trial.number,
        )
    )
    return candidates[:1]
