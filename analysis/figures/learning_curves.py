"""Training loss along the budget by level: the median and the quartiles of the runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.axis_labels import (
    budget_ticks,
    count_range,
    group_of,
    plain_log_labels,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.checkpoint_curves import fractions_of, padded
from seqmem.analysis.records.groups import label, split_groups
from seqmem.analysis.records.loading import confirmed, count_stopped

_COLUMN = "checkpoint_losses"
_FLOOR = 1e-6


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the median and quartiles of the loss over ln k at each checkpoint.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per group, level, cell and fraction. Columns after the group's: `level`; `cell`;
        `fraction` and `spent` (in `budget_unit`); `loss` with quartiles `lower`, `upper` (of runs
        still in training); `runs` (in training); `all_runs`; `stopped` (of all runs, those that
        stopped because they had memorized).
    """
    if _COLUMN not in frame:
        return pd.DataFrame()
    tables = [
        label(_curve(runs).assign(level=level, cell=cell), group)
        for group, rows in split_groups(confirmed(frame))
        for (level, cell), runs in rows.groupby(["level", "cell"], sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _curve(runs: pd.DataFrame) -> pd.DataFrame:
    """Return losses by checkpoint fraction; fractions reached in one step share a checkpoint."""
    fractions = padded(runs["checkpoint_fractions"])
    losses = padded(runs[_COLUMN])
    scaled = losses / np.log(runs["alphabet_size"].to_numpy(dtype=float))[:, None]
    rows = []
    for fraction in fractions_of(runs):
        values = scaled[np.isclose(fractions, fraction, rtol=1e-6) & np.isfinite(scaled)]
        if len(values):
            lower, middle, upper = np.quantile(values, [0.25, 0.5, 0.75])
            rows.append([fraction, middle, lower, upper, len(values)])
    table = pd.DataFrame(rows, columns=["fraction", "loss", "lower", "upper", "runs"])
    amount = runs["budget_amount"].iloc[0]
    unit = runs["budget_unit"].iloc[0]
    counts = {"all_runs": len(runs), "stopped": count_stopped(runs)}
    return table.assign(spent=table["fraction"] * amount, budget_unit=unit, **counts)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one level."""
    group = group_of(data)
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell]
        style = look(cell)
        lower = rows["lower"].clip(lower=_FLOOR)
        upper = rows["upper"].clip(lower=_FLOOR)
        ax.fill_between(rows["spent"], lower, upper, color=style.colour, alpha=0.2, linewidth=0)
        ax.plot(rows["spent"], rows["loss"].clip(lower=_FLOOR), linestyle=style.line,
                marker=style.marker, markersize=scaled(3), color=style.colour,
                label=style.name)  # fmt: skip
    budget_ticks(ax, data["spent"].max())
    ax.set_yscale("log")
    ax.axhline(1, color="0.7", linewidth=scaled(0.6), zorder=0)
    plain_log_labels(ax.yaxis)
    unit = f" {group.unit}" if group.unit else ""
    ax.set(title=f"{group.measure_name} {data['level'].iloc[0]:g}{unit}")
    ax.set(xlabel=f"training budget ({data['budget_unit'].iloc[0]})", ylabel="loss / ln k")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and spread."""
    return (
        f"Training loss relative to the loss of a uniform guess (ln k), along the budget, one panel"
        f" per level ({group_of(data).describe()}); n = {count_range(data['all_runs'])}"
        " confirmation runs per curve, of all searches. Lines: median; bands: from the lower to the"
        f" upper quartile of the runs (a spread, not a 95 % interval).{_left(data)}"
    )


def _left(data: pd.DataFrame) -> str:
    """Return a sentence on runs that stopped before their budget; empty if there are none."""
    if not data["stopped"].any():
        return ""
    fewest = data.groupby(["level", "cell"])["runs"].last().min()
    return (
        " A run that has memorized stops and leaves the curve, so the end of a curve describes the"
        f" slower runs, at least {fewest} of them."
    )


FIGURE = Figure(
    name="learning_curves",
    title="Learning curves",
    help="training loss along the budget, by level",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs with losses at their checkpoints",
    panel_by="level",
    width=6.9,
    height=1.7,
)
