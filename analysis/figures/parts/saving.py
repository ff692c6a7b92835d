"""Figures as files: PDF, SVG and PNG of the page and CSV of its numbers, the same bytes whenever they are rebuilt."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as MplFigure

from seqmem.analysis.figures.parts.steady import SteadyPdf, steady_svg
from seqmem.analysis.figures.parts.theme import theme
from seqmem.analysis.records.result_files import write_bytes, write_csv

# Dates and library versions would change the bytes without changing the picture.
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
_DPI = 300


def render(page: MplFigure, kind: str, dpi: int = _DPI) -> bytes:
    """The page as the bytes of a `pdf`, `svg` or `png` file."""
    if kind not in _METADATA:
        raise ValueError(f"unknown file kind '{kind}'; valid: {', '.join(_METADATA)}")
    buffer = BytesIO()
    with theme():
        if kind == "pdf":
            with SteadyPdf(buffer, metadata=_METADATA[kind]) as pages:
                pages.savefig(page, dpi=dpi)
        else:
            page.savefig(buffer, format=kind, metadata=_METADATA[kind], dpi=dpi)
    content = buffer.getvalue()
    return steady_svg(content.decode()).encode() if kind == "svg" else content


def save(page: MplFigure, data: pd.DataFrame, stem: Path) -> list[Path]:
    """Write `stem`.pdf, .svg, .png and .csv; `stem` may hold dots. Returns the four paths."""
    written = [
        write_bytes(stem.with_name(f"{stem.name}.{kind}"), render(page, kind)) for kind in _METADATA
    ]
    return [*written, write_csv(stem.with_name(f"{stem.name}.csv"), data)]
