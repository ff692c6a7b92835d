"""Searches that a sweep file plans and that its records lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.records.search_spaces import space_of
from seqmem.analysis.records.settings import Setting, has_value
from seqmem.analysis.records.sides import SEARCH, Side
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted


def check_finished(
    frame: pd.DataFrame, sides: tuple[Side, ...], configs: Mapping[str, Mapping[str, Any]]
) -> None:
    """Raise `InputError` if a sweep lacks searches of a side, with their number.

    Parameters
    ----------
    frame : DataFrame
        All records.
    sides : tuple of Side
        The sides. Only levels and cells that a side may select count.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep. Sweeps without one are taken as they are.

    Raises
    ------
    InputError
        A sweep is not finished.
    """
    for side in sides:
        for sweep in sorted(side.runs["sweep"].astype(str).unique()):
            runs = frame[frame["sweep"].astype(str) == sweep]
            missing, planned = count_missing(runs, side.setting, configs.get(sweep, {}))
            if missing:
                searches = counted(planned, "search", "searches")
                raise InputError(
                    f"sweep '{sweep}' is not finished: {missing} of {searches} are missing for "
                    f"{side.name}; repeat its command to finish it, or give a finished level"
                )


def count_missing(
    runs: pd.DataFrame, setting: Setting, config: Mapping[str, Any]
) -> tuple[int, int]:
    """Return how many searches of a sweep are missing, and how many are planned.

    A search is there if all its confirmation runs are, also if they failed.

    Parameters
    ----------
    runs : DataFrame
        Records of the sweep.
    setting : dict
        Its values of `level` and `cell` restrict what is counted.
    config : mapping
        The sweep file.

    Returns
    -------
    missing, planned : int
        Numbers of searches; 0 and 0 if the file does not say.

    Examples
    --------
    >>> columns = {"sweep": "x", "condition": "c", "search": [0], "role": "confirm"}
    >>> runs = pd.DataFrame(columns | {"level": 8, "cell": "gru"})
    >>> config = {"strings": {"levels": [8], "confirm": 1}, "memorizer": {"cells": ["gru"]}}
    >>> count_missing(runs, {}, config | {"search": {"searches": 3}})
    (2, 3)
    """
    strings = config.get("strings", {})
    planned = planned_searches(config, setting)
    if not (planned and strings.get("confirm")):
        return 0, 0
    levels = _chosen(strings["levels"], setting, "level")
    own_cells = _chosen(config["memorizer"]["cells"], setting, "cell")
    each = int(strings["confirm"]) * int(config.get("training", {}).get("repeats", 1))
    confirmed = runs[
        (runs["role"] == "confirm") & runs["level"].isin(levels) & runs["cell"].isin(own_cells)
    ]
    complete = int((confirmed.groupby(SEARCH).size() >= each).sum())
    return max(planned - complete, 0), planned


def planned_searches(config: Mapping[str, Any], setting: Setting | None = None) -> int:
    """Return how many searches a sweep plans, over its levels and cells.

    Parameters
    ----------
    config : mapping
        The sweep file.
    setting : dict, optional
        Values of `level` and `cell` that restrict what is counted.

    Returns
    -------
    int
        Number of searches; 0 if the file does not say.

    Examples
    --------
    >>> cells = {"memorizer": {"cells": ["gru", "lstm"]}}
    >>> planned_searches(cells | {"strings": {"levels": [8]}, "search": {"searches": 3}})
    6
    """
    levels = _chosen(config.get("strings", {}).get("levels") or [], setting or {}, "level")
    cells = _chosen(config.get("memorizer", {}).get("cells") or [], setting or {}, "cell")
    searches = [int(space_of(config, level).get("searches") or 0) for level in levels]
    return sum(searches) * len(cells)


def _chosen(values: list[Any], setting: Setting, name: str) -> list[Any]:
    if name not in setting or not values:
        return list(values)
    known = pd.Series(values)
    chosen = has_value(known, setting[name])
    return [value for value, use in zip(values, chosen, strict=True) if use]
