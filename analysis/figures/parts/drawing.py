"""One page as files: what of a figure is drawn, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.figures.parts.figure import Figure, draw_page
from seqmem.analysis.figures.parts.saving import save


class PageOrder(NamedTuple):
    """A page to be drawn: its figure, the data of its group, and where its files go, without their endings."""

    figure: Figure
    data: pd.DataFrame
    stem: Path


def write_page(order: PageOrder) -> list[Path]:
    """Draw a page and write its files."""
    return save(draw_page(order.figure, order.data), order.data, order.stem)
