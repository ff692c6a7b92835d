"""Fraction of memorized strings by complexity, and the capacity of each cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, EQUAL, UNRESOLVED, Capacity
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.groups import Group, label, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.tables.capacity_tables import capacities
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import short_number

_POINTS = 121
_MARK_STEP = 0.035
_DOT_STEP = 3.0
_EDGE = 2**0.25
# Size of counts in points, the least of it, and the width of a letter over its size.
_COUNT_SIZE = 6.5
_LEAST_SIZE = 5.0
_LETTER = 0.66


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the dots, the curve and the capacity of each cell, told apart by `kind`.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        Columns after the group's: `cell`; `kind`; `level` (for `capacity`, the value that
        `relation` holds for); `memorized` (fraction for `observed`, posterior mean for `curve`, 1/2
        for `capacity`); `low`, `high` (95 % limits of the probability for `curve`, of the level for
        `capacity`); `runs` and `hits` (counts); `relation` (of `capacity`).
    """
    runs = dict(split_groups(confirmed(frame)))
    tables = [
        label(
            pd.concat(
                [_observed(runs[group], cell), _curve(cell, capacity), _capacity(cell, capacity)]
            ),
            group,
        )
        for group, cells in capacities(frame)
        for cell, capacity in cells.items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _observed(runs: pd.DataFrame, cell: str) -> pd.DataFrame:
    own = runs[runs["cell"] == cell].assign(memorized=memorized_by_budget)
    by_level = own.groupby("level", sort=True)["memorized"]
    table = by_level.agg(memorized="mean", runs="size", hits="sum").reset_index()
    table.insert(0, "cell", cell)
    table.insert(1, "kind", "observed")
    return table.astype({"level": float})


def _curve(cell: str, capacity: Capacity) -> pd.DataFrame:
    levels = np.geomspace(capacity.lowest / _EDGE, capacity.highest * _EDGE, _POINTS)
    mean, low, high = capacity.curve(levels)
    return pd.DataFrame(
        {
            "cell": cell,
            "kind": "curve",
            "level": levels,
            "memorized": mean,
            "low": low,
            "high": high,
        }
    )


def _capacity(cell: str, capacity: Capacity) -> pd.DataFrame:
    values = {
        "level": capacity.stated,
        "memorized": 0.5,
        "low": capacity.low,
        "high": capacity.high,
    }
    counts = {"runs": capacity.runs, "hits": capacity.memorized, "relation": capacity.relation}
    return pd.DataFrame([{"cell": cell, "kind": "capacity", **values, **counts}])


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one group."""
    group = Group(*data.iloc[0][list(Group._fields)])
    cells = in_order(data["cell"])
    ax.set_xscale("log", base=2)
    for position, cell in enumerate(cells):
        rows = data[data["cell"] == cell].set_index("kind")
        side = position - (len(cells) - 1) / 2
        _draw_cell(ax, cell, rows, group, side)
        _draw_capacity(ax, cell, rows, side)
        _write_counts(ax, cell, rows.loc[["observed"]], 1.03 + 0.07 * (len(cells) - 1 - position))
    levels = sorted(data.loc[data["kind"] == "observed", "level"].unique())
    ax.set_xticks(levels, [f"{level:g}" for level in levels], minor=False)
    ax.minorticks_off()
    ax.set(ylim=(-0.04, 1.04), xlabel=group.level_label, ylabel="fraction of strings memorized")
    return ax


def _draw_cell(ax: Axes, cell: str, rows: pd.DataFrame, group: Group, side: float) -> None:
    """Draw the band, the curve and the dots; `side` shifts the dots so cells do not overlap."""
    style = look(cell)
    curve = rows.loc["curve"]
    dots = rows.loc[["observed"]]
    ax.fill_between(
        curve["level"], curve["low"], curve["high"], color=style.colour, alpha=0.15, linewidth=0
    )
    ax.plot(curve["level"], curve["memorized"], linestyle=style.line, color=style.colour)
    aside = offset_copy(ax.transData, ax.get_figure(root=True), x=side * _DOT_STEP, units="points")
    ax.plot(
        dots["level"],
        dots["memorized"],
        style.marker,
        color=style.colour,
        markeredgecolor="white",
        markeredgewidth=scaled(0.5),
        zorder=4,
        transform=aside,
    )
    ax.plot(
        [],
        [],
        linestyle=style.line,
        marker=style.marker,
        color=style.colour,
        label=_legend_words(cell, rows, group),
    )


def _legend_words(cell: str, rows: pd.DataFrame, group: Group) -> str:
    row = rows.loc["capacity"]
    finding, _ = finding_words(row, group.unit, value="level")
    limits = (
        f" [{short_number(row['low'])}–{short_number(row['high'])}]"
        if row["relation"] == EQUAL
        else ""
    )
    return typeset(f"{look(cell).name}: {finding}{limits}")


def _draw_capacity(ax: Axes, cell: str, rows: pd.DataFrame, side: float) -> None:
    """Draw the 95 % interval as a bar at 1/2, with an arrow at an open side.

    The arrow points to the end of the curve. Nothing is drawn if both sides are open.
    """
    row = rows.loc["capacity"]
    curve = rows.loc["curve", "level"]
    if row["relation"] == UNRESOLVED:
        return
    colour = look(cell).colour
    height = 0.5 + side * _MARK_STEP
    low = min(curve.min(), row["high"] / _EDGE) if row["relation"] == AT_MOST else row["low"]
    high = max(curve.max(), row["low"] * _EDGE) if row["relation"] == AT_LEAST else row["high"]
    ax.plot(
        [low, high],
        [height, height],
        color=colour,
        linewidth=scaled(2.2),
        solid_capstyle="butt",
        zorder=5,
    )
    for limit, is_open, arrow in (
        (low, row["relation"] == AT_MOST, "<"),
        (high, row["relation"] == AT_LEAST, ">"),
    ):
        ax.plot(
            [limit],
            [height],
            arrow if is_open else "|",
            color=colour,
            markersize=scaled(6),
            markeredgewidth=scaled(1.6),
            zorder=5,
        )
    if row["relation"] == EQUAL:
        ax.plot([row["level"]], [height], look(cell).marker, color="white",
                markeredgecolor=colour, markeredgewidth=scaled(1.4), zorder=6)  # fmt: skip


def _write_counts(ax: Axes, cell: str, dots: pd.DataFrame, height: float) -> None:
    """Write the numbers of memorized strings at each level above the axes."""
    style = look(cell)
    even = dots["runs"].nunique() == 1
    transform = ax.get_xaxis_transform()
    heading = f"{style.name}, of {dots['runs'].iloc[0]:.0f}:" if even else f"{style.name}:"
    counts = [
        f"{hits:.0f}" if even else f"{hits:.0f}/{runs:.0f}"
        for hits, runs in zip(dots["hits"], dots["runs"], strict=True)
    ]
    size = _count_size(ax, dots["level"], max(map(len, counts)))
    ax.text(
        -0.02, height, heading, transform=ax.transAxes, ha="right", color=style.colour,
        fontsize=scaled(_COUNT_SIZE),
    )  # fmt: skip
    for level, text in zip(dots["level"], counts, strict=True):
        ax.text(
            level, height, text, transform=transform, ha="center", color=style.colour, fontsize=size
        )


def _count_size(ax: Axes, levels: pd.Series, letters: int) -> float:
    """Return the size of text at which counts above neighbouring levels do not touch."""
    low, high = np.log2(ax.get_xlim())
    points = ax.get_window_extent().width * 72 / ax.figure.dpi
    apart = np.diff(np.sort(np.log2(levels))).min(initial=np.inf) / (high - low) * points
    return float(min(scaled(_COUNT_SIZE), max(apart / (letters * _LETTER), _LEAST_SIZE)))


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    group = Group(*data.iloc[0][list(Group._fields)])
    rows = data[data["kind"] == "capacity"]
    counts = ", ".join(f"{look(row.cell).name} {row.runs:.0f}" for row in rows.itertuples())
    return (
        f"Fraction of confirmation strings memorized, by level ({group.describe()}); runs:"
        f" {counts}. Dots: observed fractions, with their counts above. A run counts if it had"
        " memorized at any checkpoint. Curves: posterior mean of the psychometric function,"
        " averaged over searches; bands: pointwise equal-tailed 95 % posterior intervals. Bars at"
        " 1/2: posterior median and equal-tailed 95 % interval of the capacity; an arrow marks a"
        " side that the levels do not bound. The unit is the string, clustered by search within"
        " level, and nothing is resampled."
    )


FIGURE = Figure(
    name="capacity_curve",
    title="Memorized strings by complexity",
    help="fraction of memorized strings by complexity, with the capacity of each cell",
    compute=compute,
    draw=draw,
    caption=caption,
    width=4.6,
    height=3.3,
)
