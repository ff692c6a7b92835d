"""GRU against LSTM: octaves by which the GRU stores as much sooner, by level, on every clock."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.estimators.time_ratios import CLOCKS
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of, log2_ticks
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look, scaled
from seqmem.core.number_formats import counted

_TITLES = {"flops": "equal FLOPs", "symbols": "equal symbols", "steps": "equal steps"}
_CLOCK_OF_UNIT = {
    "cal-s": "equal calibrated time",
    "s": "equal CPU time",
    "wall-s": "equal wall time",
}
_COLOUR = "0.15"


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the levels with an estimate of rho.

    Parameters
    ----------
    table : DataFrame
        The table `rho` of a report.

    Returns
    -------
    DataFrame
        The table with `panel`, the index of the clock.
    """
    known = table.dropna(subset="rho")
    return known.assign(
        panel=known["clock"].map({clock: index for index, clock in enumerate(CLOCKS)})
    )


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the levels of one clock."""
    group = group_of(data)
    clock = str(data["clock"].iloc[0])
    ax.axhspan(
        -RATIO_MARGIN,
        RATIO_MARGIN,
        color="0.9",
        linewidth=0,
        zorder=0,
        label=f"within the margin of ±{RATIO_MARGIN:g}",
    )
    ax.axhline(0, color="0.6", linewidth=scaled(0.6), zorder=1)
    for name, low, high, width in (
        ("99.4 % (corrected for eight claims)", "low_bonferroni", "high_bonferroni", 0.8),
        ("95 % interval", "low", "high", 2.2),
    ):
        ax.vlines(
            data["level"],
            data[low],
            data[high],
            color=_COLOUR,
            linewidth=scaled(width),
            label=name,
            zorder=3,
        )
    ax.plot(data["level"], data["rho"], "o", color="white", markeredgecolor=_COLOUR,
            markeredgewidth=scaled(1.2), label="mean ρ", zorder=4)  # fmt: skip
    log2_ticks(ax, data["level"])
    unit = group.budget.split()[-1]
    ax.set_title(_TITLES.get(clock, _CLOCK_OF_UNIT.get(unit, f"equal budget ({unit})")))
    ax.margins(x=0.12)
    ax.set(xlabel=group.level_label, ylabel=f"ρ in octaves (+: {look('gru').name} sooner)")
    reach = 1.1 * max(
        abs(data["rho"]).max(), abs(data["low"]).max(), abs(data["high"]).max(), 2 * RATIO_MARGIN
    )
    # Panels share the axis, so each panel may only widen it.
    below, above = (0.0, 0.0) if ax.get_autoscaley_on() else ax.get_ylim()
    ax.set_ylim(min(below, -reach), max(above, reach))
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    gru, lstm = (look(cell).name for cell in ("gru", "lstm"))
    alone = int(data["low"].isna().sum())
    without = f" {alone} means from a single search have no interval." if alone else ""
    uninformative = int(data.groupby("level")["uninformative"].first().sum())
    left_out = (
        f"; {counted(uninformative, 'further pair')} that stored too little to compare (threshold"
        f" below .02) {'is' if uninformative == 1 else 'are'} left out"
        if uninformative
        else ""
    )
    return (
        f"ρ is log2 of the {lstm}'s time over the {gru}'s time to the same stored fraction of the"
        f" same string. One panel per clock ({group_of(data).describe()});"
        f" n = {count_range(data['strings'])} pairs of confirmation runs per level in"
        f" {count_range(data['searches'])} searches{left_out}."
        f" Above 0 the {gru} is sooner. Thick lines: 95 % t intervals over searches. Thin"
        " lines: 99.4 % intervals, corrected for eight claims, cut at the edge of the panel. Grey"
        f" band: margin within which a difference does not count.{without}"
    )


FIGURE = Figure(
    name="gru_against_lstm",
    title="GRU against LSTM: time to store as much",
    help="octaves by which the GRU stores as much sooner than the LSTM, on every clock",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs of GRU and LSTM on the same strings, one of which both partly store",
    source="rho",
    panel_by="panel",
    width=6.9,
    height=2.1,
    per_cell=False,
)
