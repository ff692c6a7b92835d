"""A file for one picture, whose name decides its kind."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError

PLOT_KINDS = ("pdf", "png", "svg")


def check_plot(path: Path, option: str = "--plot") -> None:
    """Raise `InputError` unless a file can hold a picture and its folder exists.

    Parameters
    ----------
    path : Path
        The file.
    option : str
        What names the file, for the message.
    """
    if path.suffix.lower().removeprefix(".") not in PLOT_KINDS:
        endings = ", ".join(f".{kind}" for kind in PLOT_KINDS)
        raise InputError(f"{option} {path}: give a name that ends in one of {endings}")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: no folder {path.parent}; make it first")


def write_plot(figure: Figure, data: pd.DataFrame, path: Path) -> None:
    """Draw a figure into a file.

    Parameters
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        Its data.
    path : Path
        The file, whose name ends in .pdf, .png or .svg.
    """
    write_page_file(draw_page(figure, data), path)


def write_page_file(page: MplFigure, path: Path) -> Path:
    """Write a page to a file and return its path.

    Parameters
    ----------
    page : matplotlib.figure.Figure
        The page.
    path : Path
        The file, as for `check_plot`.
    """
    check_plot(path, "path")
    return write_bytes(path, render(page, path.suffix.lower().removeprefix(".")))
