"""The figures of the report. To add one: a file with `compute` and `draw`, and a line in `FIGURES`.

Figures that need no sweep are in `ATLASES`, each with what makes its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.figures import anytime, capacity_curve, complexity_atlas
from analysis.figures.figure import Figure, draw_page
from analysis.figures.saving import save
from analysis.files import round_significant
from analysis.groups import Group, split_groups
from generators.errors import unknown

FIGURES: dict[str, Figure] = {
    "capacity_curve": capacity_curve.FIGURE,
    "anytime": anytime.FIGURE,
}


ATLASES: dict[str, tuple[Figure, Callable[[], pd.DataFrame]]] = {
    "complexity_atlas": (complexity_atlas.FIGURE, complexity_atlas.atlas_strings),
}


class Built(NamedTuple):
    """A figure of one group as it was written: `files` are its PDF, SVG, PNG and CSV."""

    figure: Figure
    group: Group
    caption: str
    files: list[Path]


def build_figures(frame: pd.DataFrame, out: str | Path, only: Iterable[str] | None = None) -> list[Built]:
    """Compute, draw and write figures into the folder `out`.

    Parameters
    ----------
    frame : records of a sweep, as `analysis.load` returns them.
    only : names of the wanted figures; all by default.

    Returns
    -------
    One entry per figure and group. Files are called after the figure, and after the group too where there are several.

    Raises
    ------
    InputError
        A name that is no figure.
    """
    names = list(FIGURES) if only is None else list(only)
    check_names(names)
    return [built for name in names for built in _build(FIGURES[name], frame, Path(out))]


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


def _build(figure: Figure, frame: pd.DataFrame, out: Path) -> list[Built]:
    data = round_significant(figure.compute(frame))
    groups = list(split_groups(data)) if len(data) else []
    built = []
    for group, rows in groups:
        stem = out / (figure.name if len(groups) == 1 else f"{figure.name}-{group.slug}")
        files = save(draw_page(figure, rows), rows, stem)
        built.append(Built(figure, group, figure.caption(rows), files))
    return built
