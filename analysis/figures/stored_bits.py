"""Stored bits against offered bits, and against parameters: where networks stop storing more."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.stored_bits import GATE_GAIN, REFERENCE_LINES
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.core.number_formats import plain_number

_ACROSS = {"offered": "bits offered per parameter", "size": "parameters"}
_UP = {"offered": "bits stored per parameter", "size": "bits stored"}
_LINES = ((0, (5, 1.5)), (0, (1, 1.5)))


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table `plateau` twice, told apart by `reading`.

    Parameters
    ----------
    table : DataFrame
        The table `plateau` of a report.

    Returns
    -------
    DataFrame
        The table with `across`, `up`, `up_low` and `up_high`, which are drawn. For the reading
        `offered` they are stored against offered bits per parameter. For `size` they are stored
        bits against parameters, under the largest load of each network.
    """
    if table.empty:
        return table
    per = table["parameters"]
    offered = table.assign(
        reading="offered", across=table["offered_per_parameter"],
        up=table["stored_per_parameter"], up_low=table["low"] / per, up_high=table["high"] / per,
    )  # fmt: skip
    network = [
        "source",
        "alphabet_size",
        "measure",
        "protocol",
        "budget",
        "design",
        "cell",
        "depth",
        "units",
    ]
    largest = table.groupby(network)["offered_bits"].transform("max") == table["offered_bits"]
    size = table.assign(
        reading="size",
        across=per,
        up=table["stored_bits"],
        up_low=table["low"],
        up_high=table["high"],
    )
    data = pd.concat([offered, size[largest]], ignore_index=True)
    data["across"] = data["across"].astype(float)
    return data


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one reading."""
    reading = str(data["reading"].iloc[0])
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    low = data["across"].min() / 1.3
    high = data["across"].max() * 1.3
    ends = np.array([low, high])
    for (name, bits), dashes in zip(REFERENCE_LINES.items(), _LINES, strict=True):
        height = np.full(2, bits) if reading == "offered" else bits * ends
        ax.plot(
            ends,
            height,
            color="0.4",
            linestyle=dashes,
            linewidth=scaled(0.9),
            label=f"{bits:g} bits/parameter, {name}",
        )
    if reading == "offered":
        ax.plot(ends, ends, color="0.75", linewidth=scaled(0.8), zorder=0)
        ax.annotate("all that is offered", (ends[1], ends[1]), xytext=(-12, 0),
                    textcoords="offset points", color="0.45", fontsize=scaled(6), ha="right",
                    va="top")  # fmt: skip
    for cell in in_order(data["cell"]):
        style = look(cell)
        for _, rows in data[data["cell"] == cell].groupby(
            ["depth", "units"] if reading == "offered" else ["depth"]
        ):
            rows = rows[rows["up"] > 0].sort_values("across")
            ax.plot(
                rows["across"],
                rows["up"],
                linestyle=style.line,
                color=style.colour,
                linewidth=scaled(0.9),
            )
            ax.vlines(rows["across"], rows["up_low"].clip(lower=rows["up"] / 8), rows["up_high"],
                      color=style.colour, linewidth=scaled(1.1))  # fmt: skip
            still = rows["last_doubling_gain"] >= GATE_GAIN
            for use, fill in ((~still, style.colour), (still, "white")):
                ax.plot(rows["across"][use], rows["up"][use], style.marker, color=style.colour,
                        markerfacecolor=fill, linestyle="none")  # fmt: skip
        ax.plot(
            [], [], linestyle=style.line, marker=style.marker, color=style.colour, label=style.name
        )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: plain_number(value, digits=3))
    ax.set(xlim=(low, high), xlabel=_ACROSS[reading], ylabel=_UP[reading])
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    alone = data["strings"].min() < 2
    return (
        f"Bits stored ({group_of(data).describe()}). Left: bits stored against bits offered, per"
        " parameter, one line per network. Right: bits stored by a network against its number of"
        " parameters, under its largest load. Means over strings,"
        f" n = {count_range(data['strings'])} per point (confirmation runs that go on after"
        " memorizing, of all searches), with 95 % t intervals over strings"
        f"{' if there are two or more' if alone else ''}. Open marks: the last doubling of the"
        f" budget still added {100 * GATE_GAIN:g} % or more, so the plateau is not reached and the"
        " value is a lower bound. Grey lines: bits per parameter from other publications."
    )


FIGURE = Figure(
    name="stored_bits",
    title="Plateau of stored bits",
    help="stored bits against offered bits, and against parameters",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs that go on after memorizing (stop_on_memorized = false)",
    source="plateau",
    panel_by="reading",
    width=13.0,
    height=2.8,
    share=False,
    legend_columns=2,
)
