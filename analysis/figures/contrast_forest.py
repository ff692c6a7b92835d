"""Two settings contrasted: the difference of each quantity in each group, with its intervals."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.claims.rules.verdict import verdict_words
from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.figures.parts.axis_labels import count_range
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import scaled
from seqmem.analysis.tables.contrast.paired import QUANTITIES

_AXES = {
    "rho": "ρ in octaves (+: a sooner)",
    "score": "score, a − b",
    "bits": "bits of a string, a − b",
}
_COLOUR = "0.15"
_TOGETHER = "all"
_ROW_HEIGHT = 0.34
_REST_HEIGHT = 1.0


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with an estimate, with the panel of each and its place from the top.

    Parameters
    ----------
    table : DataFrame
        The table of a contrast.

    Returns
    -------
    DataFrame
        The table with `panel` (the quantity) and `place`. Rows without an estimate stay, so that
        all panels have the same places.
    """
    if table.empty or not table["estimate"].notna().any():
        return table.iloc[:0]
    places = {label: place for place, label in enumerate(dict.fromkeys(table["label"]))}
    panels = {quantity: panel for panel, quantity in enumerate(QUANTITIES)}
    shown = table.groupby("quantity")["estimate"].transform(lambda values: values.notna().any())
    return table.assign(
        panel=table["quantity"].map(panels), place=table["label"].map(places)
    )[shown].reset_index(drop=True)  # fmt: skip


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one quantity: a row per group, with the verdict beside it."""
    ax.axvline(0, color="0.6", linewidth=scaled(0.6), zorder=1)
    ax.hlines(
        data["place"],
        -data["margin"],
        data["margin"],
        color="0.88",
        linewidth=scaled(11),
        zorder=0,
        label="within the margin",
    )
    for name, low, high, width in (
        (f"{100 * BONFERRONI:.1f} % interval", "low_bonferroni", "high_bonferroni", 0.8),
        (f"{100 * PLAIN:.0f} % interval", "low", "high", 2.2),
    ):
        ax.hlines(data["place"], data[low], data[high], color=_COLOUR, linewidth=scaled(width),
                  label=name, zorder=3)  # fmt: skip
    for name, marker, some in (
        ("group", "o", data[data["label"] != _TOGETHER]),
        ("all groups", "D", data[data["label"] == _TOGETHER]),
    ):
        if len(some):
            ax.plot(
                some["estimate"],
                some["place"],
                marker,
                color="white",
                markeredgewidth=scaled(1.2),
                markeredgecolor=_COLOUR,
                label=name,
                zorder=4,
            )
    for row in data.itertuples():
        words = verdict_words(str(row.verdict), str(row.tag).partition(",")[0])
        ax.annotate(
            words, (0.5, row.place), (0, scaled(7)), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="center", va="bottom", fontsize=scaled(6), color="0.35",
        )  # fmt: skip
    _scale(data, ax)
    return ax


def _scale(data: pd.DataFrame, ax: Axes) -> None:
    """Name the rows, and make both directions equally long."""
    ax.set_yticks(data["place"].tolist(), data["label"].tolist())
    ax.set_ylim(data["place"].max() + 0.5, data["place"].min() - 0.8)
    ax.set(xlabel=_AXES[str(data["quantity"].iloc[0])], ylabel="group")
    columns = ["estimate", "low", "high", "margin"]
    reach = 1.15 * float(data[columns].abs().max().max())
    ax.set_xlim(-reach, reach)


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content, n, interval and margins."""
    a, b = (str(data[side].iloc[0]) for side in ("a", "b"))
    sides = [count_range(data[f"searches_{side}"]) for side in ("a", "b")]
    searches = sides[0] if sides[0] == sides[1] else f"{sides[0]} (a) and {sides[1]} (b)"
    return (
        f"a ({a}) against b ({b}): a minus b of {data['route'].iloc[0]}. ρ is log2 of b's over a's"
        f" time to the same stored fraction; n = {searches} searches per row. Thick lines: 95 % t"
        " intervals over searches. Thin lines: 99.4 % intervals, which decide the verdict, cut at"
        " the edge of the panel. Grey: margin within which a difference does not count."
    )


def sized(data: pd.DataFrame) -> Figure:
    """Return the figure with the height that the rows of its data need."""
    panels = data["panel"].nunique()
    return replace(
        FIGURE,
        height=_REST_HEIGHT + _ROW_HEIGHT * (data["place"].max() + 1),
        note=f"a: {data['a'].iloc[0]}; b: {data['b'].iloc[0]}",
        width=FIGURE.width * panels / len(QUANTITIES) * 4 / 3,
    )


FIGURE = Figure(
    name="contrast_forest",
    title="Two settings contrasted",
    help="difference of two settings in each group, with intervals and verdicts",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="a contrast with an estimate",
    source="contrast",
    grouped=False,
    panel_by="panel",
    share=False,
    share_heights=True,
    per_cell=False,
    width=6.9,
)
