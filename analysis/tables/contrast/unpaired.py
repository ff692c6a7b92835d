"""Differences of two settings without common strings: every search against every search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.run_values import Labels, RunValues
from seqmem.analysis.estimators.tuning.chosen_points import chosen_points, value_weights
from seqmem.analysis.records.search_pairs import CLUSTER, SearchPairs
from seqmem.analysis.tables.contrast.paired import QUANTITIES
from seqmem.core.arrays import Array


class WeightedRuns(NamedTuple):
    """Runs of one search, with the weight of each in the value of the search.

    Attributes
    ----------
    rows : array of int, shape (m,)
        Row labels of the runs.
    weights : array of float, shape (m,)
        Weights whose sum is 1.
    points : int
        Points behind the runs.
    strings : int
        Strings of the runs.
    """

    rows: Labels
    weights: Array
    points: int
    strings: int


# Runs of each search by its cluster, for each combination of keys, on one side.
SideRuns = dict[tuple[Any, ...], dict[tuple[Any, ...], WeightedRuns]]


class Matrices(NamedTuple):
    """Differences of every search of a and every search of b, for one combination of keys.

    Attributes
    ----------
    key : tuple
        Values of the keys of the layout.
    tables : dict of str to DataFrame
        `rho`, `score` and `bits`; rows are searches of a, columns searches of b.
    reference : float
        Mean bits of a string.
    uninformative, at_start : float
        Shares of pairs of runs.
    strings : int
        Strings of a search.
    """

    key: tuple[Any, ...]
    tables: dict[str, pd.DataFrame]
    reference: float
    uninformative: float
    at_start: float
    strings: int


def confirmed_runs(pairs: SearchPairs) -> tuple[SideRuns, SideRuns]:
    """Return the confirmation runs of winners, all strings of a search with equal weight.

    Parameters
    ----------
    pairs : SearchPairs
        Searches of both sides, none of them with a common string.

    Returns
    -------
    first, second : dict
        Runs of each side by key and cluster.
    """
    found: list[SideRuns] = []
    for groups in pairs.groups:
        runs: SideRuns = {}
        for key, rows in groups.items():
            sound = rows[rows["status"] != "failed"]
            if len(sound):
                of_string = sound["string_id"].map(sound["string_id"].value_counts())
                weights = 1.0 / of_string.to_numpy(dtype=float)
                strings = sound["string_id"].nunique()
                weighted = WeightedRuns(
                    sound.index.to_numpy(dtype=np.int64), weights / weights.sum(), 1, strings
                )
                runs.setdefault(_key(key), {})[_cluster(key)] = weighted
        found.append(runs)
    return found[0], found[1]


def best_runs(pairs: SearchPairs) -> tuple[SideRuns, SideRuns, int]:
    """Return tuning runs, weighted as in the expected best of n points.

    Parameters
    ----------
    pairs : SearchPairs
        Searches of both sides, none of them with a common string.

    Returns
    -------
    first, second : dict
        Runs of each side by key and cluster.
    subset : int
        The smallest number of points on a side, n; 0 without a search.
    """
    found = []
    for groups in pairs.groups:
        all_points = {key: chosen_points(rows) for key, rows in groups.items()}
        found.append({key: one for key, one in all_points.items() if one is not None})
    counts = [len(points.slots) for side in found for points in side.values()]
    subset = min(counts, default=0)
    both: list[SideRuns] = []
    for side_points in found:
        runs: SideRuns = {}
        for key, points in side_points.items():
            repeats = points.rows.shape[1]
            weights = np.repeat(value_weights(points, subset)[:, None] / repeats, repeats, axis=1)
            weighted = WeightedRuns(
                points.rows.ravel(), weights.ravel(), len(points.slots), len(points.strings)
            )
            runs.setdefault(_key(key), {})[_cluster(key)] = weighted
        both.append(runs)
    return both[0], both[1], subset


def unpaired_differences(first: SideRuns, second: SideRuns, values: RunValues) -> list[Matrices]:
    """Return the differences of every two searches, for each combination of keys.

    Parameters
    ----------
    first, second : dict
        Runs of each side.
    values : RunValues
        Values of the runs.

    Returns
    -------
    list of Matrices
        In the order of the keys. Combinations that one side lacks are left out.
    """
    return [
        _matrices(key, first[key], second[key], values)
        for key in sorted(set(first) & set(second), key=str)
    ]


def _matrices(
    key: tuple[Any, ...],
    first: dict[tuple[Any, ...], WeightedRuns],
    second: dict[tuple[Any, ...], WeightedRuns],
    values: RunValues,
) -> Matrices:
    shape = (len(first), len(second))
    tables = {name: np.full(shape, np.nan) for name in QUANTITIES}
    shares = np.zeros((2, *shape))
    for row, one in enumerate(first.values()):
        for column, other in enumerate(second.values()):
            for name in ("score", "bits"):
                tables[name][row, column] = _mean(one, values, name) - _mean(other, values, name)
            tables["rho"][row, column], *shares[:, row, column] = _mean_rho(one, other, values)
    sides = [*first.values(), *second.values()]
    names = [["/".join(map(str, cluster)) for cluster in side] for side in (first, second)]
    uninformative, at_start = (float(share.mean()) for share in shares)
    return Matrices(
        key,
        {name: pd.DataFrame(table, names[0], names[1]) for name, table in tables.items()},
        float(np.mean([_mean(runs, values, "reference") for runs in sides])),
        uninformative,
        at_start,
        min(runs.strings for runs in sides),
    )


def _mean(runs: WeightedRuns, values: RunValues, name: str) -> float:
    own: Array = getattr(values, name)[values.at(runs.rows)]
    return float(own @ runs.weights)


def _mean_rho(
    first: WeightedRuns, second: WeightedRuns, values: RunValues
) -> tuple[float, float, float]:
    """Return the mean of the known rho of all pairs of runs, and shares unknown and at the start.

    A run that can never win has no weight and is left out.
    """
    sides = [(runs.rows[runs.weights > 0], runs.weights[runs.weights > 0])
             for runs in (first, second)]  # fmt: skip
    rows = np.broadcast_arrays(sides[0][0][:, None], sides[1][0])
    weights = np.outer(sides[0][1], sides[1][1]).ravel()
    ratios = values.ratios(rows[0].ravel(), rows[1].ravel())
    known = np.isfinite(ratios.rho)
    share = float(weights[known].sum())
    mean = float(weights[known] @ ratios.rho[known]) / share if share > 0 else float("nan")
    return mean, max(1.0 - share, 0.0), float(weights @ ratios.at_start)


def _key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return key[: -len(CLUSTER)]


def _cluster(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return key[-len(CLUSTER) :]
