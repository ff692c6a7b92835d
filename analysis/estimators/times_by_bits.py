"""Time to store 90 % of a string against its bits, with a power law for each cell.

The definition is that of claim C12 of study 2 (docs/preregistration/study-2.md, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.censored_likelihood import AT_LEAST, KNOWN
from seqmem.analysis.estimators.censored_lines import fit_line
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.stored_times import log2_stored_times
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.core.arrays import Array
from seqmem.core.number_formats import plain_number

# Shorter strings have about as many symbols as a step has.
LEAST_BITS = 100
FEWEST_LEVELS = 3
_LAW = ("exponent", "exponent_low", "exponent_high", "log2_factor")


class _Cell(NamedTuple):
    """The confirmation runs of one cell, and log2 of their times in the unit of the budget."""

    cell: str
    runs: pd.DataFrame
    times: Array
    censored: NDArray[np.bool_]


def times_by_bits(frame: pd.DataFrame, stored: float, most_censored: float) -> pd.DataFrame:
    """Return the time to store a share of the strings of each level, and its power law in bits.

    The law is the line of log2 time on log2 bits. A run that did not get there counts as censored
    at its budget. A level is left out of the line if that is so for more than some share of its
    strings, of any cell, or if its strings have fewer than 100 bits. The searches are the
    independent units.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    stored : float
        Share of the bits of a string.
    most_censored : float
        Largest share of censored strings of a level that is fitted.

    Returns
    -------
    DataFrame
        One row per (group, cell, level). Levels with budgets of their own form one group; a single
        level forms none. After the columns of the group: `budget_unit`, `cell`, `level`; `bits`,
        the geometric mean of the strings; `time`, the geometric mean in the unit of the budget,
        with its 95 % t interval (`low`, `high`) over `searches`; `reached`, the number of the
        `strings` that got there; `fitted`; `exponent` with its 95 % interval (`exponent_low`,
        `exponent_high`), and `log2_factor`: log2 time = log2_factor + exponent · log2 bits. They
        are NaN if fewer than 3 levels are fitted.
    """
    runs = confirmed(frame)
    if runs.empty or "checkpoint_nll_bits" not in runs:
        return pd.DataFrame()
    # Groups are those of the same strings and unit, whatever the amount.
    runs = runs.assign(amount=runs["budget_amount"], budget_amount=1.0, budget=runs["budget_unit"])
    tables = [
        label(table, group._replace(budget=_budgets(rows)))
        for group, rows in split_groups(runs)
        if rows["level"].nunique() > 1
        for table in _tables(rows, stored, most_censored)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _budgets(runs: pd.DataFrame) -> str:
    """Return the budgets of a group in words, such as `0.05 to 4 cal-s`."""
    ends = sorted({float(runs["amount"].min()), float(runs["amount"].max())})
    return f"{' to '.join(map(plain_number, ends))} {runs['budget_unit'].iloc[0]}"


def _tables(runs: pd.DataFrame, stored: float, most_censored: float) -> Iterator[pd.DataFrame]:
    """Yield the table of each cell of a group."""
    cells = []
    for cell, rows in runs.groupby("cell", sort=True):
        whole = rows.assign(budget_amount=rows["amount"])
        times = log2_stored_times(whole, learning_curves(whole), stored)
        cells.append(_Cell(str(cell), rows, *times))
    missed = pd.concat([one.runs.assign(missed=one.censored) for one in cells])
    by_string = missed.groupby(["level", "string_id"]).agg(
        {"missed": "any", "reference_bits": "first"}
    )
    means = by_string.groupby("level").mean()
    use = (means["missed"] <= most_censored) & (means["reference_bits"] >= LEAST_BITS)
    fitted = means.index[use].tolist()
    for one in cells:
        yield _table(one, fitted)


def _table(one: _Cell, fitted: list[int]) -> pd.DataFrame:
    levels = one.runs["level"].to_numpy()
    searches = search_labels(one.runs).to_numpy()
    bits = np.log2(one.runs["reference_bits"].to_numpy(dtype=float))
    use = np.isin(levels, fitted)
    kinds = np.where(one.censored, AT_LEAST, KNOWN)
    line = fit_line(bits[use], one.times[use], kinds[use], levels[use], searches[use])
    enough = len(set(fitted)) >= FEWEST_LEVELS
    ends = line.interval() if enough else (np.nan, np.nan)
    law = (line.slope, *ends, line.intercept) if enough else (np.nan,) * 4
    rows = []
    for level in sorted(set(levels)):
        own = levels == level
        mean = clustered_contrast(one.times[own], levels[own], searches[own])
        rows.append(
            {
                "budget_unit": one.runs["budget_unit"].iloc[0],
                "cell": one.cell,
                "level": int(level),
                "bits": 2 ** float(bits[own].mean()),
                "time": 2**mean.estimate,
                "low": 2 ** mean.interval()[0],
                "high": 2 ** mean.interval()[1],
                "reached": int((~one.censored[own]).sum()),
                "strings": int(own.sum()),
                "searches": mean.clusters,
                "fitted": level in fitted,
                **dict(zip(_LAW, law, strict=True)),
            }
        )
    return pd.DataFrame(rows)
