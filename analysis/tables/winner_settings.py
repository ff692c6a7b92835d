"""The settings that won each search, one row per setting, with the range they were searched in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.search_spaces import space_of, varied_options
from seqmem.analysis.tables.capacity_tables import winner_table

# In the order in which they are drawn. A step has batch × length symbols.
STEP = "batch × length"
SETTINGS = ("units", "depth", "learning_rate", STEP)


def winner_settings(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the value of each setting of each winner, beside the ends of its range.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        One row per (group, sweep, level, cell, search, setting). After the columns of the group:
        `setting`; `value`; `low` and `high`, the ends of the searched range, NaN if the sweep file
        is missing; `spent` (the budget) and `budget_unit`. Settings that no search varied are left
        out.
    """
    chosen = winner_table(frame)
    if chosen.empty:
        return chosen
    amounts = frame.dropna(subset=["budget_amount"]).drop_duplicates("budget").set_index("budget")
    chosen = chosen.assign(
        spent=chosen["budget"].map(amounts["budget_amount"]),
        budget_unit=chosen["budget"].map(amounts["budget_unit"]),
        **{STEP: chosen["batch"] * chosen["length"]},
    )
    keys = [*Group._fields, "sweep", "level", "cell", "search", "spent", "budget_unit"]
    table = chosen.melt(keys, list(SETTINGS), "setting", "value")
    ends = {
        tuple(place): _ends(configs.get(str(place[0]), {}), int(place[1]), str(place[2]))
        for place in chosen[["sweep", "level", "cell"]].drop_duplicates().itertuples(index=False)
    }
    limits = [
        ends[tuple(place)].get(setting, (np.nan, np.nan))
        for *place, setting in table[["sweep", "level", "cell", "setting"]].itertuples(index=False)
    ]
    table[["low", "high"]] = np.array(limits, dtype=float)
    varied = table.groupby([*Group._fields, "setting"])["value"].transform("nunique") > 1
    return table[varied | (table["low"] < table["high"])].reset_index(drop=True)


def _ends(config: Mapping[str, Any], level: int, cell: str) -> dict[str, tuple[float, float]]:
    """Return the least and the greatest searched value of each setting."""
    space = space_of(config, level, cell)
    searched = set(varied_options(space))
    ends = {name: _range(space[name]) for name in SETTINGS if name in searched}
    if {"batch", "length"} <= searched:
        batch, length = _range(space["batch"]), _range(space["length"])
        ends[STEP] = (batch[0] * length[0], batch[1] * length[1])
    return ends


def _range(option: Any) -> tuple[float, float]:
    if isinstance(option, Mapping) and "choices" in option:
        option = option["choices"]
    if isinstance(option, Mapping):
        return float(option["low"]), float(option["high"])
    return float(min(option)), float(max(option))
