"""Bits per identifiable parameter against the exposures, one line per size of a network."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.capacity_by_exposure import exposure_table
from seqmem.analysis.figures.parts.axis_labels import count_range, plain_log_labels
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look, scaled

# The smallest size is drawn the lightest.
_LIGHTEST = 0.4


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the bits of each size at each number of steps.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        The table of `exposure_table` with `panel`: the cell, alphabet and protocol. Panels with a
        single number of steps are left out.
    """
    table = exposure_table(frame)
    panels = table["cell"] + "-" + table["alphabet_size"].astype(str) + "-" + table["protocol"]
    several = table.groupby(panels)["steps"].transform("nunique") > 1
    return table.assign(panel=panels)[several].reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one cell: a line per size, labelled by its units."""
    style = look(str(data["cell"].iloc[0]))
    ax.set_xscale("log", base=10)
    sizes = sorted(data["units"].unique())
    for position, units in enumerate(sizes):
        rows = data[data["units"] == units].sort_values("steps")
        shade = _LIGHTEST + (1 - _LIGHTEST) * (position + 1) / len(sizes)
        ax.vlines(rows["exposures"], rows["low"], rows["high"], color=style.colour, alpha=shade,
                  linewidth=scaled(1.0))  # fmt: skip
        ax.plot(rows["exposures"], rows["bits_per_parameter"], marker=style.marker,
                markersize=scaled(3.5), linestyle=style.line, color=style.colour, alpha=shade,
                linewidth=scaled(1.1))  # fmt: skip
        last = rows.iloc[-1]
        ax.annotate(f"{units}", (last["exposures"], last["bits_per_parameter"]), xytext=(4, 0),
                    textcoords="offset points", fontsize=scaled(6), color=style.colour,
                    va="center")  # fmt: skip
    ax.plot([], [], "o-", color="0.4", markersize=scaled(3.5), linewidth=scaled(1.1),
            label="one network, with its units")  # fmt: skip
    plain_log_labels(ax.xaxis)
    ax.set(
        title=f"{style.name}, by units",
        xlabel="exposures of each symbol",
        ylabel="bits stored per identifiable parameter",
    )
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content, n and interval."""
    steps = ", ".join(f"{count:,}" for count in sorted(data["steps"].unique()))
    return (
        "Bits stored per identifiable parameter against the number of times that each symbol was"
        f" trained on, by units of a single layer; n = {count_range(data['strings'])} strings per"
        f" mark, without a search. Separate runs of {steps} steps, each with its own linear decay"
        " of the learning rate. Bars: 95 % t intervals over strings. More exposures would store"
        " more, so every value is a lower bound."
    )


FIGURE = Figure(
    name="bits_by_exposure",
    title="Bits per parameter by exposures",
    help="bits stored per identifiable parameter against exposures, by units",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="runs of one layer on i.i.d. strings whose learning rate falls linearly over budgets of"
    " two or more numbers of steps",
    grouped=False,
    panel_by="panel",
    per_cell=False,
    width=11.0,
    height=2.9,
)
