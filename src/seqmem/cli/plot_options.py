"""The options of commands that draw one figure into a file, or several into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from seqmem.core.errors import InputError

if TYPE_CHECKING:
    from seqmem.analysis.figures.parts.appearance import Appearance
    from seqmem.study.trained import TrainedMemorizer

EditableText = Annotated[
    bool,
    Parameter(
        negative=(),
        help="Keep text as text in SVG files. Without this flag it is drawn as outlines.",
    ),
]


class Plot(NamedTuple):
    """The plot that a command draws.

    Attributes
    ----------
    path : Path
        Its file.
    appearance : Appearance
        How it is drawn.
    """

    path: Path
    appearance: Appearance


def asked_plot(plot: Path | None, editable_text: bool) -> Plot | None:
    """Check the options of a plot, and return it; None if no plot is wanted.

    Parameters
    ----------
    plot : Path, optional
        The file of ``--plot``.
    editable_text : bool
        Whether ``--editable-text`` is given.

    Raises
    ------
    InputError
        If the file cannot hold a picture, its folder does not exist, or there is no plot whose text
        could be edited.
    """
    if plot is None:
        if editable_text:
            raise InputError("--editable-text: is about the text of a plot; give --plot FILE too")
        return None
    from seqmem.analysis.figures.parts.appearance import Appearance
    from seqmem.analysis.figures.parts.plot_file import check_plot

    check_plot(plot)
    return Plot(plot, Appearance(editable_text=editable_text))


def write_recall_map(trained: TrainedMemorizer, plot: Plot) -> None:
    """Write the figure recall_map of a memorizer.

    Parameters
    ----------
    trained : TrainedMemorizer
        The memorizer.
    plot : Plot
        The plot.
    """
    from seqmem.analysis.figures.memorizer import write_memorizer_figure
    from seqmem.analysis.figures.parts.appearance import using

    with using(plot.appearance):
        write_memorizer_figure("recall_map", trained, plot.path)
