"""Capacity as a function of the budget, and of what was held fixed: depth, units, parameters."""

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
from seqmem.analysis.records.loading import confirmed

FIXED = ("depth", "units", "parameters")
ESTIMATE = "capacity low high relation runs memorized searches".split()
BUDGET_COLUMNS = ["cell", "fraction", "spent", "budget_unit", "retuned", *ESTIMATE]


def capacity_by_budget(frame: pd.DataFrame) -> pd.DataFrame:
    """Capacity of each cell at its budget, which was tuned for, and at the checkpoints before it, which were not.

    Columns after the group's: `cell`; `fraction` and `spent` (of the budget, in `budget_unit`); `retuned` (true at the
    full budget alone: curves of full-budget winners support no claim about smaller budgets); `capacity` with its 95 %
    interval `low`, `high` and `relation` as in `capacity_table`; counts `runs`, `memorized`, `searches`. Runs that
    ended on restored best weights answer their own budget only.
    """
    rows = []
    for group, cell, runs in _cells(frame):
        amount, unit = runs["budget_amount"].iloc[0], runs["budget_unit"].iloc[0]
        early = runs[answers_smaller_budgets(runs)]
        hits = memorized_at(
            FRACTIONS,
            early["checkpoint_fractions"].tolist(),
            early["checkpoint_exact_prefixes"].tolist(),
            early["period"],
        )
        for fraction, memorized in zip(FRACTIONS[:-1], hits.T[:-1], strict=True):
            if len(early):
                rows.append(
                    [
                        *group,
                        cell,
                        fraction,
                        fraction * amount,
                        unit,
                        False,
                        *_estimate(early, memorized > 0),
                    ]
                )
        rows.append(
            [*group, cell, 1.0, amount, unit, True, *_estimate(runs, memorized_by_budget(runs))]
        )
    return pd.DataFrame(rows, columns=[*Group._fields, *BUDGET_COLUMNS])


def capacity_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Capacity of each cell by a column that whole sweeps held fixed: one row per (group, cell, value).

    Only sweeps with a single value of the column for a cell count: among winners of a search over it, the value is
    chosen by the outcome. Columns as `capacity_by_budget`, with `column` and `value` in place of the budget's.

    Raises
    ------
    ValueError
        The column is not depth, units or parameters.
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
    found: Capacity = estimate_capacity(runs["level"], searches.tolist(), memorized)
    counts = [found.runs, found.memorized, searches.nunique()]
    return [found.median, found.low, found.high, found.relation, *counts]
