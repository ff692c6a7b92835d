"""The rungs of one search: how far its trials run now, which go on, and when they are finished."""

from collections.abc import Sequence
from enum import Enum

from optuna.trial import FrozenTrial, TrialState

from seqmem.study.options import WHOLE_BUDGET
from seqmem.sweeps.config.conditions import SearchKey, searches_with_same_points
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.pruning import decided_by_halving, is_below_median, rungs_passed
from seqmem.sweeps.search.score import score_trial, score_trial_at
from seqmem.sweeps.search.suggestions import generation_sizes, slot_of
from seqmem.sweeps.storage.storage import SweepStorage, runs_of


class Decision(Enum):
    """What is decided about an unfinished trial.

    ``GO``: its runs go to the present rung, or to the end. ``WAIT``: the decision needs the scores
    of other trials. ``PRUNE``: it ends here.
    """

    GO = "go"
    WAIT = "wait"
    PRUNE = "prune"


class Rungs:
    """The rungs of one search; a search without a pruner has none.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    key : SearchKey
        The search.
    storage : SweepStorage
        The storage of the sweep. With halving it holds the searches of all cells with the same
        points.
    """

    def __init__(self, config: SweepConfig, key: SearchKey, storage: SweepStorage) -> None:
        search = config.search
        self._key = key
        self._pruner = search.pruner
        self._rungs = search.rungs
        self._slots = [
            (generation, index)
            for generation, size in enumerate(generation_sizes(search))
            for index in range(size)
        ]
        self._others = [other for other in searches_with_same_points(config, key) if other != key]
        self._storage = storage

    def are_for(self, role: str, trial: FrozenTrial) -> bool:
        """Return whether a trial is cut at rungs.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trial.
        trial : FrozenTrial
            The trial.
        """
        if role != "tune" or self._pruner is None:
            return False
        # The first generation has no earlier one to be compared with.
        return self._pruner == "halving" or slot_of(trial)[0] > 0

    def until(self, role: str, trial: FrozenTrial) -> float:
        """Return the fraction of the budget to which the runs of a trial go now."""
        passed = rungs_passed(trial)
        if not self.are_for(role, trial) or passed == len(self._rungs):
            return WHOLE_BUDGET
        return self._rungs[passed]

    def decisions(self, role: str, trials: Sequence[FrozenTrial]) -> dict[int, Decision]:
        """Return what is decided about each unfinished trial of the search, by trial number.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trials.
        trials : sequence of FrozenTrial
            All stored trials of the search in this role.
        """
        unfinished = [trial for trial in trials if not trial.state.is_finished()]
        if unfinished and role == "tune" and self._pruner == "halving":
            return self._by_halving(unfinished, trials)
        return {trial.number: self._by_median(role, trial, trials) for trial in unfinished}

    def prune(self, trial: FrozenTrial) -> None:
        """End a tuning trial with its score at the last rung that it reached."""
        score = trial.intermediate_values[rungs_passed(trial) - 1]
        self._storage.tell(self._key, "tune", trial.number, score, TrialState.PRUNED)

    def finish(self, role: str, trial: FrozenTrial) -> None:
        """Score a trial at its rung, or finish it after the last one.

        A trial that ran to the end is scored at all rungs, for later generations.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trial.
        trial : FrozenTrial
            A trial whose runs are all stored. If one of them failed, the trial has failed.
        """
        outcomes = [outcome for _, outcome in sorted(runs_of(trial).items())]
        records = [outcome["record"] for outcome in outcomes if "record" in outcome]
        if len(records) < len(outcomes):
            self._storage.tell(self._key, role, trial.number, None)
            return
        until = self.until(role, trial)
        for rung in range(rungs_passed(trial), len(self._rungs) if role == "tune" else 0):
            if self._rungs[rung] <= until:
                score = score_trial_at(records, self._rungs[rung])
                self._storage.report(self._key, role, trial.number, rung, score)
        if until == WHOLE_BUDGET:
            self._storage.tell(self._key, role, trial.number, score_trial(records))

    def _by_halving(
        self, unfinished: Sequence[FrozenTrial], trials: Sequence[FrozenTrial]
    ) -> dict[int, Decision]:
        cells = [trials, *(self._storage.trials(other, "tune") for other in self._others)]
        by_slot = [{slot_of(trial): trial for trial in of_cell} for of_cell in cells]
        reaching = decided_by_halving(by_slot, self._slots, len(self._rungs))
        decided = {}
        for trial in unfinished:
            passed = rungs_passed(trial)
            if passed >= len(reaching):
                decided[trial.number] = Decision.WAIT
            else:
                goes_on = slot_of(trial) in reaching[passed]
                decided[trial.number] = Decision.GO if goes_on else Decision.PRUNE
        return decided

    def _by_median(self, role: str, trial: FrozenTrial, trials: Sequence[FrozenTrial]) -> Decision:
        if not self.are_for(role, trial) or not rungs_passed(trial):
            return Decision.GO
        generation, _ = slot_of(trial)
        earlier = [other for other in trials if slot_of(other)[0] < generation]
        return Decision.PRUNE if is_below_median(trial, earlier) else Decision.GO
