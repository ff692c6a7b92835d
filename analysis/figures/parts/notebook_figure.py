"""A figure as a notebook shows it: a picture, with the caption as its text."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from seqmem.analysis.figures.parts.figure import Figure, draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.records.groups import split_groups
from seqmem.analysis.records.result_files import round_significant
from seqmem.analysis.tables.material import Material
from seqmem.core.errors import InputError

_DPI = 110


class Shown(NamedTuple):
    """A drawn figure: its caption, its numbers, and its picture as PNG."""

    caption: str
    data: pd.DataFrame
    png: bytes

    def __repr__(self) -> str:
        return self.caption

    def _repr_png_(self) -> bytes:
        return self.png


def shown(figure: Figure, material: Material | pd.DataFrame, group: int = 0) -> Shown:
    """Draw one group of a figure from material, or from records alone.

    Raises
    ------
    InputError
        The data lack what the figure needs, or there are fewer groups.
    """
    material = Material(material) if isinstance(material, pd.DataFrame) else material
    data = round_significant(figure.compute(material[figure.source]))
    if data.empty:
        raise InputError(f"{figure.name}: needs {figure.wants()}")
    groups = [rows for _, rows in split_groups(data)] if figure.grouped else [data]
    if not 0 <= group < len(groups):
        raise InputError(f"group {group}: {figure.name} has the groups 0 to {len(groups) - 1}")
    rows = groups[group]
    return Shown(figure.caption(rows), rows, render(draw_page(figure, rows), "png", _DPI))
