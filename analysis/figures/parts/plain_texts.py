"""Names from data in figures: text as it is, never a formula of Matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import Formatter, FuncFormatter, LogFormatterMathtext

from seqmem.analysis.figures.parts.axis_labels import BudgetLabels


def without_formulas(texts: Iterable[Any]) -> None:
    """Let texts show dollar signs instead of reading formulas between them.

    Parameters
    ----------
    texts : iterable of matplotlib artists
        Artists of other kinds are left alone.
    """
    for text in texts:
        if isinstance(text, Text):
            text.set_parse_math(False)


def plain_texts(ax: Axes) -> None:
    """Show the texts of a panel as they are: title, labels of axes and ticks, notes.

    Powers of ten on logarithmic axes stay formulas.

    Parameters
    ----------
    ax : Axes
        A panel that is drawn.
    """
    without_formulas([*ax.get_children(), ax.xaxis.label, ax.yaxis.label])
    for axis in (ax.xaxis, ax.yaxis):
        _plain_ticks(axis)


def _plain_ticks(axis: Axis) -> None:
    """Escape the labels of the ticks. Axes that are shared by panels share the formatter too."""
    labels = axis.get_major_formatter()
    if not isinstance(labels, BudgetLabels | LogFormatterMathtext | _PlainLabels):
        axis.set_major_formatter(_PlainLabels(labels))


class _PlainLabels(FuncFormatter):
    """Labels of another formatter, without formulas.

    Parameters
    ----------
    labels : Formatter
        The other one.
    """

    def __init__(self, labels: Formatter) -> None:
        super().__init__(lambda value, position: labels(value, position).replace("$", r"\$"))
        self._labels = labels

    def set_locs(self, locs: Any) -> None:
        """Set the positions of the ticks."""
        super().set_locs(locs)
        self._labels.set_locs(locs)

    def get_offset(self) -> str:
        """Return the common part of the labels."""
        return str(self._labels.get_offset())


@contextmanager
def missing_letters_untold() -> Iterator[None]:
    """Draw a box for a letter that the font lacks, without a warning for each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        yield
