"""The figures of the report.

To add a figure, write a file with a `FIGURE` (made of `compute`, `draw` and `caption`, with a line
of `help`) and add a line to `FIGURES`. Figures that need no sweep are in `ATLASES`, each with the
function that makes its frame. Figures of what `analysis.contrast` returns are in `CONTRASTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.estimators.worker_pool import map_parts
from seqmem.analysis.figures import (
    anytime,
    bits_by_exposure,
    capacity_by_budget,
    capacity_curve,
    complexity_atlas,
    contrast_forest,
    cost_by_units,
    depth_at_budgets,
    gradient_by_lag,
    gru_against_lstm,
    importance,
    landscape,
    learning_curves,
    loss_volatility,
    stored_bits,
    time_by_bits,
    time_by_context,
    time_to_memorize,
    tuning_curve,
    winners_by_budget,
)
from seqmem.analysis.figures.parts.appearance import AS_IN_REPORTS, Appearance, using
from seqmem.analysis.figures.parts.drawing import PageOrder, write_page
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.kinds import are_paths
from seqmem.analysis.records.result_files import round_significant
from seqmem.analysis.tables.contrast.result import ContrastResult
from seqmem.analysis.tables.report_data import ReportData
from seqmem.core.argument_kinds import FOLDER, Kind
from seqmem.core.errors import InputError, unknown
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.registries import help_lines

REPORT_DATA = Kind(
    (ReportData, pd.DataFrame, str, Path, list, tuple),
    "records, as load(FOLDER) returns them",
    accepts=are_paths,
)


def _check_figure(name: str, figure: Any) -> None:
    if not isinstance(figure, Figure):
        raise InputError("a figure is a `seqmem.analysis.figures.parts.figure.Figure`")
    if figure.name != name:
        raise InputError(f"its `name` is {figure.name!r}; both must be equal")
    if name in ATLASES:
        raise InputError("a figure that needs no sweep has this name; choose another name")
    if name in CONTRASTS:
        raise InputError("a figure of contrasts has this name; choose another name")


FIGURES: PluginRegistry[Figure] = PluginRegistry(
    "figure",
    {
        "capacity_curve": capacity_curve.FIGURE,
        "capacity_by_budget": capacity_by_budget.FIGURE,
        "gru_against_lstm": gru_against_lstm.FIGURE,
        "depth_at_budgets": depth_at_budgets.FIGURE,
        "winners_by_budget": winners_by_budget.FIGURE,
        "landscape": landscape.FIGURE,
        "importance": importance.FIGURE,
        "stored_bits": stored_bits.FIGURE,
        "bits_by_exposure": bits_by_exposure.FIGURE,
        "time_by_bits": time_by_bits.FIGURE,
        "time_by_context": time_by_context.FIGURE,
        "time_to_memorize": time_to_memorize.FIGURE,
        "anytime": anytime.FIGURE,
        "tuning_curve": tuning_curve.FIGURE,
        "learning_curves": learning_curves.FIGURE,
        "loss_volatility": loss_volatility.FIGURE,
        "gradient_by_lag": gradient_by_lag.FIGURE,
        "cost_by_units": cost_by_units.FIGURE,
    },
    group="seqmem.figures",
    home="seqmem.analysis.figures:FIGURES",
    check=_check_figure,
)

CONTRASTS: dict[str, Figure] = {"contrast_forest": contrast_forest.FIGURE}

ATLASES: dict[str, tuple[Figure, Callable[[], pd.DataFrame]]] = {
    "complexity_atlas": (complexity_atlas.FIGURE, complexity_atlas.atlas_strings),
}


def register_figure(figure: Figure, *, version: str | None = None) -> None:
    """Add a figure of sweeps in this process, for example in a notebook.

    Parameters
    ----------
    figure : Figure
        The figure. Its ``name`` must be new: lower-case letters, digits and underscores.
    version : str, optional
        Its version. By default the SHA-256 of the source code of the modules that define it.

    Raises
    ------
    InputError
        If the name exists or is not valid, or there is no version and the source code cannot be
        read, as in a notebook.

    Examples
    --------
    >>> register_figure(anytime.FIGURE)
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: figure 'anytime' exists already (built in); choose another name
    """
    FIGURES.register(figure.name, figure, version)


class BuiltFigure(NamedTuple):
    """A written figure of one group.

    Attributes
    ----------
    figure : Figure
        The figure.
    group : Group or None
        The group; None for a figure without groups.
    caption : str
        Caption of the group.
    files : list of Path
        Paths of its PDF, SVG, PNG and CSV.
    """

    figure: Figure
    group: Group | None
    caption: str
    files: list[Path]


@argument_kinds(report_data=REPORT_DATA._replace(types=(ReportData, pd.DataFrame)), out=FOLDER)
def build_figures(
    report_data: ReportData | pd.DataFrame,
    out: str | Path,
    only: Iterable[str] | None = None,
    appearance: Appearance = AS_IN_REPORTS,
) -> list[BuiltFigure]:
    """Compute, draw and write figures into a folder.

    Inside a block of `worker_pool_for`, workers draw too.

    Parameters
    ----------
    report_data : ReportData or DataFrame
        Data of a report, or the records alone, as `analysis.load` returns them.
    out : str or Path
        Folder to write to.
    only : iterable of str, optional
        Names of the wanted figures; all by default.
    appearance : Appearance
        Width, styles, names and colours of cells, and whether text in SVG files can be edited.

    Returns
    -------
    list of BuiltFigure
        One entry per figure and group. File names are the figure's name, followed by the group's if
        there are several groups. Figures whose data are missing have no entry (`missing_figures`).

    Raises
    ------
    InputError
        A name is not a figure, or the appearance names a cell that does not exist.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> (built,) = analysis.build_figures(frame, "figures", ["capacity_curve"])  # doctest: +SKIP
    >>> [path.name for path in built.files]  # doctest: +SKIP
    ['capacity_curve.pdf', 'capacity_curve.svg', 'capacity_curve.png', 'capacity_curve.csv']
    """
    names = list(FIGURES) if only is None else list(only)
    check_names(names)
    report_data = ReportData(report_data) if isinstance(report_data, pd.DataFrame) else report_data
    planned: list[_Planned] = []

    def orders() -> Iterator[PageOrder]:
        for name in names:
            for page in _plan(FIGURES[name], report_data, Path(out), appearance):
                planned.append(page)
                yield page.order

    written = map_parts(write_page, orders())
    with using(appearance):
        return [
            BuiltFigure(
                page.order.figure, page.group, page.order.figure.caption(page.order.data), files
            )
            for page, files in zip(planned, written, strict=True)
        ]


def missing_figures(built: Iterable[BuiltFigure], only: Iterable[str] | None = None) -> list[str]:
    """Return one sentence for each wanted figure that was left out, with what it needs.

    Parameters
    ----------
    built : iterable of BuiltFigure
        Figures that were written.
    only : iterable of str, optional
        Names of the wanted figures; all by default.
    """
    there = {item.figure.name for item in built}
    wanted = [FIGURES[name] for name in (FIGURES if only is None else only)]
    return [
        f"{figure.title} ({figure.name}): needs {figure.wants()}."
        for figure in wanted
        if figure.name not in there
    ]


def figure_help() -> dict[str, str]:
    """Return one line of help for each figure of `FIGURES` and `ATLASES`, by name, sorted.

    Examples
    --------
    >>> figure_help()["anytime"]
    'stored fraction at every smaller budget, by level'
    """
    lines = help_lines(FIGURES)
    lines |= {name: f"{figure.help} (needs no sweep)" for name, (figure, _) in ATLASES.items()}
    return dict(sorted(lines.items()))


def contrast_page(result: ContrastResult) -> tuple[Figure, pd.DataFrame]:
    """Return the forest of a contrast and its data.

    Parameters
    ----------
    result : ContrastResult
        What `analysis.contrast` returns.

    Raises
    ------
    InputError
        The contrast has no estimate.
    """
    figure = CONTRASTS["contrast_forest"]
    data = round_significant(figure.compute(result.table.assign(route=result.route)))
    if data.empty:
        raise InputError(f"{figure.name}: needs {figure.wants()}")
    return contrast_forest.sized(data), data


def build_atlas(name: str, out: str | Path, appearance: Appearance = AS_IN_REPORTS) -> list[Path]:
    """Write a figure that needs no sweep.

    Parameters
    ----------
    name : str
        Name of the figure.
    out : str or Path
        Folder to write to.
    appearance : Appearance
        Width and styles, and whether text in SVG files can be edited.

    Returns
    -------
    list of Path
        Paths of its PDF, SVG, PNG and CSV.

    Raises
    ------
    InputError
        The name is not such a figure.
    """
    check_names([name], ATLASES)
    figure, data = atlas_page(name)
    return write_page(PageOrder(figure, data, Path(out) / name, appearance))


def atlas_page(name: str) -> tuple[Figure, pd.DataFrame]:
    """Return a figure of `ATLASES` by its name, and its data."""
    figure, make_frame = ATLASES[name]
    return figure, round_significant(figure.compute(make_frame()))


def groups_of(figure: Figure, report_data: ReportData) -> list[tuple[Group | None, pd.DataFrame]]:
    """Return the groups of a figure with their data; none if something is missing.

    Parameters
    ----------
    figure : Figure
        The figure.
    report_data : ReportData
        Data of a report.
    """
    data = round_significant(figure.compute(report_data[figure.source]))
    if data.empty:
        return []
    return list(split_groups(data)) if figure.grouped else [(None, data)]


def check_names(names: Iterable[str], valid: Iterable[str] = FIGURES) -> None:
    """Raise `InputError` if a name is not a figure.

    Parameters
    ----------
    names : iterable of str
        Names to check.
    valid : iterable of str
        Known names.
    """
    for name in names:
        if name not in valid:
            raise unknown("figure", name, valid)


class _Planned(NamedTuple):
    """A page to be drawn, with its group if it has one."""

    group: Group | None
    order: PageOrder


def _plan(
    figure: Figure, report_data: ReportData, out: Path, appearance: Appearance
) -> list[_Planned]:
    groups = groups_of(figure, report_data)
    for _, rows in groups:
        appearance.check_cells(rows)
    return [
        _Planned(
            group,
            PageOrder(
                figure,
                rows,
                out / _stem(figure, group if len(groups) > 1 else None),
                appearance,
            ),
        )
        for group, rows in groups
    ]


def _stem(figure: Figure, group: Group | None) -> str:
    return figure.name if group is None else f"{figure.name}-{group.slug}"
