"""Capacity as a function of the budget and of fixed settings: depth, units, parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.capacity import Capacity, estimate_capacity
from seqmem.analysis.records.checkpoint_curves import (
    FRACTIONS,
    answers_smaller_budgets,
    memorized_at,
    memorized_by_budget,
)
from seqmem.analysis.records.groups import Group, search_labels, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.loading import confirmed
from seqmem.core.python_arguments import argument_kinds

FIXED = ("depth", "units", "parameters")
ESTIMATE = "relation capacity low high runs memorized searches".split()
BUDGET_COLUMNS = ["cell", "fraction", "spent", "budget_unit", "retuned", *ESTIMATE]


@argument_kinds(frame=RECORDS)
def capacity_by_budget(frame: pd.DataFrame) -> pd.DataFrame:
    """Estimate the capacity of each cell at its budget and at the checkpoints before it.

    The search tuned the configurations for the full budget only. Smaller budgets are read from the
    checkpoints of the same runs. Runs that restore their best weights count at their full budget
    only.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, cell, budget fraction). After the group's columns: `cell`; `fraction` of
        the budget; `spent`, in `budget_unit`; `retuned`, true at the full budget only; `relation`
        and `capacity` with its 95 % interval `low`, `high` as in `capacity_table`; counts `runs`,
        `memorized`, `searches`. Rows that are not `retuned` support no claim about smaller budgets.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.capacity_by_budget(frame)  # doctest: +SKIP
    """
    rows = []
    for group, cell, runs in _cells(frame):
        amount = runs["budget_amount"].iloc[0]
        unit = runs["budget_unit"].iloc[0]
        early = runs[answers_smaller_budgets(runs)]
        hits = memorized_at(
            FRACTIONS,
            early["checkpoint_fractions"].tolist(),
            early["checkpoint_exact_prefixes"].tolist(),
            early["period"],
        )
        for fraction, memorized in zip(FRACTIONS[:-1], hits.T[:-1], strict=True):
            if len(early):
                spent = fraction * amount
                estimate = _estimate(early, memorized > 0)
                rows.append([*group, cell, fraction, spent, unit, False, *estimate])
        estimate = _estimate(runs, memorized_by_budget(runs))
        rows.append([*group, cell, 1.0, amount, unit, True, *estimate])
    return pd.DataFrame(rows, columns=[*Group._fields, *BUDGET_COLUMNS])


@argument_kinds(frame=RECORDS)
def capacity_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Estimate the capacity of each cell by a setting that whole sweeps held fixed.

    Only sweeps with a single value of the setting for a cell count. In a search over the setting,
    the outcome would choose the value.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    column : {"depth", "units", "parameters"}
        The setting.

    Returns
    -------
    DataFrame
        One row per (group, cell, value). Columns as in `capacity_by_budget`, with `column` and
        `value` in place of the budget's.

    Raises
    ------
    ValueError
        If the column is not one of these three.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.capacity_by(frame, "depth")  # doctest: +SKIP
    """
    if column not in FIXED:
        raise ValueError(f"unknown column '{column}'; valid: {', '.join(FIXED)}")
    known = frame[frame["status"] != "failed"]
    fixed = known.groupby(["sweep", "cell"])[column].transform("nunique").eq(1)
    rows = []
    for group, cell, runs in _cells(known[fixed]):
        for value, some in runs.groupby(column, sort=True):
            rows.append([*group, cell, column, value, *_estimate(some, memorized_by_budget(some))])
    return pd.DataFrame(rows, columns=[*Group._fields, "cell", "column", "value", *ESTIMATE])


def _cells(frame: pd.DataFrame) -> Iterator[tuple[Group, str, pd.DataFrame]]:
    for group, rows in split_groups(confirmed(frame)):
        for cell, runs in rows.groupby("cell", sort=True):
            yield group, str(cell), runs


def _estimate(runs: pd.DataFrame, memorized: np.ndarray) -> list[object]:
    searches = search_labels(runs)
    capacity: Capacity = estimate_capacity(runs["level"], searches.tolist(), memorized)
    counts = [capacity.runs, capacity.memorized, searches.nunique()]
    return [capacity.relation, capacity.stated, capacity.low, capacity.high, *counts]
