"""Winners at the edges of their box, in learning rate and units: the rule of study 2.

It holds for all sweeps of the new space, where batch and length are searched too. Batch, length and
depth have too few values for a rule (docs/methods.md, "Searches in doubt").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.core.arrays import Array
from seqmem.sweeps.config.section import UNITS_GRID

# Share of a range, on its scale, that is an edge at either end.
EDGE = 0.05
# A box with fewer unit counts has too little inside: most of its values are edges.
FEWEST_UNITS = 5

Marks = NDArray[np.bool_]


def box_edges(winners: pd.DataFrame, space: Mapping[str, Any]) -> dict[str, Marks]:
    """Return which winners lie at an edge of their box, by option.

    In learning rate, an edge is the outer 5 % of its logarithm. In units it is the first or last
    value of the grid, if the box has at least five.

    Parameters
    ----------
    winners : DataFrame, n rows
        One row per search, with the columns `learning_rate` and `units`.
    space : mapping
        The section `search` of a sweep file, as it holds for these winners.

    Returns
    -------
    dict of str to array of bool, shape (n,)
        Only options that have a rule and several values.

    Examples
    --------
    >>> space = {"units": {"low": 8, "high": 64}, "learning_rate": {"low": 0.01, "high": 0.1}}
    >>> winners = pd.DataFrame({"units": [8, 16], "learning_rate": [0.03, 0.098]})
    >>> {name: marks.tolist() for name, marks in box_edges(winners, space).items()}
    {'learning_rate': [False, True], 'units': [True, False]}
    """
    found = {}
    for option, at_edge in _RULES.items():
        marks = at_edge(winners[option].to_numpy(dtype=float), space.get(option))
        if marks is not None:
            found[option] = marks
    return found


def _rate_edges(values: Array, setting: Any) -> Marks | None:
    """Return which rates lie in the outer 5 % of a range on its logarithm; None without a range."""
    if not _is_range(setting):
        return None
    ends = np.log([float(setting["low"]), float(setting["high"])])
    place = (np.log(values) - ends[0]) / (ends[1] - ends[0])
    edges: Marks = (place <= EDGE) | (place >= 1 - EDGE)
    return edges


def _units_edges(values: Array, setting: Any) -> Marks | None:
    """Return which units are the first or last of at least five; None without so many."""
    if isinstance(setting, Mapping) and "choices" in setting:
        setting = setting["choices"]
    if _is_range(setting):
        grid = [units for units in UNITS_GRID if setting["low"] <= units <= setting["high"]]
    else:
        grid = sorted(setting) if isinstance(setting, list) else []
    if len(grid) < FEWEST_UNITS:
        return None
    edges: Marks = (values <= grid[0]) | (values >= grid[-1])
    return edges


def _is_range(setting: Any) -> bool:
    return isinstance(setting, Mapping) and setting.get("low", 0) < setting.get("high", 0)


_RULES: dict[str, Callable[[Array, Any], Marks | None]] = {
    "learning_rate": _rate_edges,
    "units": _units_edges,
}
