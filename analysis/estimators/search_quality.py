"""Quality of searches: winners at the edges of ranges, and how much more trials would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.box_edges import EDGE, box_edges
from seqmem.analysis.estimators.searched_units import with_searched_units
from seqmem.analysis.records.loading import is_confirmed
from seqmem.analysis.records.pruning import without_pruned_sweeps
from seqmem.analysis.records.search_spaces import space_of
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title
from seqmem.sweeps.config.search_section import NEW_SPACE
from seqmem.sweeps.config.searched_values import log2
from seqmem.sweeps.config.section import UNITS_GRID

EDGE_SHARE = 1 / 3
FEWEST_WITH_INSIDE = 3
WHOLE = ("depth", "batch", "length")
SEARCH = ["sweep", "condition", "search"]
# Columns of the records that `doubts` reads, with the parameters that were searched.
OF_SEARCHES = {
    *SEARCH,
    "role",
    "status",
    "cell",
    "level",
    "trial",
    "score",
    "alphabet_size",
    "depth",
    "units",
}


def winners(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one confirmation run of each search; its configuration won the search.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per search.
    """
    # Rows are chosen by the names of searches alone, because a frame of records is wide.
    rows = np.flatnonzero(is_confirmed(frame))
    return frame.iloc[rows[~frame[SEARCH].iloc[rows].duplicated().to_numpy()]]


def edge_counts(winners: pd.DataFrame, space: Mapping[str, Any]) -> dict[str, int]:
    """Count the winners within 5 % of an edge of each searched range.

    In the new space (`space = 2`), only learning rate and units have a rule, see `box_edges`. The
    rest is about other sweeps.

    Ranges with `log` are measured on the logarithm. Units and powers of two are measured by their
    rank in the searched grid. In a range of whole numbers or a list of choices, the first and the
    last value are edges. Depth 1 is not an edge, because there is no smaller depth. Parameters that
    are not searched are left out. Names have no edge. Ranges of two values are left out too,
    because every value is an edge.

    Parameters
    ----------
    winners : DataFrame
        One row per search, with a column for each parameter.
    space : mapping of str to mapping
        The section `search` of a sweep file.

    Returns
    -------
    dict of str to int
        Number of winners at an edge, by parameter.

    Examples
    --------
    >>> edge_counts(pd.DataFrame({"units": [8, 16, 32]}), {"units": {"low": 8, "high": 64}})
    {'units': 1}
    """
    if space.get("space") == NEW_SPACE:
        return {name: int(marks.sum()) for name, marks in box_edges(winners, space).items()}
    counts = {}
    for name, setting in space.items():
        scale = _scale(name, setting)
        if name in winners and scale is not None:
            counts[name] = int(_at_edge(name, winners[name].to_numpy(dtype=float), scale).sum())
    return counts


def edge_reasons(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Describe every range at whose edge more than a third of the winners lie.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    list of str
        One sentence per range.
    """
    totals: Counter[str] = Counter()
    at_edge: Counter[tuple[str, str]] = Counter()
    for sweep, rows in winners(frame).groupby("sweep", sort=True):
        for cell, own, space in by_search_space(rows, configs.get(str(sweep), {})):
            totals[cell] += len(own)
            for name, count in edge_counts(own, space).items():
                at_edge[cell, name] += count
    return [
        f"the winners of {count} of {totals[cell]} searches"
        f"{f' of {cell_title(cell)}' if cell else ''} lie at "
        f"an edge of the range of {name.replace('_', ' ')}"
        for (cell, name), count in sorted(at_edge.items())
        if count > EDGE_SHARE * totals[cell]
    ]


def by_search_space(
    winners: pd.DataFrame, config: Mapping[str, Any]
) -> Iterator[tuple[str, pd.DataFrame, Mapping[str, Any]]]:
    """Yield the winners that were searched in one space, with that space.

    If some cells or levels have their own ranges, each cell or level is yielded alone. Then every
    winner is judged by its own ranges.

    Parameters
    ----------
    winners : DataFrame
        Winners of one sweep.
    config : mapping
        Its sweep file.

    Yields
    ------
    cell : str
        Empty if all cells have one space.
    winners : DataFrame
        Their winners, with the units that were searched for them.
    space : mapping
        The section `search`, with the ranges of the cell and the level.
    """
    winners = with_searched_units(winners, config)
    space = config.get("search", {})
    by_level = winners.groupby("level", sort=True) if space.get("levels") else [(0, winners)]
    for level, rows in by_level:
        if not space.get("cells"):
            yield "", rows, space_of(config, level)
            continue
        for cell, own in rows.groupby("cell", sort=True):
            yield str(cell), own, space_of(config, level, str(cell))


def doubling_gain(frame: pd.DataFrame) -> float:
    """Return how much the best score gains when the number of trials doubles.

    It is the best score of all trials minus the best of the first half of them, as a mean over the
    searches of each cell. The largest value over cells is returned, because one cell with too few
    trials makes a comparison unfair.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    float
        Gain in units of the score; NaN if no search without pruned trials has two tuning trials.
    """
    if "score" not in frame:
        return float("nan")
    frame = without_pruned_sweeps(frame)
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
    """Return the reasons why a comparison of these runs is inconclusive whatever its interval.

    The rules are in the pre-registration of study 1, section 2 (docs/preregistration/study-1.md).

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    margin : float
        Largest gain from doubling the trials that leaves no doubt, in units of the score.

    Returns
    -------
    list of str
        One sentence per reason; empty without doubt.
    """
    gain = doubling_gain(frame)
    reasons = edge_reasons(frame, configs)
    if gain > margin:
        reasons.append(f"twice the trials still gain {gain:.2g} in score, more than {margin:g}")
    return reasons


def _gain(scores: Array) -> float:
    if len(scores) < 2:
        return float("nan")
    return float(scores.max() - scores[: len(scores) // 2].max())


def _scale(name: str, setting: Any) -> tuple[Array, bool] | None:
    """Return the positions of a searched range and whether it is logarithmic.

    The positions are all values if they are few and known, otherwise the two ends. The result is
    None if the parameter is not searched, or if all values are edges.
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
    low = float(setting["low"])
    high = float(setting["high"])
    if setting.get("powers_of_two"):
        exponents = range(log2(int(low)), log2(int(high)) + 1)
        return _with_inside(np.array([1 << exponent for exponent in exponents]))
    if name == "units":
        return _with_inside(np.array([units for units in UNITS_GRID if low <= units <= high]))
    if name in WHOLE and high - low < FEWEST_WITH_INSIDE - 1:
        return None
    return np.array([low, high]), bool(setting.get("log"))


def _with_inside(values: Array) -> tuple[Array, bool] | None:
    return (values.astype(float), False) if len(values) >= FEWEST_WITH_INSIDE else None


def _at_edge(name: str, values: Array, scale: tuple[Array, bool]) -> Array:
    """Return which values lie in the outer 5 % of a scale, see `_scale`."""
    marks, log = scale
    if log:
        values = np.log(values)
        marks = np.log(marks)
    position = np.interp(values, marks, np.linspace(0, 1, len(marks)))
    outer = (position <= EDGE) | (position >= 1 - EDGE)
    at_edge: Array = outer & ~((name == "depth") & (values == 1))
    return at_edge
