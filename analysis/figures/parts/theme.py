"""The look of every figure: type, lines, and one colour, marker and line style per cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import matplotlib as mpl
import seaborn as sns
from matplotlib import style

from seqmem.analysis.figures.parts.appearance import STYLES, current
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
        Colour, as Matplotlib takes it.
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
# Lengths in the figures' code are for text of this size in points.
_TEXT_SIZE = 8.0
# No style changes these: ids in SVG are the same on every rebuild, a page is saved with its own
# width, and its layout is computed once.
_KEPT: dict[Any, Any] = {
    "svg.hashsalt": "seqmem",
    "savefig.bbox": None,
    "figure.constrained_layout.use": False,
    "figure.autolayout": False,
}


def look(cell: str) -> Look:
    """Return name, colour, marker and line style of a cell; unknown cells share a grey one.

    Names and colours that the current `Appearance` gives come first.

    Examples
    --------
    >>> look("gru").name, look("gru").marker
    ('GRU', 's')
    >>> from seqmem.analysis.figures.parts.appearance import Appearance, using
    >>> with using(Appearance(labels={"gru": "ours"})):
    ...     look("gru").name
    'ours'
    """
    colour, marker, line = _STYLES.get(cell, _OTHER)
    asked = current()
    name = asked.labels[cell] if cell in asked.labels else cell_title(cell)
    return Look(name, asked.colours.get(cell, colour), marker, line)


def in_order(cells: Iterable[str]) -> list[str]:
    """Return distinct cells in the order of drawing.

    Cells that the current `Appearance` orders come first. Then solid lines come first, so that a
    dashed line on top of one shows both.

    Examples
    --------
    >>> in_order(["gru", "lstm", "gru"])
    ['lstm', 'gru']
    """
    known = list(dict.fromkeys([*current().order, *_STYLES]))
    return sorted(
        set(cells), key=lambda cell: (known.index(cell) if cell in known else len(known), cell)
    )


def scaled(points: float) -> float:
    """Return a length in points, given for text of 8 points, for the current size of text.

    Examples
    --------
    >>> with mpl.rc_context({"font.size": 12}):
    ...     scaled(6)
    9.0
    """
    return points * float(mpl.rcParams["font.size"]) / _TEXT_SIZE


@contextmanager
def theme() -> Iterator[None]:
    """Use `seqmem.paper` and the current styles inside the block, for drawing and for saving.

    The caller's settings of Matplotlib return after the block.
    """
    asked = current()
    with mpl.rc_context():
        mpl.rcdefaults()
        style.use([STYLES[0], *asked.style])
        mpl.rcParams.update(_KEPT)
        if asked.editable_text:
            mpl.rcParams["svg.fonttype"] = "none"
        yield
