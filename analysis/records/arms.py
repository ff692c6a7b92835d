"""Arms of a comparison of a cell with itself: sweeps that differ only in their first repeat.

Arms have the same strings and points but other initial weights and data orders. Their searches are
therefore not independent, and no estimate counts both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd


def second_arms(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the sweeps that differ from an earlier arm only in `[training] first_repeat`.

    Parameters
    ----------
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    dict of str to str
        The arm with the smallest first repeat, by the name of each other arm.

    Examples
    --------
    >>> second_arms({"a": {"name": "a"}, "b": {"name": "b", "training": {"first_repeat": 1}}})
    {'b': 'a'}
    """
    first_of: dict[str, str] = {}
    second: dict[str, str] = {}
    for _, sweep in sorted((first_repeat(config), sweep) for sweep, config in configs.items()):
        key = _without_first_repeat(configs[sweep])
        if first_repeat(configs[sweep]) > 0 and key in first_of:
            second[sweep] = first_of[key]
        first_of.setdefault(key, sweep)
    return second


def without_second_arms(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Return records without the second arms, see `second_arms`.

    Parameters
    ----------
    frame : DataFrame
        Records with the column `sweep`.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        The frame itself if there are no such arms.
    """
    loaded = set(frame["sweep"].astype(str).unique()) if len(frame) else set()
    second = [sweep for sweep, first in second_arms(configs).items() if first in loaded]
    return frame[~frame["sweep"].astype(str).isin(second)] if second else frame


def first_repeat(config: Mapping[str, Any]) -> int:
    """Return the number of the first repeat of a sweep file."""
    return int(config.get("training", {}).get("first_repeat", 0))


def _without_first_repeat(config: Mapping[str, Any]) -> str:
    training = {
        name: value for name, value in config.get("training", {}).items() if name != "first_repeat"
    }
    rest = {name: section for name, section in config.items() if name not in ("name", "training")}
    return json.dumps(rest | {"training": training}, sort_keys=True, default=str)
