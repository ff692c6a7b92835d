"""Decisions of pruners at the rungs of a search, from the trials that are stored.

A rung is a fraction of the budget at which trials are cut and scored. The score at each rung is
stored with the trial, as Optuna's intermediate value with the number of the rung. Decisions follow
from these values alone, so they are the same whatever the order of arrival and after any crash.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from optuna.trial import FrozenTrial, TrialState

from seqmem.sweeps.config.pruner_checks import better_half

# The trials of a search by slot.
Trials = Mapping[tuple[int, int], FrozenTrial]


def rungs_passed(trial: FrozenTrial) -> int:
    """Return the number of rungs at which a trial was scored."""
    return len(trial.intermediate_values)


def decided_by_halving(
    cells: Sequence[Trials], slots: Sequence[tuple[int, int]], rungs: int
) -> list[frozenset[tuple[int, int]]]:
    """Return the slots that reach each rung, as far as it is decided.

    At a rung, every cell ranks its trials by score; of equal scores, the lower slot comes first. It
    keeps the better half of the slots that reached the rung, rounded up. A slot goes on, in all
    cells, if one of them keeps it. A failed trial takes no place and is not kept.

    Parameters
    ----------
    cells : sequence of mapping
        The trials of each cell of a search.
    slots : sequence of tuple of (int, int)
        All slots of the search.
    rungs : int
        Number of rungs.

    Returns
    -------
    list of frozenset
        Its first entry, all slots, reaches the first rung. The next ones are there once all trials
        of all cells that reached a rung have a score there or have failed. With all decided, the
        last entry holds the slots that run to the end.
    """
    reaching = [frozenset(slots)]
    for rung in range(rungs):
        scores = [_scores_at(rung, trials, reaching[-1]) for trials in cells]
        if any(scored is None for scored in scores):
            break
        places = better_half(len(reaching[-1]))
        reaching.append(
            frozenset(slot for scored in scores if scored for slot in _best(scored, places))
        )
    return reaching


def is_below_median(trial: FrozenTrial, earlier: Sequence[FrozenTrial]) -> bool:
    """Return whether the last score of a trial is below the median score at its rung.

    This is the rule of Optuna's `MedianPruner`, for scores that are all finite.

    Parameters
    ----------
    trial : FrozenTrial
        A trial that was scored at a rung.
    earlier : sequence of FrozenTrial
        The trials of all earlier generations. Only complete ones count.
    """
    rung = rungs_passed(trial) - 1
    complete = [other for other in earlier if other.state == TrialState.COMPLETE]
    scores = [other.intermediate_values[rung] for other in complete]
    return bool(scores) and trial.intermediate_values[rung] < median(scores)


def _scores_at(
    rung: int, trials: Trials, slots: frozenset[tuple[int, int]]
) -> dict[tuple[int, int], float] | None:
    """Return the scores of a cell at a rung by slot; None while one is missing."""
    scores = {}
    for slot in slots:
        trial = trials.get(slot)
        if trial is not None and rung in trial.intermediate_values:
            scores[slot] = trial.intermediate_values[rung]
        elif trial is None or trial.state != TrialState.FAIL:
            return None
    return scores


def _best(scores: Mapping[tuple[int, int], float], places: int) -> list[tuple[int, int]]:
    return sorted(scores, key=lambda slot: (-scores[slot], slot))[:places]
