"""The settings that won each search, against the budget."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.figures.parts.axis_labels import (
    count_range,
    group_of,
    join_groups,
    plain_log_labels,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.tables.winner_settings import SETTINGS, STEP

_LABELS = {
    "units": "units per layer",
    "depth": "layers",
    "learning_rate": "learning rate",
    STEP: "symbols a step (batch × length)",
}
# Marks of the cells stand side by side, and those of one cell are spread over this many octaves.
_SIDE = 0.22
_SPREAD = 0.14
# Half the length of the dash at a mean, in octaves.
_DASH = 0.2
# Below and above the whole numbers of an axis of layers.
_HALF = 0.4
# Half the width of the bar that shows a searched range, in octaves.
_BAR = 0.38


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the settings of the winners; budgets of one unit form one group.

    Parameters
    ----------
    table : DataFrame
        The table `winner_settings` of a report.

    Returns
    -------
    DataFrame
        The table with `panel`, the number of the setting.
    """
    if table.empty:
        return table
    places = table["setting"].map({name: place for place, name in enumerate(SETTINGS)})
    return join_groups(table.assign(panel=places), ["budget"])


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one setting: a mark per winner, a dash at the mean, and a bar for the searched range."""
    setting = str(data["setting"].iloc[0])
    is_count = setting == "depth"
    ax.set_xscale("log", base=2)
    if not is_count:
        ax.set_yscale("log", base=10 if setting == "learning_rate" else 2)
    for spent, rows in data.dropna(subset=["low"]).groupby("spent"):
        low, high = rows["low"].min(), rows["high"].max()
        ends = (low - _HALF, high + _HALF) if is_count else (low / 2**_HALF, high * 2**_HALF)
        ax.fill_between([spent * 2**-_BAR, spent * 2**_BAR], *ends, color="0.92", linewidth=0,
                        zorder=0)  # fmt: skip
    cells = in_order(data["cell"])
    for position, cell in enumerate(cells):
        style = look(cell)
        side = _SIDE * (position - (len(cells) - 1) / 2) * 2
        for spent, rows in data[data["cell"] == cell].groupby("spent"):
            rows = rows.sort_values(["level", "sweep", "search"])
            spread = np.linspace(-_SPREAD, _SPREAD, len(rows)) if len(rows) > 1 else np.zeros(1)
            ax.plot(spent * 2 ** (side + spread), rows["value"], style.marker, color=style.colour,
                    markersize=scaled(2.6), alpha=0.55, markeredgewidth=0)  # fmt: skip
            _draw_mean(ax, spent * 2**side, rows["value"], is_count, style.colour)
        ax.plot([], [], style.marker, color=style.colour, markersize=scaled(4), label=style.name)
    _label(ax, data, is_count)
    ax.set(xlabel=f"training budget ({data['budget_unit'].iloc[0]})", ylabel=_LABELS[setting])
    return ax


def _draw_mean(ax: Axes, across: float, values: pd.Series, is_count: bool, colour: str) -> None:
    """Draw the mean of winners with its 95 % interval; of logarithms except for layers."""
    numbers = values.to_numpy(dtype=float) if is_count else np.log2(values.to_numpy(dtype=float))
    one = clustered_mean(numbers[:, None], [0] * len(numbers), range(len(numbers)))
    mean, low, high = (float(ends[0]) if is_count else 2 ** float(ends[0]) for ends in one[:3])
    ax.hlines(
        mean, across * 2**-_DASH, across * 2**_DASH, color=colour, linewidth=scaled(1.6), zorder=4
    )
    ax.vlines(across, low, high, color=colour, linewidth=scaled(0.8), zorder=3)


def _label(ax: Axes, data: pd.DataFrame, is_count: bool) -> None:
    """Label budgets that are an octave apart, because labels of closer ones would touch."""
    kept: list[float] = []
    for budget in sorted(data["spent"].unique()):
        if not kept or budget / kept[-1] >= 2:
            kept.append(budget)
    ax.set_xticks(kept, [f"{budget:g}" for budget in kept])
    ax.minorticks_off()
    if is_count:
        ends = data[["value", "low", "high"]]
        ax.set_yticks(range(int(ends.min().min()), int(ends.max().max()) + 1))
    else:
        plain_log_labels(ax.yaxis)


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    searches = data[data["panel"] == data["panel"].min()].groupby(["cell", "spent"]).size()
    return (
        f"What won: the settings of the winner of every search against the budget"
        f" ({group_of(data).describe()}); n = {count_range(searches)} searches per cell and budget,"
        " one mark each, of confirmation runs. Dashes with lines: their means with 95 % t intervals"
        " over searches, of logarithms except for layers. Grey: the range that was searched; levels"
        " with other strings have other budgets and ranges."
    )


FIGURE = Figure(
    name="winners_by_budget",
    title="What wins, by training budget",
    help="settings that won each search, against the budget",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="searches with winners, in which settings vary",
    source="winner_settings",
    panel_by="panel",
    share=False,
    width=9.0,
    height=2.4,
)
