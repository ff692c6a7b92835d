"""Capacity against the budget: at tuned budgets, and at smaller budgets by checkpoints."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, EQUAL, UNRESOLVED
from seqmem.analysis.estimators.capacity_dependence import capacity_by_budget
from seqmem.analysis.figures.parts.axis_labels import (
    budget_ticks,
    count_range,
    group_of,
    join_groups,
    octave_ticks,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled

_ARROW = 2**0.22
_SIDE = 2**0.09
# Between the drawn limits and the edges of the panel.
_MARGIN = 2**0.3


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the capacities by budget; budgets of one unit form one group.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        The table `capacity_by_budget` with `tuned_for`, the budget of the sweep.
    """
    table = capacity_by_budget(frame)
    return join_groups(table.assign(tuned_for=table["budget"]), ["budget"])


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one group: lines for checkpoints, filled marks at the budgets that were tuned for."""
    for position, cell in enumerate(in_order(data["cell"])):
        rows = data[data["cell"] == cell]
        style = look(cell)
        for _, run in rows.groupby("tuned_for", sort=True):
            known = run[run["relation"] == EQUAL]
            ax.fill_between(
                known["spent"],
                known["low"],
                known["high"],
                color=style.colour,
                alpha=0.13,
                linewidth=0,
            )
            ax.plot(
                known["spent"],
                known["capacity"],
                linestyle=style.line,
                color=style.colour,
                linewidth=scaled(1.0),
            )
            _draw_limits(ax, run.assign(spent=run["spent"] * _SIDE**position), style.colour)
        tuned = rows[rows["retuned"] & (rows["relation"] == EQUAL)]
        aside = tuned["spent"] * _SIDE**position
        errors = [tuned["capacity"] - tuned["low"], tuned["high"] - tuned["capacity"]]
        ax.errorbar(
            aside,
            tuned["capacity"],
            errors,
            fmt=style.marker,
            color=style.colour,
            capsize=scaled(2.5),
            markersize=scaled(6),
            markeredgecolor="white",
            markeredgewidth=scaled(0.6),
            zorder=5,
        )
        ax.plot(
            [], [], linestyle=style.line, marker=style.marker, color=style.colour, label=style.name
        )
    group = group_of(data)
    budget_ticks(ax, data["spent"].max())
    low, high = _drawn_range(data)
    octave_ticks(ax, low / _MARGIN, high * _MARGIN)
    ax.set(
        xlabel=f"training budget ({data['budget_unit'].iloc[0]})",
        ylabel=f"capacity ({group.unit or 'level'})",
    )
    return ax


def _drawn_range(data: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and highest drawn limit."""
    values = [
        data.loc[data["relation"].isin([EQUAL, AT_LEAST]), "low"],
        data.loc[data["relation"] == EQUAL, "high"],
    ]
    values.append(data.loc[data["relation"] == AT_MOST, "high"])
    shown = pd.concat(values)
    return (shown.min() / _ARROW, shown.max() * _ARROW) if len(shown) else (1.0, 2.0)


def _draw_limits(ax: Axes, run: pd.DataFrame, colour: str) -> None:
    """Draw an arrow from the limit if the levels bound the capacity on one side only."""
    for relation, limit, marker, factor in (
        (AT_LEAST, "low", "^", _ARROW),
        (AT_MOST, "high", "v", 1 / _ARROW),
    ):
        rows = run[run["relation"] == relation]
        ends = rows[limit] * factor
        ax.vlines(rows["spent"], rows[limit], ends, color=colour, linewidth=scaled(0.8))
        ax.plot(rows["spent"], ends, marker, color=colour, markersize=scaled(2.5), linestyle="none")


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    unresolved = int((data["relation"] == UNRESOLVED).sum())
    left = (
        f" {unresolved} budgets without a bound on either side are left out." if unresolved else ""
    )
    searches = data["searches"]
    return (
        f"Capacity against the training budget ({group_of(data).describe()});"
        f" n = {count_range(data['runs'])} confirmation runs per capacity, from"
        f" {count_range(searches)} search{'es' if searches.max() > 1 else ''} per level. Large"
        " marks: budgets that were tuned for. Lines: the winners of those budgets at each"
        " checkpoint. They were not re-tuned, so they support no claim about smaller budgets. A run"
        " counts if it had memorized at any checkpoint up to the budget. Bars and bands: posterior"
        " median and equal-tailed 95 % interval. The unit is the string, clustered by search within"
        " level, and nothing is resampled. An arrow starts at the limit if the levels bound the"
        f" capacity on one side only.{left}"
    )


FIGURE = Figure(
    name="capacity_by_budget",
    title="Capacity by training budget",
    help="capacity at the budgets that were tuned for, and at smaller ones",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs whose checkpoints answer smaller budgets",
    width=4.6,
    height=3.0,
)
