"""Differences of two settings within each pair of searches with the same strings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.run_values import Labels, RunValues
from seqmem.analysis.estimators.tuning.chosen_points import (
    ChosenPoints,
    chosen_points,
    pair_value_weights,
)
from seqmem.analysis.estimators.tuning.tuning_curves import mean_of_known
from seqmem.analysis.records.search_pairs import (
    CLUSTER,
    Layout,
    SearchPairs,
)
from seqmem.analysis.records.shared_points import point_labels, shared_slots
from seqmem.analysis.records.sides import Sides
from seqmem.core.arrays import Array

QUANTITIES = ("rho", "score", "bits")
SHARES = ("uninformative", "at_start")


class PointPairs(NamedTuple):
    """Pairs of searches with the points that have the settings.

    Attributes
    ----------
    keys : list of tuple
        Key of each pair.
    pairs : list of tuple of ChosenPoints
        The points of both searches.
    same_points : bool
        Whether the smaller side's points are points of the other side. Both then hold the same
        points in the same order.
    left_out : int
        Pairs of searches with a failed or missing run.
    """

    keys: list[tuple[Any, ...]]
    pairs: list[tuple[ChosenPoints, ChosenPoints]]
    same_points: bool
    left_out: int

    @property
    def subset(self) -> int:
        """The smallest number of points on a side, n."""
        return min(len(points.slots) for pair in self.pairs for points in pair)


def confirmed_differences(layout: Layout, pairs: SearchPairs, values: RunValues) -> pd.DataFrame:
    """Return the differences of the confirmation runs of winners, by pair of searches.

    Parameters
    ----------
    layout : Layout
        The layout of both sides.
    pairs : SearchPairs
        Searches with common confirmation strings.
    values : RunValues
        Values of the confirmation runs.

    Returns
    -------
    DataFrame
        One row per pair: the keys of the layout, `cluster`, the means of `rho`, `score` and `bits`
        over strings (a minus b), `reference` (bits of a string), `strings`, and the shares of pairs
        of runs that are `uninformative` or `at_start`.
    """
    both = _same_strings(pairs)
    first, second = (both[name].to_numpy(dtype=np.int64) for name in ("row_a", "row_b"))
    ratios = values.ratios(first, second)
    places = values.at(first), values.at(second)
    both = both.assign(
        rho=ratios.rho,
        score=values.score[places[0]] - values.score[places[1]],
        bits=values.bits[places[0]] - values.bits[places[1]],
        reference=values.reference[places[0]],
        uninformative=(~ratios.informative).astype(float),
        at_start=ratios.at_start.astype(float),
    )
    # Repeats of a string first, so that every string counts equally.
    columns = [*QUANTITIES, "reference", *SHARES]
    by_string = both.groupby(["key", "string_id"], sort=True)[columns].mean()
    means = by_string.groupby(level="key", sort=True).mean()
    strings = by_string.groupby(level="key", sort=True).size()
    found = [pairs.table["key"].iloc[number] for number in means.index]
    return _labelled(means.assign(strings=strings), found, layout)


def point_pairs(sides: Sides, pairs: SearchPairs) -> PointPairs:
    """Return the points with the settings, in pairs of searches with the same tuning strings.

    Parameters
    ----------
    sides : Sides
        The sides.
    pairs : SearchPairs
        Searches with common tuning strings.

    Returns
    -------
    PointPairs
        The points.
    """
    groups = pairs.groups
    labels = None if pairs.by_slot else point_labels(sides)
    keys, found, shared = [], [], []
    for key in pairs.table["key"]:
        first, second = (chosen_points(group[key]) for group in groups)
        if first is None or second is None or first.strings != second.strings:
            continue
        keys.append(key)
        found.append((first, second))
        shared.append(shared_slots(groups[0][key], groups[1][key], labels))
    same = bool(found) and all(
        len(slots) == min(len(first.slots), len(second.slots))
        for slots, (first, second) in zip(shared, found, strict=True)
    )
    if same:
        found = [
            (_at_slots(first, [a for a, _ in slots]), _at_slots(second, [b for _, b in slots]))
            for slots, (first, second) in zip(shared, found, strict=True)
        ]
    return PointPairs(keys, found, same, len(pairs.table) - len(found))


def best_differences(points: PointPairs, layout: Layout, values: RunValues) -> pd.DataFrame:
    """Return the differences of the expected best of n points, by pair of searches.

    Parameters
    ----------
    points : PointPairs
        Points of both sides.
    layout : Layout
        The layout.
    values : RunValues
        Values of the tuning runs.

    Returns
    -------
    DataFrame
        As for `confirmed_differences`. Shares are probabilities of pairs of winners.
    """
    rows = []
    for first, second in points.pairs:
        weights = pair_value_weights(first, second, points.subset, points.same_points)
        sides = (_by_point(first, values), _by_point(second, values))
        differences = {
            name: float((weights.sum(axis=2) * sides[0][name]).sum())
            - float((weights.sum(axis=1) * sides[1][name]).sum())
            for name in ("score", "bits")
        }
        reference = float((weights.sum(axis=2) * sides[0]["reference"]).sum())
        ratios = _rho_of_winners(first, second, weights, values)
        counts = {"reference": reference, "strings": len(first.strings)}
        rows.append(differences | ratios | counts)
    return _labelled(pd.DataFrame(rows), points.keys, layout)


def _same_strings(pairs: SearchPairs) -> pd.DataFrame:
    """Return the rows of runs on the same string with the same number of the repeat."""
    keys = pairs.table["key"].tolist()
    sides = []
    for name, groups in zip("ab", pairs.groups, strict=True):
        runs = pd.concat([groups[key].assign(key=number) for number, key in enumerate(keys)])
        runs = runs[runs["status"] != "failed"]
        rank = runs.groupby(["key", "string_id"])["repeat"].rank(method="dense")
        rows = runs[["key", "string_id"]].assign(rank=rank, **{f"row_{name}": runs.index})
        sides.append(rows)
    return sides[0].merge(sides[1], on=["key", "string_id", "rank"])


def _at_slots(points: ChosenPoints, slots: list[int]) -> ChosenPoints:
    places = {int(slot): place for place, slot in enumerate(points.slots)}
    return points.take(np.array([places[slot] for slot in slots], dtype=np.int64))


def _by_point(points: ChosenPoints, values: RunValues) -> dict[str, Array]:
    """Return the values of points on strings, the means over repeats, shape (t, N)."""
    places = values.at(points.rows)
    return {
        name: getattr(values, name)[places].mean(axis=1) for name in ("score", "bits", "reference")
    }


def _rho_of_winners(
    first: ChosenPoints, second: ChosenPoints, weights: Array, values: RunValues
) -> dict[str, float]:
    """Return the weighted mean of rho over the pairs of winners with a known one."""
    used = np.nonzero(weights > 0)
    ratios = [
        values.ratios(own[used[0], used[1]], other[used[0], used[2]])
        for own, other in _repeats(first, second)
    ]
    rho = mean_of_known(np.stack([ratio.rho for ratio in ratios]))
    known = np.isfinite(rho)
    share = float(weights[used][known].sum())
    total = float((weights[used][known] * rho[known]).sum())
    at_start = np.mean([ratio.at_start for ratio in ratios], axis=0)
    return {
        "rho": total / share if share > 0 else float("nan"),
        "uninformative": max(1.0 - share, 0.0),
        "at_start": float((weights[used] * at_start).sum()),
    }


def _repeats(first: ChosenPoints, second: ChosenPoints) -> Iterator[tuple[Labels, Labels]]:
    """Yield the rows of both sides by repeat, each of shape (t, N)."""
    for repeat in range(min(first.rows.shape[1], second.rows.shape[1])):
        yield first.rows[:, repeat], second.rows[:, repeat]


def _labelled(table: pd.DataFrame, keys: list[tuple[Any, ...]], layout: Layout) -> pd.DataFrame:
    """Return a table by pairs with its keys as columns and the cluster as text."""
    columns = pd.DataFrame(keys, columns=[*layout.keys, *CLUSTER])
    cluster = columns[CLUSTER].astype(str).agg("/".join, axis=1)
    named = columns[layout.keys].assign(cluster=cluster)
    return pd.concat([named, table.reset_index(drop=True)], axis=1)
