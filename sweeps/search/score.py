"""The score of a run and of a trial, which a search maximizes."""

from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

DIVERGED = -1.0
WORST = -0.25
BEST_UNMEMORIZED = 0.999


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
        return 1 + log2(1 / float(record["memorized_fraction"])) / 6
    return min(max(float(record["stored_fraction"]), WORST), BEST_UNMEMORIZED)


def score_trial(records: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean score over the runs of a trial.

    The order of summation is the order of the records, so that the result is reproducible.

    Examples
    --------
    >>> memorized = {"status": "memorized", "memorized_fraction": 0.125}
    >>> score_trial([memorized, {"status": "diverged"}])
    0.25
    """
    return sum(score_run(record) for record in records) / len(records)
