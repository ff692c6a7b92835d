"""Figures of one trained memorizer. Each is made from what `study.train` returns or a file holds.

To add a figure, write a file with a `FIGURE` and the function that makes its frame, and add a line
to `MEMORIZER_FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.memorizer import hidden_states, recall_map
from seqmem.analysis.figures.parts.appearance import BY_APPEARANCE, Appearance
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.notebook_figure import NotebookFigure, notebook_figure
from seqmem.analysis.figures.parts.own_axes import OwnAxes, draw_on
from seqmem.analysis.figures.parts.plot_file import check_plot, write_plot
from seqmem.analysis.records.result_files import round_significant
from seqmem.core.errors import InputError, check_type, unknown
from seqmem.core.python_arguments import argument_kinds

if TYPE_CHECKING:
    from seqmem.study.trained import TrainedMemorizer

MEMORIZER_FIGURES: dict[str, tuple[Figure, Callable[[TrainedMemorizer], pd.DataFrame]]] = {
    "recall_map": (recall_map.FIGURE, recall_map.recall_trace),
    "hidden_states": (hidden_states.FIGURE, hidden_states.state_components),
}


@argument_kinds(**BY_APPEARANCE)
def show_memorizer(
    name: str,
    trained: TrainedMemorizer,
    *,
    width: float | None = None,
    style: str | Sequence[str] = (),
    vector: bool = False,
) -> NotebookFigure:
    """Draw a figure of a trained memorizer for a notebook.

    Parameters
    ----------
    name : {"recall_map", "hidden_states"}
        Name of the figure.
    trained : TrainedMemorizer
        As `study.train` or `study.load_memorizer` returns it.
    width, style, vector
        As for `show`.

    Returns
    -------
    NotebookFigure
        The figure, which a notebook displays.

    Raises
    ------
    InputError
        The name is not such a figure, or the memorizer lacks what it needs.

    Examples
    --------
    >>> from seqmem import study
    >>> config = study.RunConfig(string="ABRACADABRA", cell="gru", budget="400 steps")
    >>> show_memorizer("recall_map", study.train(config)).data["position"].nunique()
    11
    """
    figure, data = _data(name, trained)
    return notebook_figure(figure, [(None, data)], Appearance(width, style), vector)


@argument_kinds()
def draw_memorizer(
    name: str,
    trained: TrainedMemorizer,
    ax: OwnAxes,
    *,
    panel: int | None = None,
) -> list[Axes]:
    """Draw a figure of a trained memorizer into axes of your own.

    Parameters
    ----------
    name : {"recall_map", "hidden_states"}
        Name of the figure.
    trained : TrainedMemorizer
        As for `show_memorizer`.
    ax, panel
        As for `analysis.draw`. The panels of `hidden_states` are layers.

    Returns
    -------
    list of Axes
        The panels.

    Raises
    ------
    InputError
        As for `show_memorizer` and `analysis.draw`.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from seqmem import analysis, study
    >>> trained = study.load_memorizer("m.safetensors")  # doctest: +SKIP
    >>> page, ax = plt.subplots()  # doctest: +SKIP
    >>> analysis.draw_memorizer("recall_map", trained, ax)  # doctest: +SKIP
    """
    figure, data = _data(name, trained)
    return draw_on(figure, data, ax, panel)


def write_memorizer_figure(name: str, trained: TrainedMemorizer, path: Path) -> None:
    """Write a figure of a trained memorizer to a file.

    Parameters
    ----------
    name : {"recall_map", "hidden_states"}
        Name of the figure.
    trained : TrainedMemorizer
        The memorizer.
    path : Path
        The file, whose name ends in .pdf, .png or .svg.

    Raises
    ------
    InputError
        As for `show_memorizer` and `check_plot`.
    """
    check_plot(path)
    figure, data = _data(name, trained)
    write_plot(figure, data, path)


def _data(name: str, trained: TrainedMemorizer) -> tuple[Figure, pd.DataFrame]:
    if name not in MEMORIZER_FIGURES:
        raise unknown("figure", name, MEMORIZER_FIGURES)
    # Imported late, because it imports torch, which a memorizer has done.
    from seqmem.study.trained import TrainedMemorizer

    needed = "trained must be a TrainedMemorizer, made by train(...) or load_memorizer(FILE)"
    check_type(trained, TrainedMemorizer, needed)
    figure, frame_of = MEMORIZER_FIGURES[name]
    data = round_significant(figure.compute(frame_of(trained)))
    if data.empty:
        raise InputError(f"{name}: needs {figure.needs}")
    return figure, data
