"""Figures as PDF, SVG, PNG and CSV files, with the same bytes on every rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.plain_texts import missing_letters_untold
from seqmem.analysis.figures.parts.steady import steady_pdf, steady_svg
from seqmem.analysis.figures.parts.theme import theme
from seqmem.analysis.records.result_files import write_bytes, write_csv

# Kinds of files in the order in which they are written. Dates and library versions change the bytes
# but not the picture.
_METADATA: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "svg": {"Date": None, "Creator": None},
        "png": {"Software": None},
    }
)
_DPI = 300


def render(page: MplFigure, kind: str, dpi: int = _DPI) -> bytes:
    """Return the page as the bytes of a file.

    Parameters
    ----------
    page : matplotlib.figure.Figure
        The page.
    kind : str
        "pdf", "svg" or "png".
    dpi : int
        Resolution of what is not drawn as vectors.

    Raises
    ------
    ValueError
        The kind is unknown.
    """
    if kind not in _METADATA:
        raise ValueError(f"unknown file kind '{kind}'; valid: {', '.join(_METADATA)}")
    buffer = BytesIO()
    with theme(), missing_letters_untold():
        if kind == "pdf":
            return steady_pdf(page, _METADATA[kind], dpi)
        page.savefig(buffer, format=kind, metadata=_METADATA[kind], dpi=dpi)
    content = buffer.getvalue()
    return steady_svg(content.decode()).encode() if kind == "svg" else content


def save(page: MplFigure, data: pd.DataFrame, stem: Path) -> list[Path]:
    """Write the page as PDF, SVG and PNG and its numbers as CSV.

    Parameters
    ----------
    page : matplotlib.figure.Figure
        The page.
    data : DataFrame
        Numbers of the page.
    stem : Path
        Path of the files without their suffixes; it may contain dots.

    Returns
    -------
    list of Path
        Paths of the four files.
    """
    written = [
        write_bytes(stem.with_name(f"{stem.name}.{kind}"), render(page, kind)) for kind in _METADATA
    ]
    return [*written, write_csv(stem.with_name(f"{stem.name}.csv"), data)]
