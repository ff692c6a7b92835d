"""Courses of a run: with a pruner, a run that goes on starts again from its first step.

A run may have several courses, each cut at a later rung and the last one not. Only the last course
is recorded. The costs of the earlier ones are stored beside its outcome.
"""

import math
from collections.abc import Mapping
from typing import Any

from seqmem.study.options import WHOLE_BUDGET
from seqmem.study.record import is_time

# Key of the costs beside the record or the failure of a run.
EARLIER = "earlier"
COURSES = "courses"
# Columns of a record that are summed over earlier courses.
COSTS = {
    "steps": int,
    "train_cpu_seconds": float,
    "train_wall_seconds": float,
    "evaluation_seconds": float,
}
COST_COLUMNS = {f"{EARLIER}_{name}": kind for name, kind in {COURSES: int, **COSTS}.items()}
# Columns of ``runs.parquet`` of a sweep with a pruner, see `course_columns`.
COURSE_COLUMNS = {"pruned": bool} | COST_COLUMNS
# Those of them that may differ between two sweeps of one configuration, beside those of `TIMES`.
EARLIER_TIMES = tuple(name for name in COST_COLUMNS if name.endswith("_seconds"))


def holds_seconds(column: str) -> bool:
    """Return whether a column of ``runs.parquet`` holds measured seconds, of any course of a run.

    Only these columns may differ between two sweeps of one configuration in one environment.

    Examples
    --------
    >>> holds_seconds("earlier_train_cpu_seconds"), holds_seconds("train_cpu_seconds")
    (True, True)
    >>> holds_seconds("earlier_steps")
    False
    """
    return column in EARLIER_TIMES or is_time(column)


def cut_of(outcome: Mapping[str, Any]) -> float:
    """Return the fraction of the budget at which the stored course was cut; 1 if it was not.

    Examples
    --------
    >>> cut_of({"record": {"status": "pruned", "until": 0.25}}), cut_of({"failure": "no"})
    (0.25, 1.0)
    """
    return float(outcome.get("record", {}).get("until", WHOLE_BUDGET))


def with_earlier(outcome: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an outcome with the costs of the courses that it replaces.

    Parameters
    ----------
    outcome : dict
        Outcome of the last course of a run.
    before : mapping, optional
        The stored outcome of its course before.

    Examples
    --------
    >>> costs = {"train_cpu_seconds": 0.5, "train_wall_seconds": 0.5, "evaluation_seconds": 0.25}
    >>> first = {"record": {"until": 0.25, "steps": 100} | costs}
    >>> second = with_earlier({"record": {"until": 0.5, "steps": 200} | costs}, first)
    >>> with_earlier({"failure": "no"}, second)["earlier"]["steps"]
    300
    """
    if before is None:
        return outcome
    sums = before.get(EARLIER, {})
    record = before["record"]
    costs = {name: kind(sums.get(name, 0) + record[name]) for name, kind in COSTS.items()}
    return outcome | {EARLIER: {COURSES: sums.get(COURSES, 0) + 1, **costs}}


def course_columns(outcome: Mapping[str, Any], is_pruned: bool) -> dict[str, Any]:
    """Return the columns of a run beside its record: whether it was pruned, and earlier costs.

    Parameters
    ----------
    outcome : mapping
        Stored outcome of the run.
    is_pruned : bool
        Whether its trial was pruned.

    Returns
    -------
    dict
        ``pruned``; ``earlier_courses``, ``earlier_steps`` and seconds of training and evaluation of
        the courses before the recorded one.
    """
    sums = outcome.get(EARLIER, {})
    names = [COURSES, *COSTS]
    return {"pruned": is_pruned} | {f"{EARLIER}_{name}": sums.get(name, 0) for name in names}


def are_costs(value: Any) -> bool:
    """Return whether a stored value has the form of the costs of earlier courses."""
    return (
        isinstance(value, dict)
        and value.keys() == {COURSES, *COSTS}
        and all(
            isinstance(number, int | float)
            and not isinstance(number, bool)
            and math.isfinite(number)
            and number >= 0
            for number in value.values()
        )
    )
