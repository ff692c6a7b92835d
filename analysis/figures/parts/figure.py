"""The type of a figure: numbers from records, a panel from numbers, and panels on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.axis_labels import thin_labels
from seqmem.analysis.figures.parts.plain_texts import (
    missing_letters_untold,
    plain_texts,
    without_formulas,
)
from seqmem.analysis.figures.parts.theme import theme

MAX_COLUMNS = 4
_LEGEND_HEIGHT = 0.4


@dataclass(frozen=True)
class Figure:
    """One figure of the report.

    Attributes
    ----------
    name : str
        Name in the registry and of its files.
    title : str
        Heading in the report.
    compute : callable
        Function of a frame that returns the data of all groups. The data start with the columns of
        `Group`. They have no rows if something is missing.
    draw : callable
        Function of the data of one panel and an `Axes` that draws the panel and returns the `Axes`.
    caption : callable
        Function of the data of one group that returns the content, n, the interval and what it
        resamples.
    help : str
        One line for help texts and tables.
    needs : str
        Requirements on a sweep, shown if the figure is left out.
    lacks : callable
        Function that names a missing optional package and how to install it; empty if none is
        missing.
    source : str
        Frame for `compute`: a name of `seqmem.analysis.tables.report_data.ReportData`.
    grouped : bool
        Whether there is one page per group. Otherwise there is one page and no columns of `Group`.
    panel_by : str or None
        Column with one panel per value; None for a single panel.
    share : bool
        Whether panels share their axes.
    share_heights : bool
        Whether panels that share their axes also share the vertical one.
    per_cell : bool
        Whether the legend names the cells.
    legend_columns : int or None
        Entries of the legend per row; all by default.
    note : str or None
        Text above the legend.
    width, height : float
        Size in inches of a page with a single panel, or of a full row of panels.
    least_width : float
        Smallest width in inches of a page with few panels.
    """

    name: str
    title: str
    help: str
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
        """Return the package or the data that the figure needs if it is left out."""
        return self.lacks() or self.needs


def draw_page(figure: Figure, data: pd.DataFrame) -> MplFigure:
    """Draw one group as a page: panels in rows, shared axes and one legend below them.

    Parameters
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        Data of one group.

    Returns
    -------
    matplotlib.figure.Figure
        The page with a finished layout.
    """
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
    with theme(), missing_letters_untold():
        page = MplFigure(
            figsize=(width, figure.height * rows + _LEGEND_HEIGHT), layout="constrained"
        )
        axes = page.subplots(
            rows,
            columns,
            sharex=figure.share,
            sharey=figure.share and figure.share_heights,
            squeeze=False,
        )
        for ax, panel in zip(axes.flat, panels, strict=False):
            figure.draw(panel, ax)
            plain_texts(ax)
        _label_outside(axes, len(panels), figure.share)
        _put_legend(page, axes.flat[0], figure)
        _lay_out(page)
    return page


def _lay_out(page: MplFigure) -> None:
    """Compute the layout once, not again for each file, because it takes longer than drawing.

    Without any layout engine, saving also skips its drawing without output.
    """
    engine = page.get_layout_engine()
    if engine is not None:
        engine.execute(page)
        if thin_labels(page.axes):
            engine.execute(page)
        page.set_layout_engine(None)


def _label_outside(axes: np.ndarray[Any, Any], used: int, share: bool) -> None:
    """Remove empty axes; keep axis labels of panels with shared axes on the outside only."""
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
    """Put the legend of the first panel below all panels."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        columns = figure.legend_columns or len(handles)
        legend = page.legend(
            handles, labels, loc="outside lower center", ncols=columns, title=figure.note
        )
        without_formulas([*legend.get_texts(), legend.get_title()])
