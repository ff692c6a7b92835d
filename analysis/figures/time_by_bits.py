"""Time to store 90 % of a string against its bits, with the power law of each cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.claims.study_2.rules.constants import MOST_CENSORED, STORED_SHARE
from seqmem.analysis.estimators.times_by_bits import LEAST_BITS, times_by_bits
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of, plain_log_labels
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.core.number_formats import fixed_interval

# A guide of slope 1 or 2 spans this many octaves of bits.
_GUIDE_OCTAVES = 1.5
_GUIDE_COLOUR = "0.55"
# The panel goes this factor beyond the marks.
_BEYOND = 2.0


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the times by level and cell, with the fitted laws.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        The table of `times_by_bits`.
    """
    return times_by_bits(frame, STORED_SHARE, MOST_CENSORED)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the levels of one group: a mark with its band, and the law as a line through them."""
    ax.set(xscale="log", yscale="log")
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell].sort_values("bits")
        style = look(cell)
        is_known = rows["reached"] >= (1 - MOST_CENSORED) * rows["strings"]
        known = rows[is_known].dropna(subset=["low", "high"])
        ax.fill_between(
            known["bits"], known["low"], known["high"], color=style.colour, alpha=0.15, linewidth=0
        )
        for some, fill in ((rows[is_known], style.colour), (rows[~is_known], "white")):
            ax.plot(some["bits"], some["time"], style.marker, color=style.colour,
                    markerfacecolor=fill)  # fmt: skip
        fitted = rows[rows["fitted"]]
        text = ""
        if rows["exponent"].notna().all():
            ends = np.array([fitted["bits"].min(), fitted["bits"].max()])
            law = 2 ** rows["log2_factor"].iloc[0] * ends ** rows["exponent"].iloc[0]
            ax.plot(ends, law, linestyle=style.line, color=style.colour, linewidth=scaled(1.0))
            limits = rows[["exponent", "exponent_low", "exponent_high"]].iloc[0]
            text = f", exponent {fixed_interval(*limits)}"
        ax.plot([], [], linestyle=style.line, marker=style.marker, color=style.colour,
                label=f"{style.name}{text}")  # fmt: skip
    _draw_guides(data, ax)
    # An interval over two searches may be wider than the page.
    ax.set_ylim(data["time"].min() / _BEYOND, data["time"].max() * _BEYOND)
    for axis in (ax.xaxis, ax.yaxis):
        plain_log_labels(axis)
    unit = data["budget_unit"].iloc[0]
    ax.set(xlabel="bits of the string", ylabel=f"time to {100 * STORED_SHARE:g} % stored ({unit})")
    return ax


def _draw_guides(data: pd.DataFrame, ax: Axes) -> None:
    """Draw short lines of slope 1 and 2 below the marks on the right."""
    right = float(data["bits"].max())
    start = right / 2**_GUIDE_OCTAVES
    foot = float(data["time"].min())
    ends = np.array([start, right])
    for slope, side, points in ((1, "top", -20), (2, "bottom", 2)):
        heights = foot * (ends / start) ** slope
        ax.plot(ends, heights, color=_GUIDE_COLOUR, linewidth=scaled(0.8))
        ax.annotate(f"slope {slope}", (ends[1], heights[1]), xytext=(0, points),
                    textcoords="offset points", fontsize=scaled(6), color=_GUIDE_COLOUR, ha="right",
                    va=side)  # fmt: skip


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    return (
        f"Time to store {100 * STORED_SHARE:g} % of a string against its bits, for the winners of"
        f" searches ({group_of(data).describe()}); n = {count_range(data['strings'])} confirmation"
        f" runs in {count_range(data['searches'])} searches per mark. Marks: geometric means. A run"
        " that did not get there counts with its budget, so where more than"
        f" {100 * MOST_CENSORED:g} % did not, the mark is open and a lower bound. Bands: 95 % t"
        " intervals over searches. Lines: fits of log time on log bits by censored regression, for"
        f" levels of at least {LEAST_BITS} bits at which no cell is beyond {100 * MOST_CENSORED:g}"
        " %; exponents with their 95 % interval by the jackknife over searches. Grey: slopes 1 and"
        " 2, to compare. Read from the time to the bits, it is the capacity at a budget."
    )


FIGURE = Figure(
    name="time_by_bits",
    title="Time to memorize by bits",
    help="time to 90 % stored against the bits of the string, with its exponents",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs at two or more levels",
    legend_columns=1,
    width=4.6,
    height=3.4,
)
