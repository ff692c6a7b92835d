"""The figures of the report. To add one: a file with `compute` and `draw`, and a line in `FIGURES`.

Figures that need no sweep are in `ATLASES`, each with what makes its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.estimators.worker_pool import map_parts
from seqmem.analysis.figures import (
    anytime,
    capacity_by_budget,
    capacity_curve,
    complexity_atlas,
    cost_by_units,
    depth_at_budgets,
    gradient_by_lag,
    gru_against_lstm,
    importance,
    landscape,
    learning_curves,
    loss_volatility,
    time_to_memorize,
)
from seqmem.analysis.figures import (
    stored_bits as plateau,
)
from seqmem.analysis.figures.parts.drawing import PageOrder, write_page
from seqmem.analysis.figures.parts.figure import Figure, draw_page
from seqmem.analysis.figures.parts.notebook_figure import NotebookFigure, draw_for_notebook
from seqmem.analysis.figures.parts.saving import save
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.result_files import round_significant
from seqmem.analysis.tables.report_data import ReportData
from seqmem.core.errors import unknown

FIGURES: dict[str, Figure] = {
    "capacity_curve": capacity_curve.FIGURE,
    "capacity_by_budget": capacity_by_budget.FIGURE,
    "gru_against_lstm": gru_against_lstm.FIGURE,
    "depth_at_budgets": depth_at_budgets.FIGURE,
    "landscape": landscape.FIGURE,
    "importance": importance.FIGURE,
    "stored_bits": plateau.FIGURE,
    "time_to_memorize": time_to_memorize.FIGURE,
    "anytime": anytime.FIGURE,
    "learning_curves": learning_curves.FIGURE,
    "loss_volatility": loss_volatility.FIGURE,
    "gradient_by_lag": gradient_by_lag.FIGURE,
    "cost_by_units": cost_by_units.FIGURE,
}

ATLASES: dict[str, tuple[Figure, Callable[[], pd.DataFrame]]] = {
    "complexity_atlas": (complexity_atlas.FIGURE, complexity_atlas.atlas_strings),
}


class BuiltFigure(NamedTuple):
    """A figure of one group as it was written: `files` are its PDF, SVG, PNG and CSV. `group` may be None."""

    figure: Figure
    group: Group | None
    caption: str
    files: list[Path]


def build_figures(
    report_data: ReportData | pd.DataFrame, out: str | Path, only: Iterable[str] | None = None
) -> list[BuiltFigure]:
    """Compute, draw and write figures into the folder `out`; inside a block of `worker_pool_for`, workers draw too.

    Parameters
    ----------
    report_data : what the figures are drawn from; or the records alone, as `analysis.load` returns them.
    only : names of the wanted figures; all by default.

    Returns
    -------
    One entry per figure and group. Files are called after the figure, and after the group too where there are several.
    Figures whose data are missing have no entry, see `missing_figures`.

    Raises
    ------
    InputError
        A name that is no figure.
    """
    names = list(FIGURES) if only is None else list(only)
    check_names(names)
    report_data = ReportData(report_data) if isinstance(report_data, pd.DataFrame) else report_data
    planned: list[_Planned] = []

    def orders() -> Iterator[PageOrder]:
        for name in names:
            for page in _plan(FIGURES[name], report_data, Path(out)):
                planned.append(page)
                yield page.order

    written = map_parts(write_page, orders())
    return [
        BuiltFigure(
            page.order.figure, page.group, page.order.figure.caption(page.order.data), files
        )
        for page, files in zip(planned, written, strict=True)
    ]


def missing_figures(built: Iterable[BuiltFigure], only: Iterable[str] | None = None) -> list[str]:
    """One sentence for each figure that was wanted but left out: the package or the data that it needs."""
    there = {item.figure.name for item in built}
    wanted = [FIGURES[name] for name in (FIGURES if only is None else only)]
    return [
        f"{figure.title} ({figure.name}): needs {figure.wants()}."
        for figure in wanted
        if figure.name not in there
    ]


def show(name: str, report_data: ReportData | pd.DataFrame, group: int = 0) -> NotebookFigure:
    """Draw one group of a figure for a notebook, from records or from `ReportData.of(sources)`; see `draw_for_notebook`.

    Raises
    ------
    InputError
        A name that is no figure, data that lack what it needs, or no such group.
    """
    check_names([name])
    return draw_for_notebook(FIGURES[name], report_data, group)


def build_atlas(name: str, out: str | Path) -> list[Path]:
    """Make a figure that needs no sweep, and return its PDF, SVG, PNG and CSV in the folder `out`.

    Raises
    ------
    InputError
        A name that is no such figure.
    """
    check_names([name], ATLASES)
    figure, make_frame = ATLASES[name]
    data = round_significant(figure.compute(make_frame()))
    return save(draw_page(figure, data), data, Path(out) / name)


def check_names(names: Iterable[str], valid: Iterable[str] = FIGURES) -> None:
    """Raise `InputError` for a name that is no figure."""
    for name in names:
        if name not in valid:
            raise unknown("figure", name, valid)


class _Planned(NamedTuple):
    """A page of a figure: its group, if it has one, and what to draw."""

    group: Group | None
    order: PageOrder


def _plan(figure: Figure, report_data: ReportData, out: Path) -> list[_Planned]:
    data = round_significant(figure.compute(report_data[figure.source]))
    groups: list[tuple[Group | None, pd.DataFrame]] = []
    if len(data):
        groups = list(split_groups(data)) if figure.grouped else [(None, data)]
    return [
        _Planned(
            group, PageOrder(figure, rows, out / _stem(figure, group if len(groups) > 1 else None))
        )
        for group, rows in groups
    ]


def _stem(figure: Figure, group: Group | None) -> str:
    return figure.name if group is None else f"{figure.name}-{group.slug}"
