"""Capacity against depth at fixed budgets, from sweeps with a fixed depth."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, EQUAL, UNRESOLVED
from seqmem.analysis.estimators.capacity_dependence import capacity_by
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of, join_groups, log2_ticks
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled

_SIDE = 0.14
_GREY = "0.3"


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the capacities by depth.

    Budgets of one unit and sweeps of different depths form one group. Groups with a single depth
    are left out.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        The table `capacity_by` depth, with `spent` (the budget) and `series` (number of the sweep
        among those of one depth, from 0).
    """
    table = capacity_by(frame, "depth")
    if table.empty:
        return table
    amounts = frame.dropna(subset="budget_amount").drop_duplicates("budget").set_index("budget")
    table = table.assign(
        spent=table["budget"].map(amounts["budget_amount"]),
        budget_unit=table["budget"].map(amounts["budget_unit"]),
        at=table["budget"],
        series=table.groupby(
            ["source", "alphabet_size", "measure", "protocol", "budget", "cell", "value"]
        ).cumcount(),
    )
    data = join_groups(join_groups(table, ["design"]).assign(design=""), ["budget"])
    depths = data.groupby(["source", "alphabet_size", "measure", "protocol", "budget"])[
        "value"
    ].transform("nunique")
    return data[depths > 1].reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells at one budget."""
    group = group_of(data)
    cells = in_order(data["cell"])
    most = int(data["series"].max()) + 1
    for position, cell in enumerate(cells):
        style = look(cell)
        for series, rows in data[data["cell"] == cell].groupby("series", sort=True):
            fill = style.colour if series == 0 else "white"
            at = rows["value"] + _SIDE * (
                most * position + int(series) - (most * len(cells) - 1) / 2
            )
            known = rows["relation"] == EQUAL
            ax.plot(
                at,
                rows["capacity"].where(known),
                linestyle=style.line,
                color=style.colour,
                linewidth=scaled(0.9),
            )
            ax.vlines(
                at[known],
                rows["low"][known],
                rows["high"][known],
                color=style.colour,
                linewidth=scaled(1.2),
            )
            ax.plot(
                at,
                rows["capacity"].where(known),
                style.marker,
                color=style.colour,
                markerfacecolor=fill,
            )
            for relation, limit, marker in ((AT_LEAST, "low", "^"), (AT_MOST, "high", "v")):
                bound = rows["relation"] == relation
                ax.plot(
                    at[bound],
                    rows[limit][bound],
                    marker,
                    color=style.colour,
                    markersize=scaled(6),
                    markerfacecolor="none",
                )
        ax.plot(
            [], [], linestyle=style.line, marker=style.marker, color=style.colour, label=style.name
        )
    if most > 1:
        ax.plot([], [], "o", color=_GREY, markerfacecolor="white", label="further sweeps")
    depths = sorted(data["value"].unique())
    ax.set_xticks(depths, [f"{depth:g}" for depth in depths])
    ax.set_xlim(min(depths) - 0.4, max(depths) + 0.4)
    limits = pd.concat([data["low"], data["high"]])
    log2_ticks(
        ax,
        [2.0**power for power in range(1, 16) if limits.min() / 2 < 2**power < limits.max() * 2],
        "y",
    )
    ax.set(
        title=str(data["at"].iloc[0]),
        xlabel="depth (layers)",
        ylabel=f"capacity ({group.unit or 'level'})",
    )
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    unresolved = int((data["relation"] == UNRESOLVED).sum())
    left = (
        f" {unresolved} capacities without a bound on either side are left out."
        if unresolved
        else ""
    )
    second = (
        " Open marks: further sweeps of the same depth, such as those with parameters matched."
        if data["series"].any()
        else ""
    )
    return (
        f"Capacity against the number of layers, one panel per budget"
        f" ({group_of(data).describe()}); n = {count_range(data['runs'])} confirmation runs per"
        f" capacity, from {count_range(data['searches'])} searches per level. Each depth was tuned"
        " separately. Bars: posterior median and"
        " equal-tailed 95 % interval. The unit is the string, clustered by search within level, and"
        " nothing is resampled. Triangles: limits of capacities that the levels bound on one side"
        f" only.{second}{left}"
    )


FIGURE = Figure(
    name="depth_at_budgets",
    title="Capacity by depth at fixed budgets",
    help="capacity by depth, from sweeps with a fixed depth",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="sweeps that hold the depth fixed, at two or more depths",
    panel_by="spent",
    width=6.9,
    height=2.2,
)
