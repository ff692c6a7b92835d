"""Whether searches were good enough to compare what they found: winners at edges, and more trials helping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.records.loading import is_confirmed
from seqmem.core.arrays import Array
from seqmem.study.memorizers.size_matching import MATCHES
from seqmem.sweeps.config.section import UNITS_GRID

EDGE = 0.05
EDGE_SHARE = 1 / 3
FEWEST_WITH_INSIDE = 3
WHOLE = ("depth", "batch", "length")
SEARCH = ["sweep", "condition", "search"]
# What `doubts` reads of records, and the parameters that were searched.
OF_SEARCHES = {
    *SEARCH,
    "role",
    "status",
    "cell",
    "trial",
    "score",
    "alphabet_size",
    "depth",
    "units",
}


def winners(frame: pd.DataFrame) -> pd.DataFrame:
    """One confirmation run of each search: its configuration won."""
    # Rows are counted out on the names of searches alone: a frame of records is wide.
    rows = np.flatnonzero(is_confirmed(frame))
    return frame.iloc[rows[~frame[SEARCH].iloc[rows].duplicated().to_numpy()]]


def edge_counts(winners: pd.DataFrame, space: Mapping[str, Any]) -> dict[str, int]:
    """How many winners lie within 5 % of an edge of each searched range (of its logarithm for log ranges).

    Units are placed by their rank in the grid that is searched. A range of whole numbers or a list of choices counts
    its first and last value; depth 1 is no edge, since nothing lies below it. Parameters that are not searched are left
    out, and so are ranges of two values, which have no inside to be in.

    Parameters
    ----------
    winners : one row per search, with a column for each parameter.
    space : the `search` section of a study file.

    Examples
    --------
    >>> edge_counts(pd.DataFrame({"units": [8, 16, 32]}), {"units": {"low": 8, "high": 64}})
    {'units': 1}
    """
    counts = {}
    for name, setting in space.items():
        scale = _scale(name, setting)
        if name in winners and scale is not None:
            counts[name] = int(_at_edge(name, winners[name].to_numpy(dtype=float), scale).sum())
    return counts


def with_searched_units(winners: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Winners with the units that were searched for them: those of the first cell, where the others' are matched.

    Parameters
    ----------
    winners : with columns `cell`, `alphabet_size`, `depth`, `units`.
    config : a study file; without `memorizer.match` nothing changes.
    """
    match, cells = (config.get("memorizer", {}).get(name) for name in ("match", "cells"))
    if not match or not cells:
        return winners
    places = zip(
        winners["cell"], winners["alphabet_size"], winners["depth"], winners["units"], strict=True
    )
    return winners.assign(units=[_searched_units(match, cells[0], *place) for place in places])


def _searched_units(
    match: str, reference: str, cell: str, alphabet_size: int, depth: int, units: int
) -> int:
    """Of the grid, the units of the reference cell whose cost is closest to that of these."""
    if cell == reference:
        return int(units)
    cost = MATCHES[match]
    wanted = cost(cell, int(alphabet_size), int(depth), int(units))
    return min(
        UNITS_GRID,
        key=lambda size: abs(cost(reference, int(alphabet_size), int(depth), size) - wanted),
    )


def edge_reasons(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Sentences for every range at whose edge more than a third of the winners lie."""
    chosen, total, at_edge = winners(frame), 0, dict[str, int]()
    for sweep, rows in chosen.groupby("sweep", sort=True):
        total += len(rows)
        config = configs.get(str(sweep), {})
        for name, count in edge_counts(
            with_searched_units(rows, config), config.get("search", {})
        ).items():
            at_edge[name] = at_edge.get(name, 0) + count
    return [
        f"the winners of {count} of {total} searches lie at an edge of the range of {name.replace('_', ' ')}"
        for name, count in sorted(at_edge.items())
        if count > EDGE_SHARE * total
    ]


def doubling_gain(frame: pd.DataFrame) -> float:
    """Expected best of all trials minus expected best of the first half of them, in units of the score.

    Mean over searches, for each cell; the largest over cells, since one cell that is not searched enough is enough to
    make a comparison unfair. NaN without tuning runs of two trials.
    """
    if "score" not in frame:
        return float("nan")
    tune = frame.loc[
        (frame["role"] == "tune") & (frame["status"] != "failed"),
        [*SEARCH, "cell", "trial", "score"],
    ]
    if not tune["score"].notna().any():
        return float("nan")
    values = (
        tune.groupby([*SEARCH, "cell", "trial"], sort=True)["score"].mean().dropna().reset_index()
    )
    gains = values.groupby([*SEARCH, "cell"], sort=True)["score"].agg(
        lambda scores: _gain(scores.to_numpy(dtype=float))
    )
    by_cell = gains.dropna().groupby(level="cell").mean()
    return float(by_cell.max()) if len(by_cell) else float("nan")


def doubts(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], margin: float
) -> list[str]:
    """Why a comparison of these runs would be inconclusive whatever its interval (METHODS section 2)."""
    gain = doubling_gain(frame)
    found = edge_reasons(frame, configs)
    if gain > margin:
        found.append(f"twice the trials still gain {gain:.2g} in score, more than {margin:g}")
    return found


def _gain(scores: Array) -> float:
    if len(scores) < 2:
        return float("nan")
    return float(scores.max() - scores[: len(scores) // 2].max())


def _scale(name: str, setting: Any) -> tuple[Array, bool] | None:
    """The places of a searched range, all its values if they are few and known, otherwise its ends; and whether log.

    None for what is not searched, or has no inside.
    """
    choices = setting.get("choices") if isinstance(setting, dict) else setting
    if isinstance(choices, list) and all(isinstance(choice, (int, float)) for choice in choices):
        return _with_inside(np.unique(choices))
    if (
        not isinstance(setting, dict)
        or not {"low", "high"} <= setting.keys()
        or setting["low"] >= setting["high"]
    ):
        return None
    low, high, log = float(setting["low"]), float(setting["high"]), bool(setting.get("log"))
    if name == "units":
        return _with_inside(np.array([units for units in UNITS_GRID if low <= units <= high]))
    if name in WHOLE and high - low < FEWEST_WITH_INSIDE - 1:
        return None
    return np.array([low, high]), log


def _with_inside(values: Array) -> tuple[Array, bool] | None:
    return (values.astype(float), False) if len(values) >= FEWEST_WITH_INSIDE else None


def _at_edge(name: str, values: Array, scale: tuple[Array, bool]) -> Array:
    """Which values lie in the outer 5 % of a scale, see `_scale`."""
    places, log = scale
    if log:
        values, places = np.log(values), np.log(places)
    position = np.interp(values, places, np.linspace(0, 1, len(places)))
    edge = (position <= EDGE) | (position >= 1 - EDGE)
    found: Array = edge & ~((name == "depth") & (values == 1))
    return found
