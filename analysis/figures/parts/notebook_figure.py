"""A figure for a notebook: a picture with its caption as text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.appearance import Appearance, using
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.page import Block, draw_blocks
from seqmem.analysis.figures.parts.plot_file import write_page_file
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.records.groups import Group

_DPI = 110


class NotebookFigure:
    """A drawn figure, which a notebook displays.

    Attributes
    ----------
    page : matplotlib.figure.Figure
        The figure of Matplotlib, with a finished layout.
    caption : str
        The caption; one paragraph per group.
    data : DataFrame
        Numbers of the figure.
    appearance : Appearance
        What was asked of the figure.
    vector : bool
        Whether a notebook displays it as SVG, not as PNG.
    """

    def __init__(
        self,
        page: MplFigure,
        caption: str,
        data: pd.DataFrame,
        appearance: Appearance,
        vector: bool = False,
    ) -> None:
        self.page = page
        self.caption = caption
        self.data = data
        self.appearance = appearance
        self.vector = vector

    @cached_property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        with using(self.appearance):
            return render(self.page, "png", _DPI)

    @cached_property
    def svg(self) -> str:
        """The picture as the text of an SVG file."""
        with using(self.appearance):
            return render(self.page, "svg").decode()

    def save(self, path: str | Path, *, editable_text: bool = False) -> Path:
        """Write the picture to a file.

        Parameters
        ----------
        path : str or Path
            The file, whose name ends in .pdf, .png or .svg.
        editable_text : bool
            Whether text in an SVG file stays text, which a drawing program can edit. Otherwise it
            is drawn as outlines, which look the same on every machine. Text in a PDF file always
            stays text.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            The name has another ending, or its folder does not exist.

        Examples
        --------
        >>> from seqmem import analysis
        >>> figure = analysis.show("anytime", "runs/quick", width=3.3)  # doctest: +SKIP
        >>> figure.save("anytime.svg", editable_text=True)  # doctest: +SKIP
        PosixPath('anytime.svg')
        """
        with using(self.appearance.with_text(editable_text)):
            return write_page_file(self.page, Path(path))

    def __repr__(self) -> str:
        return self.caption

    def _repr_png_(self) -> bytes | None:
        return None if self.vector else self.png

    def _repr_svg_(self) -> str | None:
        return self.svg if self.vector else None


def notebook_figure(
    figure: Figure,
    groups: Sequence[tuple[Group | None, pd.DataFrame]],
    appearance: Appearance,
    vector: bool = False,
) -> NotebookFigure:
    """Draw groups of a figure below each other, with headings if there are several.

    Parameters
    ----------
    figure : Figure
        The figure.
    groups : sequence of tuple of Group and DataFrame
        Groups with their data; None for a figure without groups.
    appearance : Appearance
        What is asked of the figure.
    vector : bool
        Whether a notebook displays it as SVG.

    Raises
    ------
    InputError
        The appearance names a cell that neither exists nor is in the data.
    """
    data = pd.concat([rows for _, rows in groups]) if len(groups) > 1 else groups[0][1]
    appearance.check_cells(data)
    several = len(groups) > 1
    blocks = [Block(group.describe() if group and several else "", rows) for group, rows in groups]
    with using(appearance):
        page = draw_blocks(figure, blocks)
        caption = "\n\n".join(figure.caption(rows) for _, rows in groups)
    return NotebookFigure(page, caption, data, appearance, vector)
