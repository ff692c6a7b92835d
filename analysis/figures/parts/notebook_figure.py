"""A figure for a notebook: a picture with its caption as text."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from seqmem.analysis.figures.parts.figure import Figure, draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.records.groups import split_groups
from seqmem.analysis.records.result_files import round_significant
from seqmem.analysis.tables.report_data import ReportData
from seqmem.core.errors import InputError

_DPI = 110


class NotebookFigure(NamedTuple):
    """A drawn figure.

    Attributes
    ----------
    caption : str
        The caption.
    data : DataFrame
        Numbers of the figure.
    png : bytes
        The picture as a PNG file.
    """

    caption: str
    data: pd.DataFrame
    png: bytes

    def __repr__(self) -> str:
        return self.caption

    def _repr_png_(self) -> bytes:
        return self.png


def draw_for_notebook(
    figure: Figure, report_data: ReportData | pd.DataFrame, group: int = 0
) -> NotebookFigure:
    """Draw one group of a figure from report data, or from records alone.

    Parameters
    ----------
    figure : Figure
        The figure.
    report_data : ReportData or DataFrame
        The data of a report, or the records.
    group : int
        Number of the group, from 0.

    Raises
    ------
    InputError
        The data lack what the figure needs, or there are fewer groups.
    """
    report_data = ReportData(report_data) if isinstance(report_data, pd.DataFrame) else report_data
    data = round_significant(figure.compute(report_data[figure.source]))
    if data.empty:
        raise InputError(f"{figure.name}: needs {figure.wants()}")
    groups = [rows for _, rows in split_groups(data)] if figure.grouped else [data]
    if not 0 <= group < len(groups):
        raise InputError(f"group {group}: {figure.name} has the groups 0 to {len(groups) - 1}")
    return notebook_figure(figure, groups[group])


def notebook_figure(figure: Figure, data: pd.DataFrame) -> NotebookFigure:
    """Draw a figure from its data.

    Parameters
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        The data of one page.
    """
    return NotebookFigure(figure.caption(data), data, render(draw_page(figure, data), "png", _DPI))
