"""How much sooner a deeper network memorizes, search by search, at a budget and at a quarter of it.

The depth is fixed in each sweep, and the searches of all depths share strings and points. At the
budget B, the winners of two depths are compared on their confirmation strings. A winner at B was
not tuned for B/4. So the winner at B/4 is chosen again among the finalists, from the checkpoints of
their runs, and valued on a selection string that did not choose it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.time_ratios import (
    HIGHEST_THRESHOLD,
    Curves,
    log2_first_passage,
    time_ratios,
)
from seqmem.analysis.estimators.tuning.search_points import (
    SearchRuns,
    are_paired,
    confirmed_rho,
    rho_curve,
    searches,
)
from seqmem.analysis.estimators.tuning.tuning_curves import mean_of_known
from seqmem.core.arrays import Array

QUARTER = 0.25
BUDGETS = ("B", "B/4")
DEPTH_COLUMNS = "cell level search depth rho rho_quarter rho_quarter_kept move".split()
# A step rarely ends exactly at a checkpoint. There are at most 16 checkpoints per octave.
_STEP = 2 ** (1 / 32)


class DepthRatio(NamedTuple):
    """Octaves by which the deeper of two networks is sooner, in one search of one cell.

    Attributes
    ----------
    whole : float
        At the budget: the winners, on their confirmation strings.
    quarter : float
        At a quarter of it: the winners chosen again among the finalists.
    quarter_kept : float
        At a quarter of it: the winners at the whole budget, on their confirmation strings.
    move : float
        Ratio at all points minus ratio at half of them, from the tuning curve.
    """

    whole: float
    quarter: float
    quarter_kept: float
    move: float


_UNKNOWN = DepthRatio(float("nan"), float("nan"), float("nan"), float("nan"))


def within_budget(curves: Curves, fraction: float) -> Curves:
    """Return learning curves as they are if the runs end at a fraction of their budget.

    Parameters
    ----------
    curves : Curves
        Learning curves of n runs, with the clock `budget`.
    fraction : float
        Fraction of the budget.

    Returns
    -------
    Curves
        The curves, which stay at the value that they had at the last checkpoint within the
        fraction.

    Examples
    --------
    >>> curves = Curves(np.array([[0.2, 0.4, 0.8]]), {"budget": np.array([[0.25, 0.5, 1.0]])})
    >>> within_budget(curves, 0.5).best.tolist()
    [[0.2, 0.4, 0.4]]
    """
    spent = curves.times["budget"] <= fraction * _STEP
    reached = np.where(spent, curves.best, -np.inf).max(axis=1, initial=-np.inf)
    return Curves(np.minimum(curves.best, reached[:, None]), curves.times)


def progress(curves: Curves) -> Array:
    """Return how far each run got: its stored fraction, or beyond .95 how early it reached .95.

    Parameters
    ----------
    curves : Curves
        Learning curves of n runs, with the clock `budget`.

    Returns
    -------
    array of float, shape (n,)
        The best stored fraction up to .95. For runs that reached .95, it is 1 and the octaves of
        the budget that were left then.

    Examples
    --------
    >>> curves = Curves(
    ...     np.array([[0.2, 0.4], [0.6, 0.98], [0.97, 0.97]]),
    ...     {"budget": np.array([[0.25, 1.0]] * 3)},
    ... )
    >>> progress(curves).round(2).tolist()
    [0.4, 1.16, 3.0]
    """
    final = curves.final
    passage = log2_first_passage(
        curves.times["budget"], curves.best, np.full(len(final), HIGHEST_THRESHOLD)
    )
    return np.where(np.isfinite(passage), 1 - passage, final)


def depth_ratio(deep: SearchRuns, shallow: SearchRuns, clock: str = "budget") -> DepthRatio:
    """Return the time ratios of two depths in one search.

    Parameters
    ----------
    deep, shallow : SearchRuns
        Searches of two depths with the same strings and points.
    clock : str, default "budget"
        A clock of the learning curves. It measures the times; the budget always limits the runs.

    Returns
    -------
    DepthRatio
        Ratios in octaves; NaN where nothing is known.
    """
    if not are_paired(deep, shallow):
        return _UNKNOWN
    early = [runs._replace(curves=within_budget(runs.curves, QUARTER)) for runs in (deep, shallow)]
    values = rho_curve(deep, shallow, clock).values
    return DepthRatio(
        confirmed_rho(deep, shallow, clock),
        rechosen_ratio(early[0], early[1], clock),
        confirmed_rho(early[0], early[1], clock),
        float(values[-1] - values[-2]) if len(values) > 1 else float("nan"),
    )


def rechosen_ratio(first: SearchRuns, second: SearchRuns, clock: str = "budget") -> float:
    """Return the time ratio of winners that are chosen among finalists by `progress`.

    Each selection string values once. The tuning strings and the other selection strings choose the
    winners then.

    Parameters
    ----------
    first, second : SearchRuns
        Searches with the same strings.
    clock : str, default "budget"
        A clock of the learning curves.

    Returns
    -------
    float
        Octaves by which the first is sooner, mean over selection strings; NaN if nothing is known.
    """
    sides = [
        [
            runs.curves.take(runs.select[string, :, finalist])
            for string, finalist in enumerate(rechosen_finalists(runs))
        ]
        for runs in (first, second)
    ]
    ratios = [time_ratios(one, other, clock).rho for one, other in zip(*sides, strict=True)]
    return float(mean_of_known(np.concatenate(ratios))) if ratios else float("nan")


def rechosen_finalists(runs: SearchRuns) -> list[int]:
    """Return the finalist that each selection string values, by its place among the finalists.

    The tuning strings and the other selection strings choose it by `progress`.

    Parameters
    ----------
    runs : SearchRuns
        A search, whose curves may end at a fraction of the budget.
    """
    ahead = _choosing(runs)
    first = len(runs.tune)
    return [
        int(np.delete(ahead, first + string, axis=0).mean(axis=0).argmax())
        for string in range(len(runs.select))
    ]


def valued_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the runs whose times enter the ratios at the budget and at a quarter of it.

    They are the confirmation runs of the winners, and the selection runs of the finalists that are
    chosen at a quarter. Searches with a failed run have none.

    Parameters
    ----------
    frame : DataFrame
        Records of sweeps with one depth each.

    Returns
    -------
    DataFrame
        Rows of the frame.
    """
    chosen = [frame[:0]]
    for _, own in frame.groupby("cell", sort=True):
        for (sweep, condition, search), runs in searches(own):
            if runs is None:
                continue
            early = runs._replace(curves=within_budget(runs.curves, QUARTER))
            trials = runs.points.finalists[rechosen_finalists(early)]
            rows = own[
                (own["sweep"] == sweep)
                & (own["string_condition"] == condition)
                & (own["search"] == search)
            ]
            is_chosen = (rows["role"] == "select") & rows["tune_trial"].isin(trials)
            chosen.append(rows[is_chosen | (rows["role"] == "confirm")])
    return pd.concat(chosen)


