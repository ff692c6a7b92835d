"""The figure ``prefix_by_level``: how far strings are recalled, by level and cell."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.figures.parts.axis_labels import count_range, interval_basis
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of the string that is recalled before the first error.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per group, level and cell. Columns after the group's: `level`, `cell`, `recalled`
        (mean) with `low` and `high` (95 % t interval over `interval_units` units of kind
        `interval_unit`, NaN with one unit), and `runs`.
    """
    tables = [
        label(pd.DataFrame([_mean(runs, level, cell)]), group)
        for group, rows in split_groups(confirmed(frame))
        for (level, cell), runs in rows.groupby(["level", "cell"], sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _mean(runs: pd.DataFrame, level: int, cell: str) -> dict[str, object]:
    recalled = (runs["exact_prefix"] / runs["period"]).to_numpy()[:, np.newaxis]
    mean = clustered_mean(recalled, search_labels(runs).tolist(), runs["string_id"].tolist())
    return {
        "level": level,
        "cell": cell,
        "recalled": mean.mean[0],
        "low": mean.low[0],
        "high": mean.high[0],
        "interval_unit": mean.unit,
        "interval_units": mean.units,
        "runs": len(runs),
    }


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw a line through the means of each cell, and their intervals."""
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell]
        style = look(cell)
        ax.vlines(rows["level"], rows["low"], rows["high"].clip(upper=1), color=style.colour)
        ax.plot(rows["level"], rows["recalled"], linestyle=style.line, marker=style.marker,
                color=style.colour, label=style.name)  # fmt: skip
    ax.set(xlabel="level", ylabel="recalled before the first error", ylim=(-0.05, 1.05))
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    return (
        "Mean share of the string that is recalled before the first error, by level; "
        f"n = {count_range(data['runs'])} confirmation runs per mark. "
        f"Bars: 95 % t interval of the mean {interval_basis(data)}, cut at 1."
    )


FIGURE = Figure(
    name="prefix_by_level",
    title="Recall before the first error",
    help="share of the string recalled before the first error, by level",
    compute=compute,
    draw=draw,
    caption=caption,
)
