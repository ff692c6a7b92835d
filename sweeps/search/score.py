"""The score of a run and of a trial: what a search maximizes (METHODS section 2)."""

from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

DIVERGED = -1.0
WORST, BEST_UNMEMORIZED = -0.25, 0.999


def score_run(record: Mapping[str, Any]) -> float:
    """Return the score of one record.

    Memorized: ``1 + log2(1/b) / 6`` with b the budget fraction of first memorization, so that speed
    breaks ties at the ceiling. Otherwise the stored fraction, clipped to [-0.25, 0.999].
    Diverged: -1.

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
    """Return the mean score over the runs of a trial, in a fixed order of summation."""
    return sum(score_run(record) for record in records) / len(records)
