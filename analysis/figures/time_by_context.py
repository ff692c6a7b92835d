"""Time to store 90 % of a string against the context it needs, for few and for many bits."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.claims.study_2.rules.constants import MOST_CENSORED, STORED_SHARE
from seqmem.analysis.estimators.times_by_context import (
    ALL,
    FEW,
    FEWEST_CONDITIONS,
    MANY,
    times_by_context,
)
from seqmem.analysis.figures.parts.axis_labels import count_range, plain_log_labels
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled

_PANELS = {FEW: 0, MANY: 1, ALL: 2}
_TITLES = {FEW: "few bits", MANY: "many bits", ALL: "all conditions"}
# Marks of the cells stand side by side.
_SIDE = 2**0.05


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the times by condition and cell.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        The table of `times_by_context` with `panel`, the number of the class of bits.
    """
    table = times_by_context(frame, STORED_SHARE)
    return table.assign(panel=table["bits_class"].map(_PANELS))


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one class of bits: a mark with its interval per condition and cell."""
    ax.set(xscale="log", yscale="log")
    cells = in_order(data["cell"])
    for position, cell in enumerate(cells):
        rows = data[data["cell"] == cell].sort_values("context")
        style = look(cell)
        across = rows["context"] * _SIDE ** (2 * position - len(cells) + 1)
        ax.plot(
            across, rows["time"], linestyle=style.line, color=style.colour, linewidth=scaled(0.9)
        )
        ax.vlines(across, rows["low"], rows["high"], color=style.colour, linewidth=scaled(1.0))
        is_known = rows["reached"] >= (1 - MOST_CENSORED) * rows["strings"]
        for use, fill in ((is_known, style.colour), (~is_known, "white")):
            ax.plot(across[use], rows["time"][use], style.marker, color=style.colour,
                    markerfacecolor=fill)  # fmt: skip
        ax.plot([], [], linestyle=style.line, marker=style.marker, color=style.colour,
                label=style.name)  # fmt: skip
    for axis in (ax.xaxis, ax.yaxis):
        plain_log_labels(axis)
    bits = f"{data['bits'].min():.0f} to {data['bits'].max():.0f} bits"
    unit = data["budget_unit"].iloc[0]
    ax.set(
        title=f"{_TITLES[str(data['bits_class'].iloc[0])]}: {bits}",
        xlabel="context (symbols)",
        ylabel=f"time to {100 * STORED_SHARE:g} % stored ({unit})",
    )
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content, n and interval."""
    return (
        f"Time to store {100 * STORED_SHARE:g} % of a string against the context that determines"
        " its next symbol, for the winners of searches;"
        f" n = {count_range(data['strings'])} confirmation runs in"
        f" {count_range(data['searches'])} searches per mark. Marks: geometric means. Bars:"
        " 95 % t intervals over searches. A run that did not get there counts with its budget, so"
        f" where more than {100 * MOST_CENSORED:g} % did not, the mark is open and a lower bound."
    )


FIGURE = Figure(
    name="time_by_context",
    title="Time to memorize by context and bits",
    help="time to 90 % stored against the context of the strings, by their bits",
    compute=compute,
    draw=draw,
    caption=caption,
    needs=f"confirmation runs on {FEWEST_CONDITIONS} or more conditions of one source and level",
    grouped=False,
    panel_by="panel",
    width=11.0,
    height=2.9,
)
