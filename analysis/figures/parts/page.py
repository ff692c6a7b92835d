"""Panels on a page: in rows, with shared axes and one legend below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.appearance import current
from seqmem.analysis.figures.parts.axis_labels import thin_labels
from seqmem.analysis.figures.parts.figure import Figure, panels_of
from seqmem.analysis.figures.parts.fitting import AnyFigure, fit, put_legend, wrapped_to
from seqmem.analysis.figures.parts.plain_texts import (
    missing_letters_untold,
    plain_texts,
    without_formulas,
)
from seqmem.analysis.figures.parts.theme import scaled, theme
from seqmem.core.errors import InputError

MAX_COLUMNS = 4
_LEGEND_HEIGHT = 0.4
_HEADING_HEIGHT = 0.2
# Wrapped labels leave panels another size, for which they may have to be wrapped again.
_FITS = 2


class Block(NamedTuple):
    """One group of a page.

    Attributes
    ----------
    heading : str
        Text above the panels; empty for none.
    data : DataFrame
        Data of the group.
    """

    heading: str
    data: pd.DataFrame


class _Grid(NamedTuple):
    """Rows and columns of panels, and their sizes in inches."""

    rows: int
    columns: int
    width: float
    height: float


def draw_page(figure: Figure, data: pd.DataFrame) -> MplFigure:
    """Draw one group as a page.

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
    return draw_blocks(figure, [Block("", data)])


def draw_blocks(figure: Figure, blocks: Sequence[Block]) -> MplFigure:
    """Draw groups below each other as one page, of the width that the current `Appearance` asks.

    Parameters
    ----------
    figure : Figure
        The figure.
    blocks : sequence of Block
        Groups with their headings.

    Returns
    -------
    matplotlib.figure.Figure
        The page with a finished layout.
    """
    with theme(), missing_letters_untold():
        columns = max(_grid(figure, block.data).columns for block in blocks)
        grids = [_grid(figure, block.data, columns) for block in blocks]
        size = (grids[0].width, sum(grid.height + _LEGEND_HEIGHT for grid in grids))
        page = MplFigure(figsize=size, layout="constrained")
        below = page.add_gridspec(len(blocks), left=0, right=1, bottom=0, top=1)
        parents: list[AnyFigure] = [page]
        if len(blocks) > 1:
            parents = [page.add_subfigure(below[place]) for place in range(len(blocks))]
        heights = [
            grid.height + _fill(parent, figure, block, grid)[1]
            for parent, block, grid in zip(parents, blocks, grids, strict=True)
        ]
        page.set_size_inches(grids[0].width, sum(heights))
        below.set_height_ratios(heights)
        _lay_out(page, sum(grid.rows for grid in grids))
    return page


def fill_figure(parent: AnyFigure, figure: Figure, data: pd.DataFrame) -> list[Axes]:
    """Draw one group into a figure or subfigure, with the settings of Matplotlib as they are.

    Parameters
    ----------
    parent : matplotlib.figure.Figure or SubFigure
        Where to draw.
    figure : Figure
        The figure.
    data : DataFrame
        Data of one group.

    Returns
    -------
    list of Axes
        The panels.
    """
    return _fill(parent, figure, Block("", data), _grid(figure, data))[0]


def _fill(parent: AnyFigure, figure: Figure, block: Block, grid: _Grid) -> tuple[list[Axes], float]:
    """Draw one group; return its panels, and the height of heading and legend in inches."""
    axes = parent.subplots(
        grid.rows,
        grid.columns,
        sharex=figure.share,
        sharey=figure.shares_heights,
        squeeze=False,
    )
    panels = panels_of(figure, block.data)
    for ax, panel in zip(axes.flat, panels, strict=False):
        figure.draw(panel, ax)
        plain_texts(ax)
    _label_outside(axes, len(panels), figure)
    height = _put_heading(parent, block.heading) + _put_legend(parent, axes.flat[0], figure)
    return list(axes.flat[: len(panels)]), height


def _grid(figure: Figure, data: pd.DataFrame, columns: int = 0) -> _Grid:
    """Return how many panels are side by side, in at least so many columns, and their sizes."""
    asked = current()
    count = len(panels_of(figure, data))
    scale = scaled(1.0) if asked.is_resized else 1.0
    if asked.width is not None and asked.width < scale * figure.narrowest:
        raise InputError(
            f"width {asked.width:g}: the names in {figure.name} need at least "
            f"{scale * figure.narrowest:g} inches"
        )
    panel_width = scale * figure.width / (1 if figure.panel_by is None else MAX_COLUMNS)
    most = MAX_COLUMNS
    if asked.width is not None:
        most = min(max(round(asked.width / panel_width), 1), MAX_COLUMNS)
    rows = -(-count // most)
    columns = max(columns, -(-count // rows))
    least = scale * figure.least_width
    width = asked.width or (
        panel_width if figure.panel_by is None else max(panel_width * columns, least)
    )
    height = scale * figure.height
    if asked.width is not None:
        height *= min(max(width / columns / panel_width, figure.lowest), 1.0)
    return _Grid(rows, columns, width, height * rows)


def _lay_out(page: MplFigure, rows: int) -> None:
    """Compute the layout once, not again for each file, because it takes longer than drawing.

    Without any layout engine, saving also skips its drawing without output.
    """
    engine = page.get_layout_engine()
    if engine is None:
        return
    engine.execute(page)
    if current().is_resized:
        height = _mean_height(page)
        for _ in range(_FITS):
            fit(page.axes)
            engine.execute(page)
        # Wrapped labels take nothing from the panels.
        width, whole = page.get_size_inches()
        page.set_size_inches(width, whole + rows * max(height - _mean_height(page), 0))
        engine.execute(page)
    elif thin_labels(page.axes):
        engine.execute(page)
    page.set_layout_engine(None)


def _mean_height(page: MplFigure) -> float:
    """Return the mean height of the panels in inches."""
    return float(np.mean([ax.get_window_extent().height for ax in page.axes])) / page.dpi


def _label_outside(axes: np.ndarray[Any, Any], used: int, figure: Figure) -> None:
    """Remove empty axes; keep axis labels of panels with shared axes on the outside only."""
    columns = axes.shape[1]
    for position, ax in enumerate(axes.flat):
        if position >= used:
            ax.remove()
            continue
        if figure.share and position + columns < used:
            ax.set_xlabel("")
        elif figure.share:
            ax.xaxis.set_tick_params(labelbottom=True)
        if position % columns and (figure.share or figure.shares_heights):
            ax.set_ylabel("")


def _put_heading(parent: AnyFigure, text: str) -> float:
    """Put a heading above all panels; return its height in inches."""
    if not text:
        return 0.0
    heading = parent.suptitle(text)
    without_formulas([heading])
    lines = wrapped_to(heading, parent.bbox.width)
    return _HEADING_HEIGHT * lines * (scaled(1.0) if current().is_resized else 1.0)


def _put_legend(parent: AnyFigure, ax: Axes, figure: Figure) -> float:
    """Put the legend of the first panel below all panels; return the height for it in inches."""
    legend = put_legend(parent, ax, figure.legend_columns, figure.note, current().is_resized)
    if legend is None or not current().is_resized:
        return _LEGEND_HEIGHT
    return legend.get_window_extent().height / parent.dpi
