"""SVG and PDF files without differences between machines.

Logarithms and matrix products differ in their last bits between instruction sets. The text of a
float differs between versions of Python and NumPy, and so do ids that are hashes of such texts.
Here coordinates have four decimals of a point (1/2400 of a pixel at 300 dpi), and ids are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import PdfFile, RendererPdf, Verbatim
from matplotlib.figure import Figure as MplFigure

DECIMALS = 4
_COORDINATES = re.compile(r' (?:d|x|y|width|height|points|transform)="[^"]*"')
_POINTS_PER_INCH = 72
# The scale of a glyph is a factor, not a coordinate.
_NUMBER = re.compile(r"scale\([^)]*\)|-?\d+\.\d+|-0(?![\d.])")
_NAMED = re.compile(r'( id="|href="#|url\(#)([^")]+)')


def steady_svg(text: str) -> str:
    """Return the SVG with rounded coordinates and numbered ids.

    Only ids that something refers to are numbered, in the order in which they appear.

    Examples
    --------
    >>> svg = '<path id="m5f1" d="M 0.123456 -0"/><use href="#m5f1" x="2.5" y="0.999999"/>'
    >>> steady_svg(svg)
    '<path id="i1" d="M 0.1235 0"/><use href="#i1" x="2.5" y="1"/>'
    """
    rounded = _COORDINATES.sub(lambda match: _rounded_text(match[0]), text)
    used = {name for before, name in _NAMED.findall(rounded) if before != ' id="'}
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        before, name = match.groups()
        return before + (numbers.setdefault(name, f"i{len(numbers) + 1}") if name in used else name)

    return _NAMED.sub(numbered, rounded)


def steady_pdf(page: MplFigure, metadata: Mapping[str, Any], dpi: int) -> bytes:
    """Return the page as a PDF with rounded coordinates.

    `Figure.savefig` offers no way to round what it writes, so the page is drawn as
    `FigureCanvasPdf.print_pdf` draws it, into a file that rounds.

    Parameters
    ----------
    page : matplotlib.figure.Figure
        The page, with a finished layout.
    metadata : mapping of str to object
        Entries of the information dictionary; None leaves an entry out.
    dpi : int
        Resolution of what is not drawn as vectors.
    """
    buffer = BytesIO()
    width, height = page.get_size_inches()
    usual_dpi = page.dpi
    file = _RoundedFile(buffer, metadata=dict(metadata))
    page.set_dpi(_POINTS_PER_INCH)
    try:
        file.newPage(width, height)
        vectors = RendererPdf(file, dpi, height, width)
        renderer = MixedModeRenderer(page, width, height, dpi, vectors)
        # It passes every call on to a renderer but is declared apart from `RendererBase`.
        page.draw(renderer)  # type: ignore[arg-type]
        renderer.finalize()
        file.finalize()
    finally:
        page.set_dpi(usual_dpi)
        file.close()
    return buffer.getvalue()


class _RoundedFile(PdfFile):
    def output(self, *data: Any) -> None:
        """Write the operands and the operator of one line of a page."""
        super().output(*(_rounded_operand(item) for item in data))


def _rounded_operand(item: Any) -> Any:
    if isinstance(item, Verbatim):
        return Verbatim(_rounded_text(item.pdfRepr().decode("latin-1")).encode("latin-1"))
    return float(_rounded_text(f"{item:.6f}")) if isinstance(item, float) else item


def _rounded_text(text: str) -> str:
    return _NUMBER.sub(_rounded_number, text)


def _rounded_number(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith("scale"):
        return text
    short = f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
