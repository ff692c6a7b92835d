"""Which searches, strings and points of two settings are equal in the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.records.shared_points import (
    labelled_points,
    options_of_some_cells,
    point_labels,
    slot_key,
)
from seqmem.analysis.records.sides import SEARCH, Side, Sides
from seqmem.core.errors import InputError
from seqmem.core.number_formats import number_range

# The searches of all cells of a sweep have the same strings, so they are one cluster.
CLUSTER = ["string_condition", "search", "seed"]
_STRATA = ["source_label", "alphabet_size", "measure", "level"]
_OF_RUNS = ["level", "trial", "string_id", "repeat", "status", "score"]


# Runs of each search, by the values of the keys of the layout and of the cluster.
Groups = dict[tuple[Any, ...], pd.DataFrame]


@dataclass(frozen=True)
class Layout:
    """How the runs of two settings are laid out.

    Attributes
    ----------
    strata : list of str
        Columns of strings, whose combinations are strata. Searches are independent in all of them.
    blocks : list of str
        Further settings with the same values on both sides, such as the cell. Runs are compared
        within each combination, and the combinations of a search count equally.
    confounded : list of str
        Settings with other values on one side than on the other.
    """

    strata: list[str]
    blocks: list[str]
    confounded: list[str]

    @property
    def keys(self) -> list[str]:
        """Columns in which compared runs agree."""
        return [*self.strata, *self.blocks]


@dataclass(frozen=True)
class SearchPairs:
    """Searches of both sides with equal strings.

    Attributes
    ----------
    table : DataFrame
        One row per pair: the keys of the layout, the cluster, `key` (both as a tuple), `strings`
        and `strings_of` (shared strings and those of the larger side), `points` and `points_of`,
        and `slots` (points with the same slot).
    groups : tuple of dict
        All searches of a and of b.
    searches : int
        Clusters with a pair.
    searches_of : int
        Clusters of either side.
    """

    table: pd.DataFrame
    groups: tuple[Groups, Groups]
    searches: int
    searches_of: int

    @property
    def by_slot(self) -> bool:
        """Whether points are paired by slot, because their values differ."""
        table = self.table
        return len(table) > 0 and bool(table["slots"].sum() > table["points"].sum())

    def words(self) -> str:
        """Return what is paired, in words."""
        table = self.table
        searches = f"{self.searches} of {self.searches_of} searches"
        if not len(table):
            return f"nothing ({searches} have a string in common): unpaired"
        shared = table["slots" if self.by_slot else "points"]
        points = f"{_range(shared)} of {_range(table['points_of'])} points"
        by_slot = " (paired by slot)" if self.by_slot else ""
        strings = f"{_range(table['strings'])} of {_range(table['strings_of'])} strings"
        return f"{searches}, {points}{by_slot}, {strings} paired"


def find_layout(sides: Sides) -> Layout:
    """Return strata, blocks and confounded settings of two sides.

    Parameters
    ----------
    sides : Sides
        The sides.

    Returns
    -------
    Layout
        The layout.
    """
    strata, blocks, confounded = [], [], []
    skipped = {"sweep", "string_condition", "seed", "repeat", "first_repeat", "source"}
    skipped |= {"budget_amount", "budget_unit", "cost_table_hash", *options_of_some_cells(sides)}
    strings_contrasted = sides.contrasts("level") or sides.contrasts("source")
    for name in [*_STRATA, *sides.fixed]:
        if name in skipped or name in strata or name.startswith("environment"):
            continue
        if sides.contrasts(name) or (name == "source_label" and strings_contrasted):
            continue
        first, second = sides.values(name)
        if first != second:
            confounded.append("source" if name == "source_label" else name)
        elif name in _STRATA:
            strata.append(name)
        elif len(first) > 1:
            blocks.append(name)
    return Layout(strata, blocks, confounded)


def grouped_searches(side: Side, role: str, layout: Layout) -> Groups:
    """Return the runs of each search of a side in one role, failed runs with them.

    Parameters
    ----------
    side : Side
        A side.
    role : str
        "tune" or "confirm".
    layout : Layout
        The layout.

    Returns
    -------
    dict of tuple to DataFrame
        Columns of runs that pairing needs, by the values of the keys and of `CLUSTER`.

    Raises
    ------
    InputError
        Two sweeps of the side hold the same search.
    """
    keys = [*layout.keys, *CLUSTER]
    # Records have a hundred columns, which would be copied for every search.
    runs = side.runs.loc[
        side.runs["role"] == role, list(dict.fromkeys([*keys, *SEARCH, *_OF_RUNS]))
    ]
    searches = runs[list(dict.fromkeys([*keys, *SEARCH]))].drop_duplicates()
    twice = searches[searches.duplicated(keys)]
    if len(twice):
        condition, number = twice[CLUSTER[:2]].iloc[0]
        same = searches[(searches[CLUSTER[:2]] == [condition, number]).all(axis=1)]
        sweeps = ", ".join(sorted(same["sweep"].astype(str).unique()))
        raise InputError(
            f"{side.name} holds search {number} of {condition} twice (sweeps {sweeps}); "
            f"add what tells them apart to {side.name}, such as sweep=…"
        )
    return dict(iter(runs.groupby(keys, sort=True, dropna=False)))


def pair_searches(
    sides: Sides, role: str, layout: Layout, configs: Mapping[str, Mapping[str, Any]]
) -> SearchPairs:
    """Pair the searches of two sides that have strings in common.

    Parameters
    ----------
    sides : Sides
        The sides.
    role : str
        Role whose strings are compared.
    layout : Layout
        The layout.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep. Points are paired by slot only between sweeps with the
        same sampler and the same searched options.

    Returns
    -------
    SearchPairs
        The pairs.
    """
    first, second = (grouped_searches(side, role, layout) for side in sides.both)
    tried = (first, second)
    if role != "tune":
        tried = (
            grouped_searches(sides.a, "tune", layout),
            grouped_searches(sides.b, "tune", layout),
        )
    labels = point_labels(sides)
    rows = []
    for key in sorted(set(first) & set(second), key=str):
        strings = [_strings(one[key]) for one in (first, second)]
        if not strings[0] & strings[1]:
            continue
        points = [labelled_points(one.get(key), labels) for one in tried]
        same_slots = slot_key(first[key], configs) == slot_key(second[key], configs) is not None
        slots = set(points[0]) & set(points[1]) if same_slots else set()
        rows.append(
            [
                *key, key,
                len(strings[0] & strings[1]), max(map(len, strings)),
                len(set(points[0].values()) & set(points[1].values())),
                max(map(len, points)), len(slots),
            ]
        )  # fmt: skip
    columns = [*layout.keys, *CLUSTER, "key"]
    counts = ["strings", "strings_of", "points", "points_of", "slots"]
    table = pd.DataFrame(rows, columns=[*columns, *counts])
    clusters = {key[-len(CLUSTER) :] for key in {*first, *second}}
    pairs = len(table[CLUSTER].drop_duplicates())
    return SearchPairs(table, (first, second), pairs, len(clusters))


def _range(counts: pd.Series) -> str:
    return number_range(int(counts.min()), int(counts.max()))


def _strings(runs: pd.DataFrame) -> set[str]:
    return set(runs.loc[runs["status"] != "failed", "string_id"].dropna())
