"""When each position became known: probability of the right symbol by position and step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look
from seqmem.generators.complexity.entropy import floor_probabilities

if TYPE_CHECKING:
    from seqmem.study.trained import TrainedMemorizer

# Light where known, dark where not: the order is visible in grey and to colour-blind readers.
_COLOURS: dict[str, Any] = {"cmap": "cividis", "vmin": 0.0, "vmax": 1.0, "rasterized": True}
# Height of the strip of the floor, and its distance, as shares of the panel's height.
_STRIP = 0.09
_GAP = 0.05
_MOST_TICKS = 7


def recall_trace(trained: TrainedMemorizer) -> pd.DataFrame:
    """Return the probability of the right symbol at every position and checkpoint.

    Parameters
    ----------
    trained : TrainedMemorizer

    Returns
    -------
    DataFrame
        One row per checkpoint and position. Columns: `cell`, `step`, `position` (from 0),
        `probability`, and `floor`, the probability under the best short-context model.
    """
    string = trained.string
    steps = trained.record.checkpoint_steps
    floor = floor_probabilities(string.symbols, string.alphabet_size)
    return pd.DataFrame(
        {
            "cell": trained.record.cell,
            "step": np.repeat(steps, string.period),
            "position": np.tile(np.arange(string.period), len(steps)),
            "probability": trained.trace.astype(float).ravel(),
            "floor": np.tile(floor, len(steps)),
        }
    )


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the map, one row per checkpoint and position.

    Parameters
    ----------
    frame : DataFrame
        As `recall_trace` returns it. Checkpoints whose probabilities are not finite are left out.
    """
    is_finite = np.isfinite(frame["probability"]).groupby(frame["step"]).transform("all")
    return frame[is_finite].reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the map, and above it the strip of the short-context model."""
    table = data.pivot(index="step", columns="position", values="probability")
    across = np.arange(len(table.columns) + 1) - 0.5
    mesh = ax.pcolormesh(across, _edges(table.index.to_numpy(float)), table, **_COLOURS)
    ax.set_yscale("log")
    ticks = table.index[:: -(-len(table) // _MOST_TICKS)]
    ax.set_yticks(ticks, [f"{step:,}" for step in ticks])
    ax.minorticks_off()
    ax.set(xlabel="position in the string", ylabel="training step")
    ax.figure.colorbar(mesh, ax=ax, label="probability of the right symbol", pad=0.02)
    strip = ax.inset_axes((0, 1 + _GAP, 1, _STRIP))
    floor = data.drop_duplicates("position").sort_values("position")["floor"]
    strip.pcolormesh(across, [0, 1], floor.to_numpy()[None], **_COLOURS)
    strip.set(xticks=[], yticks=[])
    strip.set_ylabel("n-gram", rotation=0, ha="right", va="center")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content and n."""
    steps = data["step"].nunique()
    period = data["position"].nunique()
    return (
        f"One run of {look(str(data['cell'].iloc[0])).name} on a string of {period:,} symbols."
        f" Colour: probability of the right symbol, teacher forced, at {steps} checkpoints."
        " Strip above: the same under the best model of at most 3 symbols of context."
        " There are no intervals."
    )


def _edges(steps: np.ndarray) -> np.ndarray:
    """Return boundaries between steps, half-way on a logarithmic axis."""
    logs = np.log(steps)
    between = (logs[1:] + logs[:-1]) / 2
    first = 2 * logs[0] - between[0] if len(between) else logs[0] - np.log(2) / 4
    last = 2 * logs[-1] - between[-1] if len(between) else logs[-1] + np.log(2) / 4
    edges: np.ndarray = np.exp(np.concatenate([[first], between, [last]]))
    return edges


FIGURE = Figure(
    name="recall_map",
    title="When each position became known",
    help="probability of the right symbol by position and training step",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="a checkpoint with finite probabilities",
    grouped=False,
    per_cell=False,
    width=5.4,
    height=3.0,
)
