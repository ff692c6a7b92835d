"""The budgets of study 2 beside the times that its pilot needed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.workflows.study_2.boxes import CELLS, PILOTED, Place, best_points

# The better cell's best tenth memorizes in the middle of the budget: between these shares of it.
MIDDLE = (1 / 8, 1 / 2)
# A new budget is so many times the time of the better cell.
TIMES_OF_BETTER = 3
_DIGITS = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)


class BudgetReading(NamedTuple):
    """How a planned budget compares with the times of the pilot at one level.

    Attributes
    ----------
    place : tuple of (int, int)
        Alphabet size and level.
    planned : float
        Planned budget, in calibrated seconds.
    medians : dict of str to float
        Median seconds after which the best tenth of each cell memorized; inf if less than half of
        its runs did.
    proposed : float
        The planned budget if the better cell memorizes in its middle, otherwise another one; inf if
        neither cell memorized within the budget of the pilot.
    """

    place: Place
    planned: float
    medians: dict[str, float]
    proposed: float


def budget_readings(records: pd.DataFrame, planned: Mapping[Place, float]) -> list[BudgetReading]:
    """Return the planned budget of every level of the pilot beside the pilot's times.

    Parameters
    ----------
    records : DataFrame
        Records of all parts of the pilot.
    planned : mapping of tuple to float
        Planned budgets, in calibrated seconds, by alphabet size and level.

    Raises
    ------
    InputError
        As `best_points` does.
    """
    readings = []
    for place in PILOTED:
        best = best_points(records, place)
        medians = {
            cell: float(np.median(np.concatenate(best[best["cell"] == cell]["seconds"].tolist())))
            for cell in CELLS
        }
        budget = planned[place]
        readings.append(
            BudgetReading(place, budget, medians, proposed_budget(budget, min(medians.values())))
        )
    return readings


def proposed_budget(planned: float, seconds: float) -> float:
    """Return the planned budget, or another one if the time is not in its middle.

    Parameters
    ----------
    planned : float
        Planned budget, in calibrated seconds.
    seconds : float
        Time of the better cell; inf if unknown.

    Examples
    --------
    >>> proposed_budget(1.0, 0.3), proposed_budget(0.05, 0.003), proposed_budget(2.0, 1.4)
    (1.0, 0.01, 4.0)
    """
    if not isfinite(seconds):
        return inf
    if MIDDLE[0] <= seconds / planned <= MIDDLE[1]:
        return planned
    wanted = TIMES_OF_BETTER * seconds
    scale = 10.0 ** np.floor(np.log10(wanted))
    nearest = min(_DIGITS, key=lambda digit: abs(np.log2(digit * scale / wanted)))
    return round(float(nearest * scale), 9)
