"""The forest plot of the verdicts as a picture for a page or a paper."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.claims.rules.verdict import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
)
from seqmem.analysis.figures.parts.plain_texts import missing_letters_untold, plain_texts
from seqmem.analysis.figures.parts.theme import theme
from seqmem.analysis.report.verdict_forest import COLOURS, Forest, ForestClaim, ForestRow

COLUMNS = "study claim verdict row row_verdict place low high plain_low plain_high".split()
# Markers by verdict: about those of the report page, whose colours are used.
_MARKERS = {SUPPORTED: "o", REFUTED: "X", DIRECTION_ONLY: ">", INCONCLUSIVE: "D"}
_WIDTH = 6.9
# Inches of a row, of the room between claims, and of the ruler and legend together.
_ROW = 0.115
_GAP = 0.17
_REST = 1.0
# Verdicts that the legend has room for in one row, beside the axis.
_LEGEND_COLUMNS = 3
# Share of the width of the texts, and letters of a line there.
_TEXTS = 0.46
_LETTERS = 58


def forest_table(forest: Forest) -> pd.DataFrame:
    """Return the numbers of the picture: places are percent of the width of the axis.

    Parameters
    ----------
    forest : Forest
        What `verdict_forest` returns.
    """
    rows = []
    for claim in forest.claims:
        for row in claim.rows:
            limits = [*(row.interval or (None, None)), *(row.plain or (None, None))]
            named = [claim.study, claim.label, claim.verdict, row.name, row.verdict, row.place]
            rows.append([*named, *limits])
    return pd.DataFrame(rows, columns=COLUMNS)


def draw_forest(forest: Forest) -> MplFigure:
    """Draw the estimates of all claims in units of their margin, claims below each other.

    Parameters
    ----------
    forest : Forest
        What `verdict_forest` returns.

    Returns
    -------
    matplotlib.figure.Figure
        The page.
    """
    texts = [wrap(f"{claim.label}  {claim.statement}", _LETTERS) for claim in forest.claims]
    heights = [
        max(_ROW * max(len(claim.rows), 1), 0.125 * (len(lines) + 1)) + _GAP
        for claim, lines in zip(forest.claims, texts, strict=True)
    ]
    height = sum(heights) + _REST
    with theme(), missing_letters_untold():
        page = MplFigure(figsize=(_WIDTH, height))
        left = _TEXTS + 0.01
        ax = page.add_axes((left, 0.62 / height, 0.98 - left, sum(heights) / height))
        top = 0.0
        for claim, lines, own in zip(forest.claims, texts, heights, strict=True):
            _draw_claim(ax, claim, lines, top, own)
            top += own
        _draw_ruler(ax, forest, top)
        plain_texts(ax)
    return page


def _draw_claim(ax: Axes, claim: ForestClaim, lines: list[str], top: float, height: float) -> None:
    colour = _look(claim.verdict)[0]
    left = -_TEXTS / (0.98 - _TEXTS - 0.01) * 100
    text = "\n".join(lines)
    ax.text(left, top + _GAP / 2, text, va="top", fontsize=6.5, clip_on=False)
    ax.text(left, top + _GAP / 2 + 0.125 * len(lines), claim.words, va="top", fontsize=6.5,
            color=colour, weight="bold", clip_on=False)  # fmt: skip
    for number, row in enumerate(claim.rows):
        _draw_row(ax, row, top + _GAP / 2 + _ROW * (number + 0.5))
    ax.axhline(top + height, color="0.85", linewidth=0.5, zorder=0)


def _draw_row(ax: Axes, row: ForestRow, middle: float) -> None:
    colour, marker = _look(row.verdict)
    low, high = row.holds
    ax.fill_between([low, high], middle - _ROW / 2, middle + _ROW / 2, color="0.93", linewidth=0,
                    zorder=0)  # fmt: skip
    if row.interval and row.plain:
        ax.hlines(middle, *row.interval, color=colour, linewidth=0.7, zorder=2)
        ax.hlines(middle, *row.plain, color=colour, linewidth=1.7, zorder=3)
    for is_beyond, place, arrow in zip(row.beyond, (0, 100), "<>", strict=True):
        if is_beyond:
            ax.plot(place, middle, arrow, color=colour, markersize=2.4, zorder=4, clip_on=False)
    if row.place is not None:
        ax.plot(row.place, middle, marker, color=colour, markersize=3.4, markeredgewidth=0,
                zorder=5, clip_on=False)  # fmt: skip


def _draw_ruler(ax: Axes, forest: Forest, bottom: float) -> None:
    for label, place in forest.axis.ticks:
        ax.axvline(place, color="0.75" if label == "0" else "0.88", linewidth=0.6, zorder=1)
    ax.set(xlim=(0, 100), ylim=(bottom, 0), yticks=[])
    ax.set_xticks(
        [place for _, place in forest.axis.ticks], [name for name, _ in forest.axis.ticks]
    )
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("against the claim  ←  units of the margin  →  for the claim", fontsize=7)
    for verdict in forest.verdicts:
        colour, marker = _look(verdict)
        ax.plot([], [], marker, color=colour, markersize=4, markeredgewidth=0, label=verdict)
    columns = _LEGEND_COLUMNS if len(forest.verdicts) <= _LEGEND_COLUMNS else 2
    ax.legend(
        loc="upper left", bbox_to_anchor=(-_TEXTS / (0.98 - _TEXTS - 0.01), -0.12 / bottom),
        ncols=columns, fontsize=6.5, borderaxespad=0,
    )  # fmt: skip


def _look(verdict: str) -> tuple[str, str]:
    known = verdict if verdict in COLOURS else INCONCLUSIVE
    return COLOURS[known], _MARKERS[known]
