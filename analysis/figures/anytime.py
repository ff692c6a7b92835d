"""Stored fraction at every smaller budget, by level."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.figures.parts.axis_labels import (
    budget_ticks,
    count_range,
    group_of,
    interval_basis,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.checkpoint_curves import fractions_of, memorized_at, stored_at
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed, count_stopped


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the best stored fraction so far, by checkpoint.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per group, level, cell and checkpoint fraction. Columns after the group's: `level`;
        `cell`; `fraction` and `spent` (of the budget, in `budget_unit`); `stored` (mean) with
        `low`, `high` (95 % t interval over `interval_units` units of kind `interval_unit`, NaN with
        one unit); `memorized` (fraction of runs); `runs`; `stopped` (runs that stopped because they
        had memorized). A mean is NaN before the first checkpoint of any of its runs.
    """
    tables = [
        label(_anytime(runs).assign(level=level, cell=cell), group)
        for group, rows in split_groups(confirmed(frame))
        for (level, cell), runs in rows.groupby(["level", "cell"], sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _anytime(runs: pd.DataFrame) -> pd.DataFrame:
    fractions = runs["checkpoint_fractions"].tolist()
    grid = fractions_of(runs)
    stored = stored_at(
        grid,
        fractions,
        runs["checkpoint_nll_bits"],
        runs["reference_bits"],
        runs["status"] == "diverged",
    )
    memorized = memorized_at(
        grid, fractions, runs["checkpoint_exact_prefixes"].tolist(), runs["period"]
    )
    means = clustered_mean(stored, search_labels(runs).tolist(), runs["string_id"].tolist())
    return pd.DataFrame(
        {
            "fraction": grid,
            "spent": grid * runs["budget_amount"].iloc[0],
            "budget_unit": runs["budget_unit"].iloc[0],
            "stored": means.mean,
            "low": means.low,
            "high": means.high,
            "interval_unit": means.unit,
            "interval_units": means.units,
            "memorized": memorized.mean(axis=0),
            "runs": len(runs),
            "stopped": count_stopped(runs),
        }
    )


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one level of one group."""
    group = group_of(data)
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell]
        style = look(cell)
        high = np.minimum(rows["high"], 1)
        ax.fill_between(
            rows["spent"], rows["low"], high, color=style.colour, alpha=0.2, linewidth=0
        )
        ax.plot(rows["spent"], rows["stored"], linestyle=style.line, marker=style.marker,
                markersize=scaled(3), color=style.colour, label=style.name)  # fmt: skip
    budget_ticks(ax, data["spent"].max())
    ax.axhline(0, color="0.7", linewidth=scaled(0.6), zorder=0)
    unit = f" {group.unit}" if group.unit else ""
    ax.set(title=f"{group.measure_name} {data['level'].iloc[0]:g}{unit}", ylim=(-0.08, 1.05))
    ax.set(xlabel=f"training budget ({data['budget_unit'].iloc[0]})", ylabel="mean stored fraction")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    group = group_of(data)
    runs = count_range(data["runs"])
    stopped = (
        " A run stops when it memorizes and keeps its value. That value is often below 1, because"
        " memorizing needs right predictions, not certain ones."
    ) if data["stopped"].any() else ""  # fmt: skip
    return (
        f"Mean stored fraction against the training budget, one panel per level"
        f" ({group.describe()}); n = {runs} confirmation runs per curve. Each run counts with its"
        f" best checkpoint at or before the budget.{stopped} The configurations won at the full"
        " budget and were not re-tuned for smaller budgets, so the curves support no claim about"
        f" smaller budgets. Bands: 95 % t interval of the mean {interval_basis(data)}, cut at 1."
    )


FIGURE = Figure(
    name="anytime",
    title="Stored fraction at smaller budgets (not re-tuned for smaller budgets)",
    help="stored fraction at every smaller budget, by level",
    compute=compute,
    draw=draw,
    caption=caption,
    panel_by="level",
    note="full-budget winners, not re-tuned for smaller budgets",
    width=6.9,
    height=1.7,
)
