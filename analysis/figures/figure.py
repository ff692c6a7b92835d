"""What a figure is: numbers from records, one panel drawn from numbers, and how panels are laid on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Page

from analysis.figures.theme import theme

MAX_COLUMNS = 4
_LEGEND_HEIGHT = 0.4


@dataclass(frozen=True)
class Figure:
    """One figure of the report.

    Attributes
    ----------
    name : name in the registry and of its files.
    title : words for the report's heading.
    compute : records -> data, all groups together; starts with the columns of `Group`.
    draw : (data of one panel, axes) -> axes.
    caption : data of one group -> what is shown, n, the interval and what it resamples.
    panel_by : column with one panel per value; None for a single panel.
    note : words above the legend that a reader must not miss.
    width, height : size in inches of a page with a single panel; with several, of a full row of them.
    """

    name: str
    title: str
    compute: Callable[[pd.DataFrame], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Axes], Axes]
    caption: Callable[[pd.DataFrame], str]
    panel_by: str | None = None
    note: str | None = None
    width: float = 3.4
    height: float = 3.0


def draw_page(figure: Figure, data: pd.DataFrame) -> Page:
    """Draw one group's data as a page: its panels in rows, shared axes, one legend below them all."""
    panels = [data] if figure.panel_by is None else [rows for _, rows in data.groupby(figure.panel_by, sort=True)]
    rows = -(-len(panels) // MAX_COLUMNS)
    columns = -(-len(panels) // rows)
    width = figure.width if figure.panel_by is None else max(figure.width * columns / MAX_COLUMNS, 3.4)
    with theme():
        page = Page(figsize=(width, figure.height * rows + _LEGEND_HEIGHT), layout="constrained")
        axes = page.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for ax, panel in zip(axes.flat, panels, strict=False):
            figure.draw(panel, ax)
        _finish(page, axes, len(panels), figure.note)
    return page


def _finish(page: Page, axes: np.ndarray[Any, Any], used: int, note: str | None) -> None:
    """Remove empty axes, keep axis labels on the outside only, and put the legend below the panels."""
    columns = axes.shape[1]
    for position, ax in enumerate(axes.flat):
        if position >= used:
            ax.remove()
        elif position + columns < used:
            ax.set_xlabel("")
        else:
            ax.xaxis.set_tick_params(labelbottom=True)
        if position % columns:
            ax.set_ylabel("")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    if handles:
        page.legend(handles, labels, loc="outside lower center", ncols=len(handles), title=note)
