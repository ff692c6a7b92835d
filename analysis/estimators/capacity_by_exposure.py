"""Bits that networks of growing size store, at growing numbers of exposures.

Each exposure is a run of its own, whose learning rate falls linearly to zero over its whole budget.
So a longer run is not a shorter one read later. Sizes are counted in identifiable parameters,
because redundant ones store nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.estimators.stored_bits import log_slope
from seqmem.analysis.records.checkpoint_curves import stored_at
from seqmem.analysis.records.groups import GIVEN_SHARE, source_labels
from seqmem.core.arrays import Array
from seqmem.study.memorizers.identifiable import COUNTED_CELLS, identifiable_parameters

SIZE_KEY = ["cell", "alphabet_size", "protocol"]
EXPOSURE_COLUMNS = (
    "cell alphabet_size protocol steps units identifiable learning_rate strings stored_bits"
    " offered_bits bits_per_parameter low high offered_per_parameter exposures"
).split()


class Slope(NamedTuple):
    """Slope of log2 stored bits on log2 identifiable parameters.

    Attributes
    ----------
    steps : int
        Optimizer steps of the runs.
    slope, low, high : float
        Least-squares slope over sizes with its t interval.
    move, move_low, move_high : float
        Slope minus the slope at the number of steps before, with its interval. It is the slope of
        the log2 gain on log2 parameters. NaN at the first number of steps.
    sizes : int
        Number of sizes.
    """

    steps: int
    slope: float
    low: float
    high: float
    move: float
    move_low: float
    move_high: float
    sizes: int


def annealed_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return runs on i.i.d. strings whose learning rate falls linearly over their whole budget.

    They go on after memorizing and have one layer of a cell whose identifiable parameters are
    known. Where a search tried a single point, nothing was chosen, so runs of all roles count.
    Otherwise confirmation runs count.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        The runs that did not fail, with `stored_bits`: the most bits at any checkpoint, at least 0
        if the run diverged.
    """
    if "learning_rate_schedule" not in frame or frame.empty:
        return frame.iloc[:0].assign(stored_bits=pd.Series(dtype=float))
    source = source_labels(frame) if "string_condition" in frame else frame["source"]
    use = (source == "iid") & (frame["budget_unit"] == "steps") & (frame["depth"] == 1)
    use &= frame["cell"].isin(COUNTED_CELLS) & ~frame["stop_on_memorized"].eq(True)
    use &= frame["given_bits"] <= GIVEN_SHARE * frame["reference_bits"]
    use &= frame["status"] != "failed"
    runs = frame[use]
    steps = runs["budget_amount"].astype("int64").astype(str)
    runs = runs[runs["learning_rate_schedule"].astype(str) == "linear " + steps + " steps"]
    search = [runs[name] for name in ("sweep", "condition", "search")]
    points = runs["trial"].where(runs["role"] == "tune").groupby(search).transform("nunique")
    runs = runs[(runs["role"] == "confirm") | (points == 1)].reset_index(drop=True)
    reference = runs["reference_bits"].to_numpy(dtype=float)
    stored = stored_at(
        [1.0],
        runs["checkpoint_fractions"],
        runs["checkpoint_nll_bits"],
        runs["reference_bits"],
        runs["status"] == "diverged",
    )[:, 0]
    return runs.assign(stored_bits=stored * reference)


def exposure_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the stored bits of each size at each number of steps.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (cell, alphabet, protocol, steps, units). `stored_bits` is the mean over
        strings, `bits_per_parameter` its ratio to the identifiable parameters with its 95 % t
        interval over strings (`low`, `high`), and `exposures` is the number of times that each
        symbol of a string was trained on. `learning_rate` is NaN if
        the runs of a size had several.
    """
    runs = annealed_runs(frame)
    rows = []
    keys = [*SIZE_KEY, "budget_amount", "units"]
    for (cell, alphabet, protocol, steps, units), some in runs.groupby(keys, sort=True):
        parameters = identifiable_parameters(str(cell), int(alphabet), 1, int(units))
        by_string = some.groupby("string_id", sort=True)[["stored_bits", "reference_bits"]].mean()
        stored, offered = by_string.mean()
        over_strings = clustered_mean(
            by_string[["stored_bits"]], [0] * len(by_string), by_string.index
        )
        limits = (float(over_strings.low[0] / parameters), float(over_strings.high[0] / parameters))
        rates = some["learning_rate"].unique()
        rate = float(rates[0]) if len(rates) == 1 else float("nan")
        exposures = float((some["symbols"] / some["period"]).mean())
        per_parameter = [stored / parameters, *limits, offered / parameters, exposures]
        counts = [int(steps), int(units), parameters, rate, len(by_string)]
        rows.append([cell, int(alphabet), protocol, *counts, stored, offered, *per_parameter])
    return pd.DataFrame(rows, columns=EXPOSURE_COLUMNS)


def exposure_slopes(sizes: pd.DataFrame, confidence: float = 0.95) -> list[Slope]:
    """Return the slope at each number of steps, and how far it moved from the one before.

    The unit is the size: its strings share the learning rate and what is special about the size.

    Parameters
    ----------
    sizes : DataFrame
        Rows of `exposure_table` of one cell, alphabet and protocol.
    confidence : float, default 0.95
        Of the intervals.

    Returns
    -------
    list of Slope
        In the order of the steps.

    Examples
    --------
    >>> sizes = pd.DataFrame(
    ...     {
    ...         "steps": [100] * 3 + [200] * 3,
    ...         "units": [8, 16, 32] * 2,
    ...         "identifiable": [100, 200, 400] * 2,
    ...         "stored_bits": [50.0, 100.0, 200.0, 80.0, 160.0, 320.0],
    ...     }
    ... )
    >>> [(one.slope.__round__(6), one.move.__round__(6)) for one in exposure_slopes(sizes)]
    [(1.0, nan), (1.0, 0.0)]
    """
    bits = sizes.pivot(index="steps", columns="units", values="stored_bits").sort_index()
    parameters = sizes.groupby("units")["identifiable"].first().reindex(bits.columns)
    known = parameters.to_numpy(dtype=float)
    slopes = []
    before: Array | None = None
    for steps, values in zip(bits.index, bits.to_numpy(dtype=float), strict=True):
        move = (float("nan"),) * 3
        if before is not None:
            gain = np.divide(values, before, out=np.full(len(values), np.nan), where=before > 0)
            move = log_slope(known, gain, confidence)
        count = int((np.isfinite(values) & (values > 0)).sum())
        slopes.append(Slope(int(steps), *log_slope(known, values, confidence), *move, count))
        before = values
    return slopes
