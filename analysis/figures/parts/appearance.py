"""What a reader may ask of a figure: its width, its styles, and the names and colours of cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib import style
from matplotlib.colors import is_color_like

from seqmem.core.argument_kinds import ANYTHING, TEXTS
from seqmem.core.errors import InputError, unknown
from seqmem.core.python_arguments import field_kinds
from seqmem.core.suggestions import did_you_mean
from seqmem.study.memorizers.cells import CELLS

STYLES = ("seqmem.paper", "seqmem.slides")
# Arguments that the class checks by itself, with longer messages.
BY_APPEARANCE = dict.fromkeys(("width", "style", "labels", "order", "colours"), ANYTHING)
NARROWEST = 1.0
WIDEST = 40.0
# Columns of the figures' data that hold cells.
_CELL_COLUMNS = ("cell", "first", "second")


@field_kinds(**BY_APPEARANCE)
@dataclass(frozen=True)
class Appearance:
    """What is asked of a figure; nothing by default, and then figures are as in a report.

    Attributes
    ----------
    width : float, optional
        Width in inches, from 1 to 40. The height follows: panels are arranged in as many columns as
        fit, and long labels are wrapped.
    style : str or sequence of str
        Style sheets of Matplotlib, from first to last: `seqmem.paper`, `seqmem.slides`, a name that
        Matplotlib knows, or the path of a style file. They are applied on top of `seqmem.paper`.
    labels : mapping of str to str
        Names of cells in legends, titles and labels, by cell.
    order : sequence of str
        Cells in the order of drawing. Other cells follow in their usual order.
    colours : mapping of str to str
        Colours of cells as Matplotlib takes them, by cell.
    editable_text : bool
        Whether text in SVG files stays text. Otherwise it is drawn as outlines, which look the same
        on every machine.

    Raises
    ------
    InputError
        A width, a style or a colour is not valid.

    Examples
    --------
    >>> Appearance(width=3.3, style="seqmem.slides").style
    ('seqmem.slides',)
    >>> Appearance(width=0)
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: width 0: give inches, from 1 to 40
    """

    width: float | None = None
    style: str | Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    editable_text: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "style", _texts("style", self.style))
        object.__setattr__(self, "order", _texts("order", self.order))
        _check_width(self.width)
        for name in self.style:
            _check_style(name)
        for what in ("labels", "colours"):
            if not isinstance(getattr(self, what), Mapping):
                raise InputError(f'{what} must be a dict by cell, such as {{"gru": …}}')
        for cell, colour in self.colours.items():
            if not is_color_like(colour):
                raise InputError(f"colours: {colour!r} of {cell!r} is no colour of Matplotlib")

    @property
    def is_resized(self) -> bool:
        """Whether a page has another size than in a report, so that its texts must be fitted."""
        return self.width is not None or bool(self.style)

    def with_text(self, editable: bool) -> Appearance:
        """Return the same appearance with text in SVG files that stays text, if it is wanted."""
        return replace(self, editable_text=self.editable_text or editable)

    def check_cells(self, data: pd.DataFrame) -> None:
        """Raise `InputError` for the name of a cell that neither exists nor is in a figure's data.

        Parameters
        ----------
        data : DataFrame
            Data of the figure.
        """
        present = {
            str(cell)
            for column in _CELL_COLUMNS
            if column in data
            for cell in data[column].dropna()
        }
        for what in ("labels", "order", "colours"):
            for cell in getattr(self, what):
                if cell not in present and cell not in CELLS:
                    raise unknown(f"cell in {what}", cell, present | set(CELLS))


def _texts(what: str, given: object) -> tuple[str, ...]:
    items: list[Any] = [given]
    if TEXTS.fits(given) and isinstance(given, Iterable):
        items = list(given)
    if not all(isinstance(item, str) for item in items):
        raise InputError(f"{what} must be a name or a list of names, not {given!r}")
    return tuple(items)


def _check_width(width: object) -> None:
    if width is None:
        return
    if isinstance(width, bool) or not isinstance(width, Real):
        raise InputError(f"width must be a number of inches, not {width!r}")
    if not NARROWEST <= float(width) <= WIDEST:
        raise InputError(f"width {float(width):g}: give inches, from {NARROWEST:g} to {WIDEST:g}")


def _check_style(name: str) -> None:
    try:
        with mpl.rc_context():
            style.use(name)
    except OSError:
        others: list[str] = style.available
        hint = did_you_mean(name, [*STYLES, *others])
        raise InputError(
            f"unknown style {name!r}; {hint}valid: {', '.join(STYLES)}, the path of a style file,"
            f" and those of Matplotlib: {', '.join(others)}"
        ) from None


AS_IN_REPORTS = Appearance()
_CURRENT: ContextVar[Appearance] = ContextVar("appearance", default=AS_IN_REPORTS)


def current() -> Appearance:
    """Return what is asked of the figure that is being drawn or saved."""
    return _CURRENT.get()


@contextmanager
def using(appearance: Appearance) -> Iterator[None]:
    """Draw and save figures of this appearance inside the block.

    Parameters
    ----------
    appearance : Appearance
        What is asked of them.
    """
    token = _CURRENT.set(appearance)
    try:
        yield
    finally:
        _CURRENT.reset(token)
