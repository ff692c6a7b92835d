"""Exploratory: bits stored by each family at equal work and at equal symbols."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import (
    PLAIN,
    Contrast,
    clustered_contrast,
    clustered_mean,
)
from seqmem.analysis.estimators.recalled_bits import recalled_fraction
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.analysis.figures.parts.axis_labels import count_range
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look
from seqmem.analysis.records.loading import confirmed
from seqmem.study.budget import WORK_UNITS
from seqmem.workflows.families.records import families

WORK = "work"
SYMBOLS = "symbols"
CLOCKS = (WORK, SYMBOLS)


def with_clock(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the confirmation runs with their clock and the fraction of the string they recall."""
    runs = confirmed(frame)
    clock = np.where(runs["budget_unit"].isin(list(WORK_UNITS)), WORK, SYMBOLS)
    return runs.assign(clock=clock, recalled=recalled_fraction(runs, learning_curves(runs)))


def clock_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the bits that each family stores, by clock and level.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of the preset ``families-clocks``.

    Returns
    -------
    pandas.DataFrame
        One row per clock, family and level. Columns: `panel` (place of the clock), `clock`,
        `budget`, `family`, `cell`, `block`, `level`, `offered` and `stored` (bits), `low` and
        `high` (95 % t interval over searches), `searches` and `strings`.
    """
    runs = with_clock(frame)
    rows = []
    for panel, clock in enumerate(CLOCKS):
        for family, cell, block in families(runs):
            own = runs[(runs["clock"] == clock) & (runs["family"] == family)]
            for level, some in own.groupby("level", sort=True):
                bits = some["recalled"] * some["reference_bits"]
                mean = clustered_mean(
                    bits.to_numpy()[:, None], some["search"].tolist(), some["string_id"].tolist()
                )
                rows.append(
                    {
                        "panel": panel,
                        "clock": clock,
                        "budget": str(some["budget"].iloc[0]),
                        "family": family,
                        "cell": cell,
                        "block": block,
                        "level": int(str(level)),
                        "offered": some["reference_bits"].mean(),
                        "stored": mean.mean[0],
                        "low": mean.low[0],
                        "high": mean.high[0],
                        "searches": some["search"].nunique(),
                        "strings": some["string_id"].nunique(),
                    }
                )
    return pd.DataFrame(rows)


def family_differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the difference of every two families on both clocks, and which one stores more.

    A difference is the mean over strings of the recalled fraction of the first family minus that
    of the second, on the same strings. Its t interval is over searches, within levels. All
    intervals hold together with 95 % (Bonferroni). A family stores more only if both clocks say so.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of the preset ``families-clocks``.

    Returns
    -------
    pandas.DataFrame
        One row per pair: `first`, `second`; `work`, `work_low`, `work_high`, `symbols`,
        `symbols_low`, `symbols_high`; `more`, the family that stores more on both clocks, or "".
    """
    runs = with_clock(frame)
    pairs = list(combinations([family for family, *_ in families(runs)], 2))
    confidence = 1 - (1 - PLAIN) / (len(CLOCKS) * max(len(pairs), 1))
    rows = []
    for first, second in pairs:
        row: dict[str, object] = {"first": first, "second": second}
        ahead = []
        for clock in CLOCKS:
            contrast = _contrast(runs[runs["clock"] == clock], first, second)
            low, high = contrast.interval(confidence)
            row |= {clock: contrast.estimate, f"{clock}_low": low, f"{clock}_high": high}
            ahead.append(first if low > 0 else second if high < 0 else "")
        agree = len(set(ahead)) == 1
        rows.append(row | {"more": ahead[0] if agree else ""})
    return pd.DataFrame(rows)


def _contrast(runs: pd.DataFrame, first: str, second: str) -> Contrast:
    """Return the difference of two families on the strings that both learned."""
    string = ["level", "search", "string_id", "repeat"]
    sides = [
        runs.loc[runs["family"] == family, [*string, "recalled"]] for family in (first, second)
    ]
    both = sides[0].merge(sides[1], on=string, suffixes=("_first", "_second"))
    values = both["recalled_first"] - both["recalled_second"]
    return clustered_contrast(values, both["level"].tolist(), both["search"].tolist())


def difference_lines(table: pd.DataFrame) -> str:
    """Return, for each family, the families that store less on both clocks, as a Markdown list."""
    lines = []
    for family in dict.fromkeys([*table["first"], *table["second"]]):
        won = table[table["more"] == family]
        less = [
            str(row["second"] if row["first"] == family else row["first"])
            for row in won.to_dict("records")
        ]
        if less:
            lines.append(f"- {family} stores more than {', '.join(less)}.")
    undecided = int((table["more"] == "").sum())
    which = f"the other {undecided} of {len(table)}" if lines else f"any of the {undecided}"
    lines.append(f"- Nothing is said of {which} pairs.")
    return "\n".join(lines)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one clock: bits stored against bits offered. Open marks are families in blocks."""
    ends = [data["offered"].min() / 1.2, data["offered"].max() * 1.2]
    ax.plot(ends, ends, color="0.75", linewidth=0.8, zorder=0)
    kinds = list(dict.fromkeys(zip(data["family"], data["cell"], data["block"], strict=True)))
    for place, (family, cell, block) in enumerate(kinds):
        rows = data[data["family"] == family]
        style = look(cell)
        # Moved a little aside, so that no interval hides another.
        across = rows["offered"] * 2 ** (0.05 * (place - (len(kinds) - 1) / 2))
        ax.vlines(across, rows["low"].clip(lower=0), rows["high"], color=style.colour,
                  linewidth=0.8)  # fmt: skip
        ax.plot(across, rows["stored"], linestyle=style.line, marker=style.marker,
                color=style.colour, linewidth=0.9, label=family,
                markerfacecolor="white" if block else style.colour)  # fmt: skip
    ax.set_xscale("log", base=2)
    offered = sorted(data["offered"].unique())
    ax.set_xticks(offered, [f"{bits:.0f}" for bits in offered])
    title = f"equal {data['clock'].iloc[0]}: {data['budget'].iloc[0]}"
    ax.set(title=title, xlabel="bits offered", ylabel="bits stored")
    ax.set_ylim(0, float(data["offered"].max()) * 1.1)
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content, n and interval."""
    return (
        "Exploratory. Bits stored against bits offered by random strings, at equal work (left) and"
        f" equal symbols (right). Means over {count_range(data['strings'])} confirmation strings of"
        f" {count_range(data['searches'])} searches, each tuned on its clock; bars: 95 % t"
        " intervals over searches. A memorized string counts with all its bits. Open marks: in"
        " blocks. Grey: all that is offered. Marks are moved a little aside."
    )


FIGURE = Figure(
    name="families_clocks",
    title="Bits stored by each family on two clocks",
    help="stored bits at equal work and at equal symbols, by family",
    compute=lambda frame: frame,
    draw=draw,
    caption=caption,
    grouped=False,
    panel_by="panel",
    share=True,
    width=13.6,
    height=3.2,
    legend_columns=4,
)
