"""Tables of the report about capacity: capacities, their ratios, levels and winners."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.capacity import (
    AT_MOST,
    UNRESOLVED,
    Capacity,
    Reading,
    capacity_ratio,
    continuous_reading,
    estimate_capacity,
)
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget, stored_at
from seqmem.analysis.records.groups import Group, label, search_labels, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.loading import confirmed
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS

CAPACITY_COLUMNS = (
    "cell relation capacity low high continuous continuous_relation"
    " runs memorized diverged failed searches levels"
).split()
CONFIGURATION = ["depth", "units", "learning_rate", "batch", "length"]


def capacities(frame: pd.DataFrame) -> Iterator[tuple[Group, dict[str, Capacity]]]:
    """Yield each group of the confirmation runs with the capacity of each of its cells.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Yields
    ------
    tuple of Group and dict of str to Capacity
        The cells are in alphabetical order.
    """
    for group, rows in split_groups(confirmed(frame)):
        yield group, {str(cell): _capacity(runs) for cell, runs in rows.groupby("cell", sort=True)}


@argument_kinds(frame=RECORDS)
def capacity_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the capacity of each cell in each group.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, cell). After the group's columns: `cell`; `relation` and `capacity`,
        which belong together; `low` and `high` (equal-tailed 95 % interval), in natural units of
        the level; `continuous` and `continuous_relation`, the level at which the mean stored
        fraction is 0.9; counts `runs`, `memorized` (at any checkpoint), `diverged`, `failed`,
        `searches`, `levels`. If the relation is "=", the capacity is the posterior median. If it is
        ">=" or "<=", it is the limit that the levels set. If it is "unresolved", it is NaN.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.capacity_table(frame)  # doctest: +SKIP
    """
    rows = [
        {**group._asdict(), "cell": cell, **_capacity_values(runs, failed)}
        for group, cell, runs, failed in _cells(frame)
        if len(runs)
    ]
    return pd.DataFrame(rows, columns=[*Group._fields, *CAPACITY_COLUMNS])


