"""Texts that fit the room they have: wrapped labels, fewer ticks, legends of fewer columns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from textwrap import wrap
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as MplFigure
from matplotlib.figure import SubFigure
from matplotlib.legend import Legend
from matplotlib.text import Text

from seqmem.analysis.figures.parts.axis_labels import is_crowded, shown_labels
from seqmem.analysis.figures.parts.plain_texts import without_formulas

AnyFigure: TypeAlias = MplFigure | SubFigure


def fit(axes: Iterable[Axes]) -> bool:
    """Wrap labels that are longer than their panel, and drop labels of ticks that touch.

    Parameters
    ----------
    axes : iterable of Axes
        Panels with a finished layout.

    Returns
    -------
    bool
        Whether anything changed, so that the layout is no longer right.
    """
    panels = list(axes)
    before = [_texts_of(ax) for ax in panels]
    for ax in panels:
        box = ax.get_window_extent()
        for text in (ax.title, ax.xaxis.label):
            wrapped_to(text, box.width)
        wrapped_to(ax.yaxis.label, box.height)
        _thin(ax.xaxis)
        # Labels of other vertical axes may be names.
        if ax.get_yscale() == "log":
            _thin(ax.yaxis)
    return before != [_texts_of(ax) for ax in panels]


def wrapped_to(text: Text, room: float) -> int:
    """Wrap a text to lines of this length, of about equal lengths; return their number.

    Parameters
    ----------
    text : matplotlib.text.Text
        A horizontal text, or a vertical one.
    room : float
        Longest line in pixels.
    """
    words = " ".join(text.get_text().split())
    box = text.get_window_extent()
    length = max(box.width, box.height)
    if length <= room or not words:
        return text.get_text().count("\n") + 1
    longest = max(map(len, text.get_text().splitlines()))
    lines = math.ceil(len(words) / (longest * room / length))
    # The shortest lines of that number: a width at which the words just fit.
    width = math.ceil(len(words) / lines)
    while len(wrapped := _lines(words, width)) > lines and width < longest:
        width += 1
    text.set_text("\n".join(wrapped))
    return len(wrapped)


def _lines(words: str, width: int) -> list[str]:
    return wrap(words, width, break_long_words=False, break_on_hyphens=False)


def put_legend(
    parent: AnyFigure, ax: Axes, columns: int | None, note: str | None, is_fitted: bool
) -> Legend | None:
    """Put the legend of a panel below all panels of a figure or subfigure.

    Parameters
    ----------
    parent : matplotlib.figure.Figure or SubFigure
        The figure.
    ax : Axes
        The panel whose entries are shown.
    columns : int or None
        Entries per row; all by default.
    note : str or None
        Text above the entries.
    is_fitted : bool
        Whether there are fewer entries per row if they would be wider than the figure.

    Returns
    -------
    matplotlib.legend.Legend or None
        The legend; None if the panel has no entries.
    """
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return None
    for count in range(min(columns or len(handles), len(handles)), 0, -1):
        legend = parent.legend(handles, labels, loc="outside lower center", ncols=count, title=note)
        without_formulas([*legend.get_texts(), legend.get_title()])
        if not is_fitted or _is_fitted(legend, parent.bbox.width, count == 1):
            break
        legend.remove()
    return legend


def _is_fitted(legend: Legend, room: float, is_last: bool) -> bool:
    """Return whether a legend is as wide as this at most; wrap its title, and at last its texts."""
    wrapped_to(legend.get_title(), 0.95 * room)
    excess = legend.get_window_extent().width - room
    if excess > 0 and is_last:
        longest = max(text.get_window_extent().width for text in legend.get_texts())
        for text in legend.get_texts():
            wrapped_to(text, longest - excess)
    return excess <= 0 or is_last


def _thin(axis: Axis) -> None:
    """Drop every other label of ticks until they are apart; the last label stays."""
    while is_crowded(axis):
        shown = [(place, label.get_text()) for place, label in shown_labels(axis)]
        kept = [place for place, text in shown if text][::-2]
        axis.set_ticks(
            [place for place, _ in shown],
            [text if place in kept else "" for place, text in shown],
        )


def _texts_of(ax: Axes) -> list[str]:
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
    return [text.get_text() for text in (ax.title, ax.xaxis.label, ax.yaxis.label, *ticks)]
