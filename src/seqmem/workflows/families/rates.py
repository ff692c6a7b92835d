"""The score of each family by its learning rate, beside the default range."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look
from seqmem.workflows.compare.boxes import WIDE_BOX, own_ranges, widened
from seqmem.workflows.families.records import families

GRID = "grid"
SEARCH = "search"


def default_range(cell: str) -> tuple[float, float]:
    """Return the learning rates that `seqmem compare` searches for a cell beside other families.

    Examples
    --------
    >>> default_range("gru"), default_range("transformer")
    ((0.001, 0.3), (0.0003, 0.03))
    """
    space = widened(WIDE_BOX, [cell]) | own_ranges([cell]).get(cell, {})
    return space["learning_rate"]["low"], space["learning_rate"]["high"]


def rate_curves(grid: pd.DataFrame, searches: pd.DataFrame) -> pd.DataFrame:
    """Return the score of every tuning trial by family and learning rate.

    Parameters
    ----------
    grid : pandas.DataFrame
        Records of the preset ``families-rates``: one size, and a grid of learning rates.
    searches : pandas.DataFrame
        Records of the preset ``families``: searches over learning rate and size.

    Returns
    -------
    pandas.DataFrame
        Columns: `panel` (its place), `family`, `cell`, `kind` ("grid" or "search"),
        `learning_rate`, `score`, and `low` and `high`, the default range.
    """
    tables = []
    for kind, frame in ((GRID, grid), (SEARCH, searches)):
        tuned = frame[frame["role"] == "tune"]
        columns = ["family", "cell", "block", "learning_rate", "score"]
        tables.append(tuned[columns].assign(kind=kind))
    data = pd.concat(tables, ignore_index=True)
    places = {family: place for place, (family, *_) in enumerate(families(data))}
    ranges = data["cell"].astype(str).map(default_range)
    data = data.assign(
        panel=data["family"].map(places), low=ranges.str[0], high=ranges.str[1]
    ).drop(columns="block")
    return data.sort_values(["panel", "kind", "learning_rate", "score"], ignore_index=True)


def best_rates(data: pd.DataFrame) -> pd.DataFrame:
    """Return the best learning rate of the grid of each family, with its default range.

    Returns
    -------
    pandas.DataFrame
        One row per family: `family`, `learning_rate`, `score`, `low`, `high`.
    """
    grid = data[data["kind"] == GRID]
    best = grid.loc[grid.groupby("panel", sort=True)["score"].idxmax()]
    return best[["family", "learning_rate", "score", "low", "high"]].reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one family: its default range, the curve over the grid, and the points of the search."""
    style = look(str(data["cell"].iloc[0]))
    ax.axvspan(data["low"].iloc[0], data["high"].iloc[0], color="0.92", linewidth=0)
    ax.axhline(1, color="0.7", linewidth=0.6)
    searched = data[data["kind"] == SEARCH]
    ax.plot(searched["learning_rate"], searched["score"], ".", color="0.55", markersize=3.5)
    grid = data[data["kind"] == GRID]
    ax.plot(grid["learning_rate"], grid["score"], linestyle=style.line, marker=style.marker,
            color=style.colour)  # fmt: skip
    ax.set_xscale("log")
    ax.set(title=data["family"].iloc[0], xlabel="learning rate", ylabel="score", ylim=(-0.4, 1.9))
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content and n."""
    rates = data.loc[data["kind"] == GRID, "learning_rate"].nunique()
    return (
        f"Score by learning rate. Coloured: {rates} rates for two layers of 16 units, on one random"
        " string of 64 symbols. Grey dots: the 16 points of a search over learning rate, depth and"
        " units, on a string of 200 symbols. The score is the stored fraction, and 1 or more if the"
        " string was memorized: the sooner, the more. Grey area: the range that `seqmem compare`"
        " searches. There are no intervals."
    )


FIGURE = Figure(
    name="families_rates",
    title="Learning rates of each family",
    help="score by learning rate, and the default range, by family",
    compute=lambda frame: frame,
    draw=draw,
    caption=caption,
    grouped=False,
    panel_by="panel",
    per_cell=False,
    width=9.0,
    height=1.9,
)
