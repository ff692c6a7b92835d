"""The points of a search and what each reached, read from records.

A pair of points is a slot: search, string condition and slot are equal in two searches, whose
sampler and seed are equal too. This is said as "paired by slot".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.time_ratios import Curves, learning_curves, time_ratios
from seqmem.analysis.estimators.tuning.tuning_curves import (
    Points,
    SearchCurve,
    additive_curve,
    mean_of_known,
    paired_curve,
)
from seqmem.analysis.records.pruning import is_pruned
from seqmem.core.arrays import Array

# Samplers whose points depend on no result, with how a text names N of their points.
PAIRED_SAMPLERS = {"sobol": "a scrambled Sobol set of {} points", "random": "{} random points"}
_NEEDED = {"score", "tune_trial", "trial", "replicate", "repeat"}
_SEARCH = ["sweep", "string_condition", "search"]
_SLOT = ["replicate", "repeat", "trial", "tune_trial"]
# Arrays of one length by the name of their column.
Columns = dict[str, NDArray[Any]]


class SearchRuns(NamedTuple):
    """Tuning and selection runs of one search of one cell, which has no failed run.

    Attributes
    ----------
    points : Points
        Scores of the N points on t tuning strings, and the F finalists.
    scores : array of float, shape (runs,)
        Score of each run.
    bits : array of float, shape (runs,)
        Most bits that each run stored at a checkpoint.
    curves : Curves
        Learning curves of the runs.
    tune : array of int, shape (t, r, N)
        Index of the run of each tuning string, repeat and point.
    select : array of int, shape (s, r, F)
        Index of the run of each selection string, repeat and finalist.
    confirm : array of int, shape (c, r)
        Index of the run of the winner on each confirmation string and repeat; c is 0 without all of
        them.
    strings : tuple of str
        Tuning, selection and confirmation strings. They are empty if each point has its own.
    """

    points: Points
    scores: Array
    bits: Array
    curves: Curves
    tune: NDArray[np.int64]
    select: NDArray[np.int64]
    confirm: NDArray[np.int64]
    strings: tuple[str, ...]


def paired_sweeps(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the sampler of each sweep whose searches can be paired by slot.

    Their points depend on no result, all points of a search have the same tuning strings, and no
    configuration is enqueued. The number of points of a Sobol set is a power of two.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    dict of str to str
        Samplers by the name of the sweep.

    Examples
    --------
    >>> frame = pd.DataFrame({"sweep": ["a", "b", "c"]})
    >>> sobol = {"sampler": "sobol", "trials": 16}
    >>> configs = {"a": {"search": sobol}, "b": {"search": sobol | {"trials": 24}}, "c": {}}
    >>> paired_sweeps(frame, configs)
    {'a': 'sobol'}
    """
    samplers = {}
    for sweep in sorted(frame["sweep"].astype(str).unique()):
        config = configs.get(sweep, {})
        search = config.get("search", {})
        sampler = search.get("sampler", "tpe")
        trials = int(search.get("trials", 0))
        balanced = sampler != "sobol" or (trials > 0 and trials.bit_count() == 1)
        given = search.get("enqueue") or config.get("strings", {}).get("fresh")
        if sampler in PAIRED_SAMPLERS and balanced and not given:
            samplers[sweep] = str(sampler)
    return samplers


def searches(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, int], SearchRuns | None]]:
    """Yield each search of one cell with its runs, or None if a run failed or is missing.

    A search without all of its confirmation runs is yielded without any of them.

    Parameters
    ----------
    frame : DataFrame
        Records of one cell.

    Yields
    ------
    tuple of tuple and SearchRuns or None
        (sweep, string condition, number of the search), and its runs.
    """
    if not set(frame) >= _NEEDED:
        return
    searched = frame[frame["role"].isin(["tune", "select", "confirm"])]
    if searched.empty:
        return
    columns = _columns(searched)
    is_known = columns["is_known"]
    # The curves of all searches together take less time than those of each.
    curves = learning_curves(searched[is_known]) if is_known.any() else Curves(np.empty((0, 0)), {})
    keys = searched[_SEARCH].drop_duplicates().dropna().sort_values(_SEARCH)
    groups = searched.groupby(_SEARCH, sort=True).ngroup().to_numpy()
    for group, (sweep, condition, search) in enumerate(keys.itertuples(index=False)):
        rows = {name: column[groups == group] for name, column in columns.items()}
        yield (str(sweep), str(condition), int(search)), _search_runs(rows, curves)


def score_curve(runs: SearchRuns) -> SearchCurve:
    """Return the tuning curve of the score of a search."""
    return _own_curve(runs, runs.scores)


def bits_curve(runs: SearchRuns) -> SearchCurve:
    """Return the tuning curve of the stored bits of a search."""
    return _own_curve(runs, runs.bits)


def rho_curve(first: SearchRuns, second: SearchRuns, clock: str = "budget") -> SearchCurve:
    """Return the tuning curve of rho of two searches with the same slots and strings.

    Parameters
    ----------
    first, second : SearchRuns
        The searches.
    clock : str, default "budget"
        A clock of the learning curves.

    Returns
    -------
    SearchCurve
        Octaves by which the first search is sooner. Pairs that stored less than 2 % are left out.
    """
    return paired_curve(
        first.points,
        second.points,
        _ratios(first, second, first.tune, second.tune, clock),
        mean_of_known(_ratios(first, second, first.select, second.select, clock)),
    )


