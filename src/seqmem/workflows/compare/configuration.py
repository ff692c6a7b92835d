"""The configuration to use a cell with: that of the search that found the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from seqmem.analysis.records.search_spaces import space_of, varied_options

CHOSEN_OPTIONS = ("depth", "units", "learning_rate")


def best_configuration(runs: pd.DataFrame) -> dict[str, float]:
    """Return the winner with the best mean score on its verdict strings; ties by search.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs of one cell.

    Returns
    -------
    dict
        Its depth, units and learning rate.
    """
    return _of_search(runs, runs.groupby("search", sort=True)["score"].mean(), CHOSEN_OPTIONS)


def best_paired_configuration(
    frame: pd.DataFrame, runs: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the winner with the best mean score on all strings it was tried on; ties by search.

    Paired searches have few verdict strings each. The score on tuning and selection strings is
    better than that of verdict strings by chance, but about equally so in all searches.

    Parameters
    ----------
    frame : pandas.DataFrame
        All records of the comparison.
    runs : pandas.DataFrame
        Verdict runs of one cell.
    configs : mapping
        The sweep file, by the name of the sweep.

    Returns
    -------
    dict
        Its depth, units, learning rate, and all else that was searched.
    """
    cell = str(runs["cell"].iloc[0])
    won = runs.groupby("search")["tune_trial"].first()
    own = frame[(frame["cell"] == cell) & frame["score"].notna()]
    slots = own["trial"].where(own["role"] == "tune", own["tune_trial"])
    tried = own[slots == own["search"].map(won)]
    [config] = configs.values()
    searched = varied_options(space_of(config, int(runs["level"].iloc[0]), cell))
    options = (*CHOSEN_OPTIONS, *(name for name in searched if name not in CHOSEN_OPTIONS))
    return _of_search(runs, tried.groupby("search", sort=True)["score"].mean(), options)


def _of_search(runs: pd.DataFrame, means: pd.Series, options: Sequence[str]) -> dict[str, Any]:
    best = runs[runs["search"] == means.idxmax()].iloc[0]
    return {
        name: best[name].item() if hasattr(best[name], "item") else best[name] for name in options
    }
