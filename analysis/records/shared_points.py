"""Points of two searches that are equal in the records, by their values or by their slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.records.search_spaces import space_of
from seqmem.analysis.records.sides import Sides
from seqmem.study.declaration import option_columns
from seqmem.study.options import RunOptions, options_of_other_cells
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS

# Options that do not place a point in the space of a search.
_NOT_OF_A_POINT = {
    *("budget", "budget_amount", "budget_unit", "cost_table_hash", "engine", "device", "recall"),
    *("protocol", "stop_on_memorized", "checkpoints_per_octave", "until"),
}
_SHARED_POINTS = ("sobol", "random")


def point_labels(sides: Sides) -> pd.Series:
    """Return a number for each run, equal where all settings but contrasted ones are equal.

    Parameters
    ----------
    sides : Sides
        The sides.

    Returns
    -------
    Series of int
        Labels of the tuning runs that did not fail, by row label.
    """
    fields = _point_fields(sides)
    runs = pd.concat([side.finished for side in sides.both])
    runs = runs.loc[runs["role"] == "tune", fields]
    if not fields:
        return pd.Series(0, runs.index)
    return runs.groupby(fields, dropna=False, sort=False).ngroup()


def labelled_points(runs: pd.DataFrame | None, labels: pd.Series) -> dict[int, int]:
    """Return the label of each point of a search, by slot.

    Parameters
    ----------
    runs : DataFrame or None
        Tuning runs of the search.
    labels : Series
        See `point_labels`.
    """
    if runs is None:
        return {}
    tried = runs[runs["status"] != "failed"]
    return dict(zip(tried["trial"].astype(int), labels.loc[tried.index], strict=True))


def shared_slots(
    first: pd.DataFrame, second: pd.DataFrame, labels: pd.Series | None
) -> list[tuple[int, int]]:
    """Return the slots of equal points in two searches.

    Parameters
    ----------
    first, second : DataFrame
        Tuning runs of a search of each side.
    labels : Series or None
        Labels of points, see `point_labels`. If None, points are paired by slot.

    Returns
    -------
    list of tuple of int
        Slots in the first and in the second search, in the order of the first.
    """
    if labels is None:
        slots = sorted(set(first["trial"]) & set(second["trial"]))
        return [(int(slot), int(slot)) for slot in slots]
    places = {label: slot for slot, label in labelled_points(second, labels).items()}
    return [
        (slot, places[label])
        for slot, label in sorted(labelled_points(first, labels).items())
        if label in places
    ]


def slot_key(
    runs: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> tuple[str, tuple[str, ...]] | None:
    """Return the sampler and the searched options of a search whose points can share slots.

    Parameters
    ----------
    runs : DataFrame
        Runs of one search.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    tuple or None
        Two searches with equal keys, seeds and numbers have the same points of the unit cube. None
        if points depend on results, or the sweep file is not known.
    """
    search = space_of(configs.get(str(runs["sweep"].iloc[0]), {}), int(runs["level"].iloc[0]))
    sampler = search.get("sampler", "tpe")
    if sampler not in _SHARED_POINTS or search.get("enqueue"):
        return None
    return sampler, tuple(name for name in SEARCHED_FIELDS if name in search)


def options_of_some_cells(sides: Sides) -> set[str]:
    """Return the options that some cell does not have, if cells are contrasted.

    Parameters
    ----------
    sides : Sides
        The sides.
    """
    if "cell" not in sides.contrasted:
        return set()
    cells = set().union(*sides.values("cell"))
    try:
        return {name for cell in cells for name in options_of_other_cells(str(cell))}
    except KeyError:
        return set()


def _point_fields(sides: Sides) -> list[str]:
    names = ["cell", "depth", "units", *option_columns(RunOptions)]
    skipped = {*_NOT_OF_A_POINT, *sides.contrasted, *options_of_some_cells(sides)}
    known = [name for name in dict.fromkeys(names) if name in sides.a.runs and name not in skipped]
    # A setting with one value does not tell points apart, and most have one.
    return [name for name in known if len(set().union(*sides.values(name))) > 1]
