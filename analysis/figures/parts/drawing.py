"""One page as files: the data to draw and the path to write to."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.figures.parts.appearance import AS_IN_REPORTS, Appearance, using
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.saving import save


class PageOrder(NamedTuple):
    """A page to be drawn.

    Attributes
    ----------
    figure : Figure
        The figure.
    data : DataFrame
        Data of one group.
    stem : Path
        Path of the files without their suffixes.
    appearance : Appearance
        What is asked of the page.
    """

    figure: Figure
    data: pd.DataFrame
    stem: Path
    appearance: Appearance = AS_IN_REPORTS


def write_page(order: PageOrder) -> list[Path]:
    """Draw a page and write its files; return their paths."""
    with using(order.appearance):
        return save(draw_page(order.figure, order.data), order.data, order.stem)