def confirmed_score(runs: SearchRuns) -> float:
    """Return the mean score of the winner on the confirmation strings; NaN without them."""
    return _confirmed(runs, runs.scores)


def confirmed_bits(runs: SearchRuns) -> float:
    """Return the mean stored bits of the winner on the confirmation strings; NaN without them."""
    return _confirmed(runs, runs.bits)


def confirmed_rho(first: SearchRuns, second: SearchRuns, clock: str = "budget") -> float:
    """Return the mean of rho of the winners of two searches on their confirmation strings.

    Parameters
    ----------
    first, second : SearchRuns
        The searches, with the same confirmation strings.
    clock : str, default "budget"
        A clock of the learning curves.

    Returns
    -------
    float
        Octaves by which the first winner is sooner; NaN without a known ratio.
    """
    if not len(first.confirm):
        return float("nan")
    axis = np.newaxis
    pairs = _ratios(first, second, first.confirm[..., axis], second.confirm[..., axis], clock)
    return float(mean_of_known(pairs.ravel()))


def are_paired(first: SearchRuns, second: SearchRuns) -> bool:
    """Return whether two searches have the same numbers of points and the same strings."""
    return first.tune.shape == second.tune.shape and first.strings == second.strings


def _confirmed(runs: SearchRuns, values: Array) -> float:
    return float(values[runs.confirm].mean()) if len(runs.confirm) else float("nan")


def _own_curve(runs: SearchRuns, values: Array) -> SearchCurve:
    return additive_curve(
        runs.points, values[runs.tune].mean(axis=1), values[runs.select].mean(axis=(0, 1))
    )


def _ratios(
    first: SearchRuns,
    second: SearchRuns,
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    clock: str,
) -> Array:
    """Return the mean of rho over repeats, by string and pair of points, shape (strings, a, b)."""
    sides = [
        Curves(runs.curves.best, {clock: runs.curves.times[clock]}) for runs in (first, second)
    ]
    means = []
    # String by string, because there are as many pairs as the square of the number of points.
    for own, other in zip(rows, others, strict=True):
        both = np.broadcast_arrays(own[:, :, None], other[:, None, :])
        pairs = [curves.take(index.ravel()) for curves, index in zip(sides, both, strict=True)]
        rho = time_ratios(pairs[0], pairs[1], clock).rho
        means.append(mean_of_known(rho.reshape(both[0].shape)))
    return np.stack(means)


def _columns(searched: pd.DataFrame) -> Columns:
    """Return what a search is read from, by column, with the row of each known learning curve."""
    is_known = ((searched["status"] != "failed") & searched["score"].notna()).to_numpy(dtype=bool)
    numbers = [*_SLOT, "score", "reference_bits"]
    return {name: searched[name].to_numpy(dtype=float, na_value=np.nan) for name in numbers} | {
        "role": searched["role"].astype(str).to_numpy(dtype=object),
        "string_id": searched["string_id"].astype(str).to_numpy(dtype=object),
        "is_pruned": is_pruned(searched).to_numpy(dtype=bool),
        "is_known": is_known,
        "curve": np.cumsum(is_known) - 1,
    }


def _search_runs(rows: Columns, all_curves: Curves) -> SearchRuns | None:
    is_known = rows["is_known"]
    if not is_known[rows["role"] != "confirm"].all():
        return None
    known = {name: column[is_known] for name, column in rows.items()}
    tune = _index(known, "tune", "trial")
    select = _index(known, "select", "tune_trial")
    if tune is None or select is None:
        return None
    scores = known["score"]
    pruned = known["is_pruned"][tune].any(axis=(0, 1))
    by_string = np.where(pruned, -np.inf, scores[tune].mean(axis=1))
    chosen = np.unique(known["tune_trial"][known["role"] == "select"]).astype(np.int64)
    order = np.lexsort((chosen, -by_string.mean(axis=0)[chosen]))
    curves = all_curves.take(known["curve"])
    bits = np.maximum(curves.final, 0.0) * known["reference_bits"]
    confirm = _confirmation(known, lacks_some=not is_known.all())
    firsts = (tune[:, 0, 0], select[:, 0, 0], confirm[:, 0] if len(confirm) else confirm.ravel())
    strings = tuple(str(name) for first in firsts for name in known["string_id"][first])
    return SearchRuns(
        Points(by_string, chosen[order]),
        scores,
        bits,
        curves,
        tune,
        select[:, :, order],
        confirm,
        strings,
    )


def _confirmation(rows: Columns, *, lacks_some: bool) -> NDArray[np.int64]:
    """Return the row of each confirmation string and repeat, or no rows if some are missing."""
    index = _index(rows, "confirm", "tune_trial")
    if lacks_some or index is None or index.shape[2] != 1:
        return np.zeros((0, 1), dtype=np.int64)
    return index[:, :, 0]


def _index(rows: Columns, role: str, slot: str) -> NDArray[np.int64] | None:
    """Return the row of each (string, repeat, slot), or None if one is missing or there are none.

    Repeats are numbered in their order, whatever the number of the first.
    """
    here = np.flatnonzero(rows["role"] == role)
    places, sizes = [], []
    for name in ("replicate", "repeat", slot):
        values, place = np.unique(rows[name][here], return_inverse=True)
        places.append(place)
        sizes.append(len(values))
    index = np.full(sizes, -1, dtype=np.int64)
    # In reverse, so that the first of several equal rows counts.
    index[tuple(place[::-1] for place in places)] = here[::-1]
    return index if index.size and (index >= 0).all() else None