@argument_kinds(frame=RECORDS)
def ratio_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the ratio of the capacities of every two cells of a group.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, pair of cells). The numerator is the first cell in alphabetical order.
        `relation` and `ratio` belong together, as `relation` and `capacity` in `capacity_table`.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.ratio_table(frame)  # doctest: +SKIP
    """
    rows = [
        [*group, first, second, ratio.relation, ratio.stated, ratio.low, ratio.high]
        for group, by_cell in capacities(frame)
        for first, second in combinations(by_cell, 2)
        for ratio in [capacity_ratio(by_cell[first], by_cell[second])]
    ]
    columns = [*Group._fields, "numerator", "denominator", "relation", "ratio", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def level_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Summarize the runs at each level.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, level, cell). For confirmation runs: counts `runs`, `memorized` (at any
        checkpoint) and `diverged`; means `stored_fraction` at the end of the run and
        `best_stored_fraction` at its best checkpoint, where a diverged run counts at least 0;
        medians `overrun` (in the unit of the budget) and `train_cpu_seconds`.
        `search_train_cpu_seconds` is the training charged to all roles together, so that the effort
        of the cells can be compared.
    """
    tables = []
    for group, rows in split_groups(frame[frame["status"] != "failed"]):
        keys = [rows["level"], rows["cell"]]
        effort = rows["train_cpu_seconds"].groupby(keys).sum().rename("search_train_cpu_seconds")
        confirm = rows[rows["role"] == "confirm"].assign(
            memorized=memorized_by_budget,
            stored=stored_fraction,
            best=_best_stored,
            diverged=_diverged,
        )
        table = confirm.groupby(["level", "cell"]).agg(
            runs=("run_id", "size"),
            memorized=("memorized", "sum"),
            diverged=("diverged", "sum"),
            stored_fraction=("stored", "mean"),
            best_stored_fraction=("best", "mean"),
            overrun=("overrun", "median"),
            train_cpu_seconds=("train_cpu_seconds", "median"),
        )
        tables.append(label(table.join(effort).reset_index(), group))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def winner_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the configuration that won each search, with its results on the confirmation strings.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per search. In the mean `stored_fraction`, a diverged run counts 0. Searched options
        beside depth, units, learning rate, batch and length have columns too.
    """
    tables = []
    configuration = [*CONFIGURATION, *_further_options(frame)]
    for group, rows in split_groups(confirmed(frame)):
        keys = ["sweep", "level", "cell", "search"]
        known = rows.assign(
            memorized=memorized_by_budget, stored=stored_fraction, diverged=_diverged
        )
        table = known.groupby(keys).agg(
            **{name: (name, "first") for name in [*configuration, "parameters"]},
            runs=("run_id", "size"),
            memorized=("memorized", "sum"),
            diverged=("diverged", "sum"),
            stored_fraction=("stored", "mean"),
        )
        tables.append(label(table.reset_index(), group))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _further_options(frame: pd.DataFrame) -> list[str]:
    """Return the other options of the search space that differ within some search."""
    runs = frame[frame["status"] != "failed"].groupby(["sweep", "condition", "search"])
    names = [name for name in SEARCHED_FIELDS if name in frame and name not in CONFIGURATION]
    return [name for name in names if runs[name].nunique(dropna=False).max() > 1]


def stored_fraction(rows: pd.DataFrame) -> pd.Series:
    """Return the final stored fraction of each run; a diverged run counts 0.

    Parameters
    ----------
    rows : DataFrame, n rows
        Records.

    Returns
    -------
    Series of float, length n
        Stored fractions; NaN where they are not finite.
    """
    values = rows["stored_fraction"].astype(float).replace([np.inf, -np.inf], np.nan)
    return values.where(~_diverged(rows), 0.0)


def _diverged(rows: pd.DataFrame) -> pd.Series:
    return rows["status"] == "diverged"


def _capacity(runs: pd.DataFrame) -> Capacity:
    return estimate_capacity(runs["level"], search_labels(runs).tolist(), memorized_by_budget(runs))


def _continuous(runs: pd.DataFrame) -> Reading:
    """Return the continuous reading of a cell's runs.

    A run that stops because it memorized has not stored all that its budget allows. If only such
    stops keep the lowest level below 0.9, the reading is NaN and "unresolved".
    """
    stored = stored_fraction(runs)
    known = runs[stored.notna()]
    reading = continuous_reading(known["level"], stored.dropna())
    lowest = known[known["level"] == known["level"].min()]
    if reading.relation == AT_MOST and (lowest["status"] == "memorized").any():
        return Reading(float("nan"), UNRESOLVED)
    return reading


def _best_stored(rows: pd.DataFrame) -> Array:
    """Return the stored fraction at the best checkpoint of each run, shape (n,)."""
    return stored_at(
        [1.0],
        rows["checkpoint_fractions"],
        rows["checkpoint_nll_bits"],
        rows["reference_bits"],
        _diverged(rows),
    )[:, 0]


def _cells(frame: pd.DataFrame) -> Iterator[tuple[Group, str, pd.DataFrame, int]]:
    """Yield each (group, cell) with its usable confirmation runs and the number of failed ones."""
    for group, rows in split_groups(frame[frame["role"] == "confirm"]):
        for cell, runs in rows.groupby("cell", sort=True):
            usable = runs[runs["status"] != "failed"]
            yield group, str(cell), usable, len(runs) - len(usable)


def _capacity_values(runs: pd.DataFrame, failed: int) -> dict[str, object]:
    capacity = _capacity(runs)
    reading = _continuous(runs)
    return {
        "relation": capacity.relation,
        "capacity": capacity.stated,
        "low": capacity.low,
        "high": capacity.high,
        "continuous": reading.level,
        "continuous_relation": reading.relation,
        "runs": capacity.runs,
        "memorized": capacity.memorized,
        "diverged": int(_diverged(runs).sum()),
        "failed": failed,
        "searches": search_labels(runs).nunique(),
        "levels": runs["level"].nunique(),
    }
