"""The score of a run and of a trial, which a search maximizes."""

from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

DIVERGED = -1.0
WORST = -0.25
BEST_UNMEMORIZED = 0.999
# A fraction that is computed from an amount may fall short of the one at the clock by rounding.
ROUNDING = 1e-9


def score_run(record: Mapping[str, Any]) -> float:
    """Return the score of one run.

    A run that memorized scores ``1 + log2(1/b) / 6``, where ``b`` is the fraction of the budget
    after which it first memorized. So faster runs score higher among those that memorized. Any
    other run scores its stored fraction, clipped to [-0.25, 0.999]. A diverged run scores -1.

    Parameters
    ----------
    record : mapping
        The columns ``status``, ``memorized_fraction`` and ``stored_fraction``.

    Examples
    --------
    >>> score_run({"status": "memorized", "memorized_fraction": 0.125})
    1.5
    >>> score_run({"status": "budget_spent", "memorized_fraction": None, "stored_fraction": 1.2})
    0.999
    """
    if record["status"] == "diverged":
        return DIVERGED
    if record["memorized_fraction"] is not None:
        return _score_of_memorized(float(record["memorized_fraction"]))
    return _score_of_stored(float(record["stored_fraction"]))


def score_run_at(record: Mapping[str, Any], fraction: float) -> float:
    """Return the score that a run had when it had spent a fraction of its budget.

    It is read from the checkpoint at which the run is cut with this fraction as ``until``, and
    equals the score of the run that is cut there. A run that ended before has its score.

    Parameters
    ----------
    record : mapping
        A record, cut there, later or not at all.
    fraction : float
        One of `seqmem.study.budget.CUTS`.

    Examples
    --------
    >>> record = {"status": "diverged", "memorized_fraction": None, "steps": 90}
    >>> record |= {"budget_amount": 100.0, "reference_bits": 40.0, "checkpoint_nll_bits": [30, 10]}
    >>> record |= {"checkpoint_fractions": [0.25, 0.5], "checkpoint_spent": [25.0, 50.0]}
    >>> record |= {"checkpoint_steps": [25, 50]}
    >>> score_run_at(record, 0.25), score_run(record)
    (0.25, -1.0)
    """
    reached = [
        max(label, spent / record["budget_amount"] * (1 + ROUNDING))
        for label, spent in zip(
            record["checkpoint_fractions"], record["checkpoint_spent"], strict=True
        )
    ]
    at = next((index for index, part in enumerate(reached) if part >= fraction), None)
    if at is None or record["checkpoint_steps"][at] == record["steps"]:
        return score_run(record)
    nll_bits = record["checkpoint_nll_bits"][at]
    memorized = record["memorized_fraction"]
    if memorized is not None and memorized <= record["checkpoint_fractions"][at]:
        return _score_of_memorized(float(memorized))
    reference = float(record["reference_bits"])
    return _score_of_stored((reference - float(nll_bits)) / reference)


def score_trial(records: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean score over the runs of a trial.

    The order of summation is the order of the records, so that the result is reproducible.

    Examples
    --------
    >>> memorized = {"status": "memorized", "memorized_fraction": 0.125}
    >>> score_trial([memorized, {"status": "diverged"}])
    0.25
    """
    return _mean([score_run(record) for record in records])


def score_trial_at(records: Sequence[Mapping[str, Any]], fraction: float) -> float:
    """Return the mean over the runs of a trial of their scores at a fraction of the budget.

    Parameters
    ----------
    records : sequence of mapping
        The records of its runs.
    fraction : float
        As for `score_run_at`.
    """
    return _mean([score_run_at(record, fraction) for record in records])


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _score_of_memorized(fraction: float) -> float:
    return 1 + log2(1 / fraction) / 6


def _score_of_stored(fraction: float) -> float:
    return min(max(fraction, WORST), BEST_UNMEMORIZED)
