"""Volatility of the training loss about its trend, by level."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.figures.parts.axis_labels import (
    count_range,
    group_of,
    interval_basis,
    log2_ticks,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed

_COLUMN = "probe_loss_volatility_log_loss_sd"


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the geometric mean of the runs' volatility, and every run, told apart by `kind`.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        Columns after the group's: `level`; `cell`; `kind` (`mean`, `run`); `volatility` (SD of ln
        loss about its running median) with `low`, `high` (95 % t interval of the logarithm over
        `interval_units` units of kind `interval_unit`); `runs`.
    """
    if _COLUMN not in frame:
        return pd.DataFrame()
    runs = confirmed(frame)
    runs = runs[runs[_COLUMN].astype(float) > 0]
    tables = [
        label(_volatility(some, level, cell), group)
        for group, rows in split_groups(runs)
        for (level, cell), some in rows.groupby(["level", "cell"], sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _volatility(runs: pd.DataFrame, level: object, cell: object) -> pd.DataFrame:
    values = np.log(runs[_COLUMN].to_numpy(dtype=float))
    means = clustered_mean(
        values[:, None], search_labels(runs).tolist(), runs["string_id"].tolist()
    )
    low, middle, high = np.exp([means.low[0], means.mean[0], means.high[0]])
    mean = {"kind": "mean", "volatility": middle, "low": low, "high": high}
    mean |= {"interval_unit": means.unit, "interval_units": means.units, "runs": len(runs)}
    each = pd.DataFrame({"kind": "run", "volatility": np.sort(np.exp(values))})
    table = pd.concat([pd.DataFrame([mean]), each], ignore_index=True)
    table.insert(0, "level", level)
    table.insert(1, "cell", cell)
    return table


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one group."""
    cells = in_order(data["cell"])
    for position, cell in enumerate(cells):
        style = look(cell)
        side = 2 ** (0.09 * (position - (len(cells) - 1) / 2))
        rows = data[data["cell"] == cell]
        dots = rows[rows["kind"] == "run"]
        means = rows[rows["kind"] == "mean"]
        beside = dots["level"] * side * 2**0.025
        ax.plot(
            beside,
            dots["volatility"],
            style.marker,
            color=style.colour,
            markersize=scaled(2.5),
            alpha=0.35,
            markeredgewidth=0,
            linestyle="none",
        )
        at = means["level"] * side
        ax.vlines(at, means["low"], means["high"], color=style.colour, linewidth=scaled(2))
        ax.plot(
            at,
            means["volatility"],
            linestyle=style.line,
            marker=style.marker,
            color=style.colour,
            linewidth=scaled(0.8),
            markeredgecolor="white",
            markersize=scaled(6),
            label=style.name,
        )
    log2_ticks(ax, data["level"])
    ax.set_yscale("log")
    reach = data["volatility"].min() / 1.6, data["volatility"].max() * 1.6
    ax.set_ylim(*reach)
    ticks = [base * 10.0**power for power in range(-6, 3) for base in (1, 2, 5)]
    shown = [tick for tick in ticks if reach[0] <= tick <= reach[1]]
    ax.set_yticks(shown, [f"{tick:g}" for tick in shown])
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.margins(x=0.1)
    ax.set(xlabel=group_of(data).level_label, ylabel="SD of ln(loss) about its trend")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    means = data[data["kind"] == "mean"]
    return (
        f"Volatility of the training loss: standard deviation of ln(loss) about its running median"
        f" over 25 steps ({group_of(data).describe()}); n = {count_range(means['runs'])}"
        " confirmation runs per mean. Large marks: geometric mean with the 95 % t interval of the"
        f" logarithm {interval_basis(means)}. Small marks: single runs. Intervals are cut at the"
        " edge of the panel. Each cell uses the learning rates that won its searches, so a"
        " difference may come from the learning rate. Claim C7 also uses matched learning rates."
    )


FIGURE = Figure(
    name="loss_volatility",
    title="Volatility of the training loss",
    help="volatility of the training loss about its trend, by level",
    compute=compute,
    draw=draw,
    caption=caption,
    needs='confirmation runs with the probe loss_volatility (probes = ["loss_volatility"])',
    width=4.6,
    height=2.8,
)