def depth_table(frame: pd.DataFrame, clock: str = "budget") -> pd.DataFrame:
    """Return the time ratios of every depth over depth 1, for each cell, level and search.

    Parameters
    ----------
    frame : DataFrame
        Records of sweeps with one depth each, which share their seed and their searches.
    clock : str, default "budget"
        A clock of the learning curves.

    Returns
    -------
    DataFrame
        Columns `cell`, `level`, `search`, `depth`, and the ratios of `DepthRatio`: `rho`,
        `rho_quarter`, `rho_quarter_kept` and `move`. A search with a failed run, or without its
        partner of depth 1, has NaN.
    """
    rows: list[list[object]] = []
    for (cell, level), some in frame.groupby(["cell", "level"], sort=True):
        by_depth = {
            int(depth): {key[1:]: runs for key, runs in searches(own)}
            for depth, own in some.groupby("depth", sort=True)
        }
        shallow = by_depth.pop(1, {})
        for depth, own in by_depth.items():
            for key in sorted(set(own) | set(shallow)):
                ratio = _of_search(own.get(key), shallow.get(key), clock)
                rows.append([cell, level, key[1], depth, *ratio])
    return pd.DataFrame(rows, columns=DEPTH_COLUMNS)


def _of_search(deep: SearchRuns | None, shallow: SearchRuns | None, clock: str) -> DepthRatio:
    return _UNKNOWN if deep is None or shallow is None else depth_ratio(deep, shallow, clock)


def _choosing(runs: SearchRuns) -> Array:
    """Return the mean progress over repeats of each finalist, shape (t + s strings, F)."""
    ahead = progress(runs.curves)
    tuned = ahead[runs.tune][:, :, runs.points.finalists].mean(axis=1)
    selected = ahead[runs.select].mean(axis=1)
    both: Array = np.concatenate([tuned, selected])
    return both
