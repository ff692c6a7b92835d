"""How often each value of depth, batch and length won a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.search_gates import of_paired_sweeps
from seqmem.analysis.estimators.search_quality import winners
from seqmem.analysis.records.search_spaces import space_of, varied_options

# They have too few values for a rule about winners at an edge.
COUNTED = ("depth", "batch", "length")
WINNER_COLUMNS = ["sweep", "level", "cell", "option", "value", "winners", "searches", "share"]


def winner_values(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the share of winners at each value of depth, batch and length.

    Only sweeps with paired points are used, and options that were searched.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        One row per (sweep, level, cell, option, value): `winners` of `searches` have the value.
        Values that no winner has are missing.
    """
    chosen = winners(of_paired_sweeps(frame, configs)) if "tune_trial" in frame else frame.iloc[:0]
    tables = []
    for (sweep, level, cell), rows in chosen.groupby(["sweep", "level", "cell"], sort=True):
        searched = varied_options(space_of(configs[str(sweep)], int(level), str(cell)))
        for option in COUNTED:
            if option not in searched:
                continue
            counts = rows[option].astype(int).value_counts().sort_index()
            table = counts.rename_axis("value").rename("winners").reset_index()
            tables.append(
                table.assign(sweep=sweep, level=level, cell=cell, option=option, searches=len(rows))
            )
    if not tables:
        return pd.DataFrame(columns=WINNER_COLUMNS)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(share=table["winners"] / table["searches"])[WINNER_COLUMNS]
