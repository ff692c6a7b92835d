"""SVG and PDF without what differs between machines: ids that are hashes of floats, last digits of coordinates.

Logarithms and matrix products differ in their last bits between instruction sets, and the text of a float differs
between versions of Python and NumPy. The files hold neither: coordinates have four decimals of a point (at 300 dpi
1/2400 of a pixel), and ids are numbered.
"""

from __future__ import annotations

import re
from typing import Any

from matplotlib.backends.backend_pdf import PdfFile, PdfPages, Verbatim

DECIMALS = 4
_COORDINATES = re.compile(r' (?:d|x|y|width|height|points|transform)="[^"]*"')
# The scale of a glyph is a factor, no coordinate.
_NUMBER = re.compile(r"scale\([^)]*\)|-?\d+\.\d+|-0(?![\d.])")
_NAMED = re.compile(r'( id="|href="#|url\(#)([^")]+)')


def steady_svg(text: str) -> str:
    """The SVG with rounded coordinates, and with the ids that something refers to numbered as they appear.

    Examples
    --------
    >>> steady_svg('<path id="m5f1" d="M 0.123456 -0"/><use href="#m5f1" x="2.5" y="0.999999"/>')
    '<path id="i1" d="M 0.1235 0"/><use href="#i1" x="2.5" y="1"/>'
    """
    rounded = _COORDINATES.sub(lambda found: _rounded_text(found[0]), text)
    used = {name for before, name in _NAMED.findall(rounded) if before != ' id="'}
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        before, name = found.groups()
        return before + (numbers.setdefault(name, f"i{len(numbers) + 1}") if name in used else name)

    return _NAMED.sub(numbered, rounded)


class SteadyPdf(PdfPages):
    """A PDF whose coordinates are rounded as those of an SVG."""

    def _ensure_file(self) -> PdfFile:
        if self._file is None:
            self._file = _RoundedFile(self._filename, metadata=self._metadata)
        return self._file


class _RoundedFile(PdfFile):
    def output(self, *data: Any) -> None:
        """Write the operands and the operator of a line of a page."""
        super().output(*(_rounded_operand(item) for item in data))


def _rounded_operand(item: Any) -> Any:
    if isinstance(item, Verbatim):
        return Verbatim(_rounded_text(item.pdfRepr().decode("latin-1")).encode("latin-1"))
    return float(_rounded_text(f"{item:.6f}")) if isinstance(item, float) else item


def _rounded_text(text: str) -> str:
    return _NUMBER.sub(_rounded_number, text)


def _rounded_number(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("scale"):
        return text
    short = f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
