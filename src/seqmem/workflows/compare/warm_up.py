"""Whether a budget ended while the learning rate of a cell still rose."""

from __future__ import annotations

import pandas as pd

from seqmem.core.number_formats import counted
from seqmem.study.memorizers.cells import cell_title
from seqmem.study.training.schedule import parse_schedule

WARM_UP = "warmup"


def warm_up_reasons(runs: pd.DataFrame) -> list[str]:
    """Return a reason for doubt for each cell whose median run ended within its warm-up.

    Such a cell had no chance: a Transformer takes few steps within a budget that suits other cells.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs, with the columns `cell`, `learning_rate_schedule` and `steps`.

    Examples
    --------
    >>> runs = {"cell": ["transformer", "lstm"], "steps": [9, 9]}
    >>> runs["learning_rate_schedule"] = ["warmup 100 steps", "constant"]
    >>> warm_up_reasons(pd.DataFrame(runs))
    ['the budget gives Transformer 9 steps, fewer than its warm-up of 100']
    """
    reasons = []
    for cell, own in runs.groupby("cell", sort=True):
        schedule = parse_schedule(str(own["learning_rate_schedule"].iloc[0]))
        steps = int(own["steps"].median())
        if schedule.kind == WARM_UP and steps < schedule.steps:
            reasons.append(
                f"the budget gives {cell_title(str(cell))} {counted(steps, 'step')}, "
                f"fewer than its warm-up of {schedule.steps}"
            )
    return reasons
