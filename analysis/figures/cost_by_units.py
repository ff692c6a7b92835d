"""Time per symbol against units, in training and in inference, from `seqmem time`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.estimators.step_times import WINNER_WORK
from seqmem.analysis.figures.parts.axis_labels import count_range, log2_ticks, plain_log_labels
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled

_KEYS = ["work", "engine", "batch", "cell", "units"]


def compute(timings: pd.DataFrame) -> pd.DataFrame:
    """Return the geometric mean of microseconds per symbol, at the smallest depth.

    Parameters
    ----------
    timings : DataFrame
        Step times as `seqmem time` writes them. Those of winners are left out.

    Returns
    -------
    DataFrame
        One row per `work`, `engine`, `batch`, `cell` and `units`. Further columns: `depth`;
        `microseconds` with `low`, `high` (95 % t interval of the logarithm over processes, NaN with
        one); `processes`; `panel` (work, engine and batch).
    """
    if not timings.empty:
        timings = timings[timings["work"] != WINNER_WORK]
    if timings.empty:
        return pd.DataFrame()
    shallow = timings[timings["depth"] == timings["depth"].min()]
    rows = []
    for key, some in shallow.groupby(_KEYS, sort=True):
        names = some["process"].tolist()
        means = clustered_mean(np.log(some[["seconds_per_symbol"]].to_numpy() * 1e6), names, names)
        limits = np.exp([means.mean[0], means.low[0], means.high[0]])
        rows.append([*key, int(some["depth"].iloc[0]), *limits, some["process"].nunique()])
    data = pd.DataFrame(rows, columns=[*_KEYS, "depth", "microseconds", "low", "high", "processes"])
    # Panels: training first, then by engine, then by batch.
    order = data["work"].map({"train": "0", "inference": "1"}).fillna("2")
    return data.assign(panel=order + data["engine"] + data["batch"].astype(str).str.zfill(6))


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells in one panel."""
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell]
        style = look(cell)
        ax.vlines(
            rows["units"], rows["low"], rows["high"], color=style.colour, linewidth=scaled(1.4)
        )
        ax.plot(rows["units"], rows["microseconds"], linestyle=style.line, marker=style.marker,
                color=style.colour, label=style.name)  # fmt: skip
    log2_ticks(ax, data["units"])
    ax.set_yscale("log")
    plain_log_labels(ax.yaxis)
    first = data.iloc[0]
    work = {"train": "training"}.get(first["work"], first["work"])
    ax.set(title=f"{work}, {first['engine']}, batch {first['batch']}")
    ax.set(xlabel="units per layer", ylabel="µs per symbol")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content, n and interval."""
    depth = data["depth"].iloc[0]
    return (
        f"CPU microseconds of one thread per symbol against units per layer, {depth}"
        f" layer{'s' if depth > 1 else ''}, measured by seqmem time;"
        f" n = {count_range(data['processes'])} fresh processes. Marks: geometric mean over"
        " processes; bars: 95 % t interval of the logarithm over processes, often smaller than the"
        " marks."
    )


FIGURE = Figure(
    name="cost_by_units",
    title="Cost of a symbol by units",
    help="time per symbol by units, in training and in inference",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="timings.parquet or timings.csv, written by `seqmem time`, in a folder of the report",
    source="timings",
    panel_by="panel",
    width=6.9,
    height=1.9,
    grouped=False,
)
