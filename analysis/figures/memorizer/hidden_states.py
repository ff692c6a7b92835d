"""The way of the hidden states along one period, in their first two principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look, scaled

if TYPE_CHECKING:
    from seqmem.study.trained import TrainedMemorizer

# Symbols that are read before the period that is shown, at least.
SHORTEST_LEAD = 256


def state_components(trained: TrainedMemorizer) -> pd.DataFrame:
    """Return the principal components of the hidden states along one period, by layer.

    The period is read after repetitions of the string, from the zero state.

    Parameters
    ----------
    trained : TrainedMemorizer

    Returns
    -------
    DataFrame
        One row per layer and position. Columns: `cell`, `layer` (from 1), `position` (of the symbol
        that was read, from 0), `first` and `second` (components), `first_share` and `second_share`
        (of the variance). No rows if a state is not finite.
    """
    string = trained.string
    lead = -(-max(SHORTEST_LEAD, 2 * string.complexity("min_context")) // string.period)
    layers = [
        states[-string.period :] for states in trained.states(np.tile(string.symbols, lead + 1))
    ]
    if not np.isfinite(layers).all():
        return pd.DataFrame()
    tables = [
        principal_components(states).assign(layer=layer)
        for layer, states in enumerate(layers, start=1)
    ]
    return pd.concat(tables, ignore_index=True).assign(cell=trained.record.cell)


def principal_components(states: np.ndarray) -> pd.DataFrame:
    """Return the first two principal components of states, and their shares of the variance.

    The sign of a component is such that its largest loading is positive.

    Parameters
    ----------
    states : array of float, shape (n, units)

    Returns
    -------
    DataFrame
        One row per state. Columns: `position`, `first`, `second`, `first_share`, `second_share`.

    Examples
    --------
    >>> line = np.outer([-1.0, 0.0, 1.0], [3.0, 4.0])
    >>> principal_components(line)[["first", "first_share"]].round(6).to_numpy().tolist()
    [[-5.0, 1.0], [0.0, 1.0], [5.0, 1.0]]
    """
    centred = states.astype(float) - states.mean(0, dtype=float)
    _, sizes, loadings = np.linalg.svd(centred, full_matrices=False)
    # One unit or one state has a single component.
    loadings = np.pad(loadings, ((0, max(0, 2 - len(loadings))), (0, 0)))[:2]
    variances = np.pad(sizes**2, (0, max(0, 2 - len(sizes))))
    largest = loadings[[0, 1], np.abs(loadings).argmax(1)]
    components = centred @ (loadings * np.where(largest < 0, -1.0, 1.0)[:, None]).T
    shares = variances / variances.sum() if variances.sum() else variances
    return pd.DataFrame(
        {
            "position": np.arange(len(states)),
            "first": components[:, 0],
            "second": components[:, 1],
            "first_share": shares[0],
            "second_share": shares[1],
        }
    )


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the dots, one row per layer and position.

    Parameters
    ----------
    frame : DataFrame
        As `state_components` returns it.
    """
    return frame.reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the states of one layer in their order, and the way back to the first."""
    rows = data.sort_values("position")
    closed = pd.concat([rows, rows.iloc[:1]])
    ax.plot(closed["first"], closed["second"], color="0.75", linewidth=scaled(0.6), zorder=1)
    dots = ax.scatter(
        rows["first"], rows["second"], c=rows["position"], s=10, cmap="cividis", zorder=2
    )
    ax.figure.colorbar(dots, ax=ax, label="position", pad=0.02)
    first, second = (rows[f"{name}_share"].iloc[0] for name in ("first", "second"))
    ax.set(
        title=f"layer {rows['layer'].iloc[0]}",
        xlabel=f"first component ({first:.0%} of the variance)",
        ylabel=f"second ({second:.0%})",
    )
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content and n."""
    return (
        f"Hidden states of one {look(str(data['cell'].iloc[0])).name} along one period of"
        f" {data['position'].nunique():,} symbols, after repetitions of the string. Axes: first two"
        " principal components of the states of the layer. Colour: position of the symbol that was"
        " read. There are no intervals."
    )


FIGURE = Figure(
    name="hidden_states",
    title="Hidden states along one period",
    help="first two principal components of the hidden states, by position",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="finite hidden states",
    grouped=False,
    panel_by="layer",
    share=False,
    per_cell=False,
    width=13.6,
    least_width=4.0,
    height=3.0,
)
