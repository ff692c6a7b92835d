"""What a figure is: numbers from records, one panel drawn from numbers, and how panels are laid on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.axis_labels import thin_labels
from seqmem.analysis.figures.parts.theme import theme

MAX_COLUMNS = 4
_LEGEND_HEIGHT = 0.4


@dataclass(frozen=True)
class Figure:
    """One figure of the report.

    Attributes
    ----------
    name : name in the registry and of its files.
    title : words for the report's heading.
    compute : frame -> data, all groups together; starts with the columns of `Group`. No rows where data are missing.
    draw : (data of one panel, axes) -> axes.
    caption : data of one group -> what is shown, n, the interval and what it resamples.
    needs : what a sweep must have for this figure, for the sentence that stands in its place.
    lacks : names the optional package that must be installed first, and how; empty if nothing is missing.
    source : which frame `compute` is given: a name of `seqmem.analysis.tables.report_data.ReportData`.
    grouped : whether there is one page per group; otherwise a single one, and no columns of `Group`.
    panel_by : column with one panel per value; None for a single panel.
    share : whether panels share their axes.
    share_heights : whether panels that share their axes share the vertical one too.
    per_cell : whether the legend names the cells.
    legend_columns : entries of the legend in a row; all of them by default.
    note : words above the legend that a reader must not miss.
    width, height : size in inches of a page with a single panel; with several, of a full row of them.
    least_width : inches of a page with few panels.
    """

    name: str
    title: str
    compute: Callable[[pd.DataFrame], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Axes], Axes]
    caption: Callable[[pd.DataFrame], str]
    needs: str = "confirmation runs"
    lacks: Callable[[], str] = str
    source: str = "records"
    grouped: bool = True
    panel_by: str | None = None
    share: bool = True
    share_heights: bool = True
    per_cell: bool = True
    legend_columns: int | None = None
    note: str | None = None
    width: float = 3.4
    least_width: float = 3.4
    height: float = 3.0

    def wants(self) -> str:
        """What to say where the figure is left out: the package or the data that it needs."""
        return self.lacks() or self.needs


def draw_page(figure: Figure, data: pd.DataFrame) -> MplFigure:
    """Draw one group's data as a page: its panels in rows, shared axes, one legend below them all."""
    panels = (
        [data]
        if figure.panel_by is None
        else [rows for _, rows in data.groupby(figure.panel_by, sort=True)]
    )
    rows = -(-len(panels) // MAX_COLUMNS)
    columns = -(-len(panels) // rows)
    width = (
        figure.width
        if figure.panel_by is None
        else max(figure.width * columns / MAX_COLUMNS, figure.least_width)
    )
    with theme():
        page = MplFigure(
            figsize=(width, figure.height * rows + _LEGEND_HEIGHT), layout="constrained"
        )
        axes = page.subplots(rows, columns, sharex=figure.share, sharey=figure.share and figure.share_heights,
                             squeeze=False)  # fmt: skip
        for ax, panel in zip(axes.flat, panels, strict=False):
            figure.draw(panel, ax)
        _label_outside(axes, len(panels), figure.share)
        _put_legend(page, axes.flat[0], figure)
        _lay_out(page)
    return page


def _lay_out(page: MplFigure) -> None:
    """Find the places of everything once, not anew for each file: that takes longer than to draw.

    Without a layout engine, not even an idle one, saving also leaves out its first drawing to nowhere.
    """
    engine = page.get_layout_engine()
    if engine is not None:
        engine.execute(page)
        if thin_labels(page.axes):
            engine.execute(page)
        page.set_layout_engine(None)


def _label_outside(axes: np.ndarray[Any, Any], used: int, share: bool) -> None:
    """Remove empty axes and, of panels that share them, keep axis labels on the outside only."""
    columns = axes.shape[1]
    for position, ax in enumerate(axes.flat):
        if position >= used:
            ax.remove()
        elif not share:
            continue
        elif position + columns < used:
            ax.set_xlabel("")
        else:
            ax.xaxis.set_tick_params(labelbottom=True)
        if position % columns and share:
            ax.set_ylabel("")


def _put_legend(page: MplFigure, ax: Axes, figure: Figure) -> None:
    """Put the legend of the first panel below them all."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        columns = figure.legend_columns or len(handles)
        page.legend(handles, labels, loc="outside lower center", ncols=columns, title=figure.note)
