"""Capacity against the budget: what was tuned for, and what its winners had reached before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, EQUAL, UNRESOLVED
from seqmem.analysis.estimators.capacity_dependence import capacity_by_budget
from seqmem.analysis.figures.parts.axis_labels import (
    budget_ticks,
    count_range,
    group_of,
    join_groups,
    log2_ticks,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look

_ARROW, _SIDE = 2**0.22, 2**0.09


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """`capacity_by_budget` with `tuned_for` (the budget of the sweep); budgets of one unit are one group."""
    table = capacity_by_budget(frame)
    return join_groups(table.assign(tuned_for=table["budget"]), ["budget"])


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one group: lines for checkpoints, filled marks where the budget was tuned for."""
    for position, cell in enumerate(in_order(data["cell"])):
        rows, style = data[data["cell"] == cell], look(cell)
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
                known["spent"], known["capacity"], style.line, color=style.colour, linewidth=1.0
            )
            _draw_limits(ax, run.assign(spent=run["spent"] * _SIDE**position), style.colour)
        tuned = rows[rows["retuned"] & (rows["relation"] == EQUAL)]
        aside = tuned["spent"] * _SIDE**position
        errors = [tuned["capacity"] - tuned["low"], tuned["high"] - tuned["capacity"]]
        ax.errorbar(aside, tuned["capacity"], errors, fmt=style.marker, color=style.colour, capsize=2.5, markersize=6,
                    markeredgecolor="white", markeredgewidth=0.6, zorder=5)  # fmt: skip
        ax.plot([], [], style.line, marker=style.marker, color=style.colour, label=style.name)
    group = group_of(data)
    budget_ticks(ax, data["spent"].max())
    low, high = np.log2(_shown(data))
    log2_ticks(ax, 2.0 ** np.arange(np.floor(low), np.ceil(high) + 1), "y")
    ax.set(ylim=(2 ** (low - 0.3), 2 ** (high + 0.3)))
    ax.set(
        xlabel=f"training budget ({data['budget_unit'].iloc[0]})",
        ylabel=f"capacity ({group.unit or 'level'})",
    )
    return ax


def _shown(data: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest value of the limits that are drawn."""
    values = [
        data.loc[data["relation"].isin([EQUAL, AT_LEAST]), "low"],
        data.loc[data["relation"] == EQUAL, "high"],
    ]
    values.append(data.loc[data["relation"] == AT_MOST, "high"])
    shown = pd.concat(values)
    return (shown.min() / _ARROW, shown.max() * _ARROW) if len(shown) else (1.0, 2.0)


def _draw_limits(ax: Axes, run: pd.DataFrame, colour: str) -> None:
    """An arrow from the limit where the levels bound the capacity on one side only; nothing where on neither."""
    for relation, limit, marker, factor in (
        (AT_LEAST, "low", "^", _ARROW),
        (AT_MOST, "high", "v", 1 / _ARROW),
    ):
        rows = run[run["relation"] == relation]
        ends = rows[limit] * factor
        ax.vlines(rows["spent"], rows[limit], ends, color=colour, linewidth=0.8)
        ax.plot(rows["spent"], ends, marker, color=colour, markersize=2.5, linestyle="none")


def caption(data: pd.DataFrame) -> str:
    """What is shown, n and the interval, for the data of one group."""
    unresolved = int((data["relation"] == UNRESOLVED).sum())
    left = (
        f" {unresolved} budgets at which the levels bound it on neither side are left out."
        if unresolved
        else ""
    )
    searches = data["searches"]
    return (
        f"Capacity against the training budget ({group_of(data).describe()}); n = {count_range(data['runs'])} confirmation"
        f" runs per capacity, from {count_range(searches)} search{'es' if searches.max() > 1 else ''} per level. Large marks:"
        " budgets that were tuned for. Lines: what the winners of those budgets had memorized by each checkpoint, not"
        " re-tuned, so they support no claim about smaller budgets; a run counts if it had memorized at any checkpoint"
        " up to the budget. Bars and bands: posterior median and equal-tailed"
        " 95 % interval, the unit is the string clustered by search within level, nothing is resampled; an arrow starts"
        f" at the limit where the levels bound the capacity on one side only.{left}"
    )


FIGURE = Figure(
    name="capacity_by_budget",
    title="Capacity by training budget",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs whose checkpoints answer smaller budgets",
    width=4.6,
    height=3.0,
)
