"""The look of every figure: type, lines, and one colour, marker and line style per cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import matplotlib as mpl
import seaborn as sns

from seqmem.study.memorizers.cells import cell_title

# As Matplotlib takes it: a name, or an offset with the lengths of dashes and gaps.
LineStyle: TypeAlias = str | tuple[float, tuple[float, ...]]


class Look(NamedTuple):
    """Appearance of a cell: colour, marker and line each differ from those of all other cells.

    So curves read in grey too. The colours are those of seaborn's palette for colour-blind readers.

    Attributes
    ----------
    name : str
        Name in legends.
    colour : str
        Colour as a hexadecimal string.
    marker : str
        Marker of Matplotlib.
    line : LineStyle
        Line style of Matplotlib.
    """

    name: str
    colour: str
    marker: str
    line: LineStyle


_COLOURS = sns.color_palette("colorblind").as_hex()
_STYLES: dict[str, tuple[str, str, LineStyle]] = {
    "lstm": (_COLOURS[0], "o", "-"),
    "gru": (_COLOURS[1], "s", "--"),
    "rnn": (_COLOURS[2], "^", ":"),
    "mingru": (_COLOURS[4], "v", "-."),
    "minlstm": (_COLOURS[9], "P", (0, (9, 2))),
    "transformer": (_COLOURS[3], "X", (0, (1, 4))),
    "bilstm": (_COLOURS[5], "*", (0, (6, 1.5, 1, 1.5, 1, 1.5))),
    "bigru": (_COLOURS[6], "<", (0, (2, 2, 6, 2))),
}
_OTHER: tuple[str, str, LineStyle] = (_COLOURS[7], "D", (0, (4, 5)))
_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "legend.handlelength": 3.4,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
    "svg.fonttype": "path",
    "svg.hashsalt": "seqmem",
    "pdf.fonttype": 42,
}


def look(cell: str) -> Look:
    """Return colour, marker and line style of a cell; unknown cells share a grey one.

    Examples
    --------
    >>> look("gru").name, look("gru").marker
    ('GRU', 's')
    """
    return Look(cell_title(cell), *_STYLES.get(cell, _OTHER))


def in_order(cells: Iterable[str]) -> list[str]:
    """Return distinct cells in the order of drawing.

    Solid lines come first, so that a dashed line on top of one shows both.

    Examples
    --------
    >>> in_order(["gru", "lstm", "gru"])
    ['lstm', 'gru']
    """
    known = list(_STYLES)
    return sorted(
        set(cells), key=lambda cell: (known.index(cell) if cell in known else len(known), cell)
    )


@contextmanager
def theme() -> Iterator[None]:
    """Use the project's settings of Matplotlib inside the block, for drawing and for saving.

    The caller's settings return after the block.
    """
    style = {**sns.axes_style("ticks"), **sns.plotting_context("paper"), **_SETTINGS}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({key: value for key, value in style.items() if key in mpl.rcParams})
        yield
