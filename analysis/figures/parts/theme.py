"""The look of every figure: type, lines, and one colour, marker and line style per cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import matplotlib as mpl
import seaborn as sns


class Look(NamedTuple):
    """Appearance of a cell: colour and marker differ from all others, so it reads in grey too.

    The colours are those of seaborn's palette for colour-blind readers.

    Attributes
    ----------
    name : str
        Name in legends.
    colour : str
        Colour as a hexadecimal string.
    marker, line : str
        Marker and line style of Matplotlib.
    """

    name: str
    colour: str
    marker: str
    line: str


_COLOURS = sns.color_palette("colorblind").as_hex()
_LOOKS = {
    "lstm": Look("LSTM", _COLOURS[0], "o", "-"),
    "gru": Look("GRU", _COLOURS[1], "s", "--"),
    "rnn": Look("RNN", _COLOURS[2], "^", ":"),
    "mingru": Look("minGRU", _COLOURS[4], "v", "-."),
    "minlstm": Look("minLSTM", _COLOURS[9], "P", "-"),
    "transformer": Look("Transformer", _COLOURS[3], "X", "--"),
    "bilstm": Look("BiLSTM", _COLOURS[5], "p", ":"),
    "bigru": Look("BiGRU", _COLOURS[6], "h", "-."),
}
_OTHER = Look("", _COLOURS[7], "D", "-.")
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
    return _LOOKS.get(cell, _OTHER._replace(name=cell))


def in_order(cells: Iterable[str]) -> list[str]:
    """Return distinct cells in the order of drawing.

    Solid lines come first, so that a dashed line on top of one shows both.

    Examples
    --------
    >>> in_order(["gru", "lstm", "gru"])
    ['lstm', 'gru']
    """
    known = list(_LOOKS)
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
