"""Figures in a notebook, and in figures of your own."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures import (
    ATLASES,
    CONTRASTS,
    FIGURES,
    REPORT_DATA,
    atlas_page,
    check_names,
    contrast_page,
    groups_of,
)
from seqmem.analysis.figures.parts.appearance import BY_APPEARANCE, Appearance
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.notebook_figure import NotebookFigure, notebook_figure
from seqmem.analysis.figures.parts.own_axes import OwnAxes, draw_on
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.sources import load_sources
from seqmem.analysis.tables.contrast.result import ContrastResult
from seqmem.analysis.tables.report_data import ReportData
from seqmem.core.argument_kinds import Kind
from seqmem.core.errors import InputError
from seqmem.core.python_arguments import argument_kinds

FIGURE_NAME = Kind((str,), "the name of a figure, which comes before the records")
SHOWN_DATA = REPORT_DATA._replace(types=(*REPORT_DATA.types, ContrastResult))
Shown: TypeAlias = (
    ReportData | pd.DataFrame | str | Path | Sequence[str | Path] | ContrastResult | None
)
Groups: TypeAlias = list[tuple[Group | None, pd.DataFrame]]


@argument_kinds(name=FIGURE_NAME, report_data=SHOWN_DATA, **BY_APPEARANCE)
def show(
    name: str,
    report_data: Shown = None,
    group: int | str | None = None,
    *,
    width: float | None = None,
    style: str | Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
    vector: bool = False,
) -> NotebookFigure:
    """Draw a figure for a notebook, with all its groups below each other.

    Parameters
    ----------
    name : str
        Name of the figure.
    report_data : ReportData, DataFrame, path, sequence of paths, or ContrastResult
        Data of a report (`ReportData.of(sources)`), the records alone, or the folders of one or
        several sweeps, which are read by `load_sources`. The figure `contrast_forest` takes what
        `analysis.contrast` returns. The figure `complexity_atlas` takes nothing.
    group : int or str, optional
        One group: its number, from 0, or its name, such as `iid-4-lzw-stream-2GF`. All groups by
        default.
    width : float, optional
        Width in inches. The height follows. By default, the figure has the size of a report.
    style : str or sequence of str
        Style sheets of Matplotlib, such as `seqmem.slides`, on top of `seqmem.paper`.
    labels : mapping of str to str, optional
        Names of cells in legends, titles and labels, by cell.
    order : sequence of str
        Cells in the order of drawing. Other cells follow in their usual order.
    colours : mapping of str to str, optional
        Colours of cells as Matplotlib takes them, by cell.
    vector : bool
        Whether the notebook displays SVG instead of PNG.

    Returns
    -------
    NotebookFigure
        The figure, which a notebook displays, and which can be saved.

    Raises
    ------
    InputError
        The name is not a figure, the data are no records or lack what it needs, or a group, style,
        width, cell or colour is not valid.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.show("capacity_curve", frame)  # doctest: +SKIP
    >>> analysis.show("capacity_curve", ["runs/a", "runs/b"], width=3.3)  # doctest: +SKIP
    """
    appearance = Appearance(
        width, style, {} if labels is None else labels, order, {} if colours is None else colours
    )
    figure, groups = _figure_and_groups(name, report_data)
    chosen = groups if group is None else [_picked(name, groups, group)]
    return notebook_figure(figure, chosen, appearance, vector)


@argument_kinds(name=FIGURE_NAME, report_data=SHOWN_DATA, **BY_APPEARANCE)
def draw(
    name: str,
    report_data: Shown = None,
    ax: OwnAxes | None = None,
    group: int | str | None = None,
    *,
    panel: int | None = None,
    labels: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
) -> list[Axes]:
    """Draw one group of a figure into axes of your own, with your settings of Matplotlib.

    No other figure of Matplotlib is made. Lengths of lines and marks follow `font.size`.

    Parameters
    ----------
    name : str
        Name of the figure.
    report_data : ReportData, DataFrame, path, sequence of paths, or ContrastResult
        As for `show`.
    ax : Axes, sequence of Axes, SubFigure or Figure
        Where to draw. A figure with one panel takes one `Axes`. A figure with several panels takes
        as many `Axes`, or one for the panel that `panel` picks. `Axes` get no legend: call
        `ax.legend()`. In a `SubFigure` or `Figure`, the panels are arranged by its width, and their
        legend is below them; it needs the layout `constrained`.
    group : int or str, optional
        Number or name of the group, as for `show`; needed if there are several.
    panel : int, optional
        Number of a panel, from 0.
    labels, order, colours
        As for `show`.

    Returns
    -------
    list of Axes
        The panels.

    Raises
    ------
    InputError
        As `show`; also if there are several groups and none is picked, or another number of panels
        than of axes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from seqmem import analysis
    >>> plt.style.use("seqmem.paper")  # doctest: +SKIP
    >>> page, (left, right) = plt.subplots(1, 2, figsize=(7, 2.6))  # doctest: +SKIP
    >>> analysis.draw("capacity_curve", "runs/low", left)  # doctest: +SKIP
    >>> analysis.draw("capacity_curve", "runs/high", right)  # doctest: +SKIP
    """
    figure, groups = _figure_and_groups(name, report_data)
    if group is None and len(groups) > 1:
        raise InputError(f"{name}: give group=; {_valid(groups)}")
    _, data = _picked(name, groups, 0 if group is None else group)
    appearance = Appearance(
        labels={} if labels is None else labels,
        order=order,
        colours={} if colours is None else colours,
    )
    return draw_on(figure, data, ax, panel, appearance)


def _figure_and_groups(name: str, report_data: Shown) -> tuple[Figure, Groups]:
    """Return a figure with its groups and their data, at least one."""
    check_names([name], [*FIGURES, *CONTRASTS, *ATLASES])
    if name in ATLASES:
        if report_data is not None:
            raise InputError(f"{name} needs no records: leave them out")
        figure, data = atlas_page(name)
        return figure, [(None, data)]
    if (name in CONTRASTS) != isinstance(report_data, ContrastResult) or report_data is None:
        needed = "what contrast(FRAME, a, b) returns" if name in CONTRASTS else REPORT_DATA.words
        raise InputError(f"{name} needs {needed}")
    if isinstance(report_data, ContrastResult):
        figure, data = contrast_page(report_data)
        return figure, [(None, data)]
    figure = FIGURES[name]
    groups = groups_of(figure, _loaded(report_data))
    if not groups:
        raise InputError(f"{name}: needs {figure.wants()}")
    return figure, groups


def _loaded(
    report_data: ReportData | pd.DataFrame | str | Path | Sequence[str | Path],
) -> ReportData:
    if isinstance(report_data, pd.DataFrame):
        return ReportData(report_data)
    if isinstance(report_data, ReportData):
        return report_data
    sources = load_sources(report_data)
    for line in sources.notes:
        warnings.warn(line, stacklevel=5)
    return ReportData.of(sources)


def _picked(name: str, groups: Groups, group: int | str) -> tuple[Group | None, pd.DataFrame]:
    """Return the group of a number or a name."""
    names = _names(groups)
    if isinstance(group, str) and group in names:
        return groups[names.index(group)]
    is_number = isinstance(group, int | np.integer) and not isinstance(group, bool)
    if is_number and 0 <= int(group) < len(groups):
        return groups[int(group)]
    raise InputError(f"group {group!r}: {name} has {_valid(groups)}")


def _valid(groups: Groups) -> str:
    """Return the numbers and names of groups."""
    numbered = ", ".join(f"{number} ({name})" for number, name in enumerate(_names(groups)))
    return f"the groups {numbered}" if groups[0][0] else "one group, 0"


def _names(groups: Groups) -> list[str]:
    return [group.slug if group else "" for group, _ in groups]
