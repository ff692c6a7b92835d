"""Drawing into axes of the caller, with the caller's settings of Matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure
from matplotlib.figure import SubFigure

from seqmem.analysis.figures.parts.appearance import AS_IN_REPORTS, Appearance, using
from seqmem.analysis.figures.parts.figure import Figure, panels_of
from seqmem.analysis.figures.parts.fitting import AnyFigure, fit
from seqmem.analysis.figures.parts.page import fill_figure
from seqmem.analysis.figures.parts.plain_texts import plain_texts
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted

OwnAxes: TypeAlias = Axes | Sequence[Axes] | np.ndarray[Any, Any] | AnyFigure


def draw_on(
    figure: Figure,
    data: pd.DataFrame,
    ax: OwnAxes | None,
    panel: int | None = None,
    appearance: Appearance = AS_IN_REPORTS,
) -> list[Axes]:
    """Draw one group of a figure into axes, or into a figure that gets panels and a legend.

    Parameters
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        Data of one group.
    ax : Axes, sequence of Axes, SubFigure or Figure
        Where to draw: as many axes as panels, or a figure.
    panel : int, optional
        Number of the only panel to draw, from 0.
    appearance : Appearance
        Names, order and colours of cells.

    Returns
    -------
    list of Axes
        The panels.

    Raises
    ------
    InputError
        There is another number of panels than of axes, no such panel, or no such cell.
    """
    appearance.check_cells(data)
    parent = ax if isinstance(ax, MplFigure | SubFigure) else None
    if parent is not None:
        inches = parent.bbox.width / parent.dpi
        appearance = replace(appearance, width=inches)
    with using(appearance):
        panels = _picked(figure, data, panel)
        if parent is not None:
            axes = fill_figure(parent, figure, pd.concat(panels))
        else:
            axes = _matching(figure, panels, ax)
            for one, rows in zip(axes, panels, strict=True):
                figure.draw(rows, one)
                plain_texts(one)
        _fit_laid_out(axes)
    return axes


def _picked(figure: Figure, data: pd.DataFrame, panel: int | None) -> list[pd.DataFrame]:
    """Return the data of all panels, or of one."""
    panels = panels_of(figure, data)
    if panel is None:
        return panels
    if panel not in range(len(panels)):
        raise InputError(f"panel {panel!r}: {figure.name} has the panels 0 to {len(panels) - 1}")
    return [panels[panel]]


def _matching(figure: Figure, panels: Sequence[pd.DataFrame], ax: object) -> list[Axes]:
    """Return the axes, one per panel."""
    given = [ax] if isinstance(ax, Axes) else list(np.ravel(np.array(ax, dtype=object)))
    if not given or not all(isinstance(item, Axes) for item in given):
        raise InputError("ax must be Axes, a list of Axes, or a SubFigure of Matplotlib")
    if len(given) != len(panels):
        ways = (
            "" if len(panels) == 1 else f", one with panel=0 to {len(panels) - 1}, or a SubFigure"
        )
        raise InputError(
            f"ax has {len(given)} axes, and {figure.name} has {counted(len(panels), 'panel')}: give"
            f" {len(panels)} axes{ways}"
        )
    return given


def _fit_laid_out(axes: Sequence[Axes]) -> None:
    """Fit texts to the sizes that the layout of the caller's figure gives its axes."""
    root = axes[0].get_figure(root=True)
    if root is not None and (engine := root.get_layout_engine()) is not None:
        engine.execute(root)
    fit(axes)
