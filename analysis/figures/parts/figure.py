"""The type of a figure: numbers from records, and a panel from numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.appearance import current
from seqmem.analysis.figures.parts.theme import in_order


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
    share_heights : bool, optional
        Whether panels share the vertical axis; as `share` by default.
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
    narrowest : float
        Smallest width in inches, for text of 8 points, at which its texts do not cover each other.
    lowest : float
        Smallest height of a panel on a narrow page, as a share of `height`.
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
    share_heights: bool | None = None
    per_cell: bool = True
    legend_columns: int | None = None
    note: str | None = None
    width: float = 3.4
    least_width: float = 3.4
    height: float = 3.0
    narrowest: float = 0.0
    lowest: float = 0.65

    def wants(self) -> str:
        """Return the package or the data that the figure needs if it is left out."""
        return self.lacks() or self.needs

    @property
    def shares_heights(self) -> bool:
        """Whether panels share the vertical axis."""
        return self.share if self.share_heights is None else self.share_heights


def panels_of(figure: Figure, data: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the data of each panel of one group, in the order of the page.

    Panels of one cell each follow the order of cells that the current `Appearance` gives.

    Parameters
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        Data of one group.

    Returns
    -------
    list of DataFrame
        One frame per panel.
    """
    if figure.panel_by is None:
        return [data]
    panels = [rows for _, rows in data.groupby(figure.panel_by, sort=True)]
    if current().order and all("cell" in rows and rows["cell"].nunique() == 1 for rows in panels):
        cells = in_order(data["cell"])
        panels.sort(key=lambda rows: cells.index(rows["cell"].iloc[0]))
    return panels
