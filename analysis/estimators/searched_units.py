"""The units that were searched for a winner, where the sizes of cells are matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.size_matching import MATCHES
from seqmem.study.options import NETWORK_OPTIONS
from seqmem.sweeps.config.section import UNITS_GRID


def with_searched_units(winners: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Return winners with the units that were searched for them.

    If sizes are matched, only the units of the first cell are searched, and those of the other
    cells follow.

    Parameters
    ----------
    winners : DataFrame
        Winners with the columns `cell`, `alphabet_size`, `depth` and `units`, and those of other
        options that decide the size of a network, if a cell has them.
    config : mapping
        A sweep file. Without `memorizer.match` the winners are returned as they are.

    Returns
    -------
    DataFrame
        The winners, with `units` of the first cell.
    """
    match, cells = (config.get("memorizer", {}).get(name) for name in ("match", "cells"))
    if not match or not cells:
        return winners
    training = config.get("training", {})
    rows = winners.to_dict("records")
    return winners.assign(units=[_searched_units(match, cells[0], row, training) for row in rows])


def _searched_units(
    match: str, reference: str, row: Mapping[str, Any], training: Mapping[str, Any]
) -> int:
    """Return the units on the grid with which the reference cell costs most nearly the same."""
    if row["cell"] == reference:
        return int(row["units"])
    known = _known(row)
    # A record lacks the options that only the reference cell has. The length is that of the run.
    shared = known | {name: value for name, value in training.items() if name != "length"}
    wanted = _cost(match, row["cell"], int(row["units"]), row, {**training, **known})

    def distance(units: int) -> int:
        return abs(_cost(match, reference, units, row, shared) - wanted)

    return min(UNITS_GRID, key=distance)


def _cost(
    match: str, cell: str, units: int, row: Mapping[str, Any], options: Mapping[str, Any]
) -> int:
    """Return the cost of a cell of some size, as `match_units` compares it."""
    family = CELLS[cell]
    own = {name: options[name] for name in {*family.options} & {*NETWORK_OPTIONS} & options.keys()}
    if {"length", "context"} <= options.keys():
        context = 1 if options.get("protocol") == "window" else int(options["context"])
        own["row"] = family.row(int(options["length"]), context)
    size = int(row["alphabet_size"]), int(row["depth"]), units
    return MATCHES[match](cell, *size, **own)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a row that decide a size and are not absent."""
    names = (*NETWORK_OPTIONS, "length", "context", "protocol")
    return {name: row[name] for name in names if name in row and not pd.isna(row[name])}
