"""Size of the gradient some symbols before the loss, at initialization and after training."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.contrasts import clustered_mean
from seqmem.analysis.figures.parts.axis_labels import (
    count_range,
    group_of,
    interval_basis,
    log2_ticks,
)
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.checkpoint_curves import padded
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed

_LAGS = "probe_gradient_by_lag_lags"
_TITLES = {"initial": "at initialization", "trained": "after training"}
_LOWEST = 1e-30
_COLUMN = "probe_gradient_by_lag_{}_log2_norms"


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the gradient norm by lag, relative to the norm at the shortest lag.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per group, moment, cell and lag. Columns after the group's: `moment` (initial,
        trained); `cell`; `lag` (symbols); `norm` (factor, geometric mean over runs) with `low`,
        `high` (95 % t interval of the logarithm over `interval_units` units of kind
        `interval_unit`); `runs` (with a norm above zero); `all_runs`.
    """
    if _LAGS not in frame:
        return pd.DataFrame()
    runs = confirmed(frame)
    runs = runs[runs[_LAGS].notna()]
    tables = [
        label(_norms(some, moment).assign(moment=moment, cell=cell), group)
        for group, rows in split_groups(runs)
        for moment in _TITLES
        for cell, some in rows.groupby("cell", sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _norms(runs: pd.DataFrame, moment: str) -> pd.DataFrame:
    lags = [int(lag) for lag in runs[_LAGS].iloc[0]]
    norms = padded(runs[_COLUMN.format(moment)])
    norms = norms - norms[:, :1]
    searches = search_labels(runs).to_numpy()
    strings = runs["string_id"].to_numpy()
    rows = []
    for column, lag in enumerate(lags):
        known = np.isfinite(norms[:, column])
        if not known.any():
            continue
        means = clustered_mean(
            norms[known, column : column + 1], searches[known].tolist(), strings[known].tolist()
        )
        limits = np.exp2([means.mean[0], means.low[0], means.high[0]])
        rows.append([lag, *limits, means.unit, means.units, int(known.sum()), len(runs)])
    names = "lag norm low high interval_unit interval_units runs all_runs".split()
    return pd.DataFrame(rows, columns=names)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells at one moment."""
    for cell in in_order(data["cell"]):
        rows = data[data["cell"] == cell]
        style = look(cell)
        ax.fill_between(
            rows["lag"], rows["low"], rows["high"], color=style.colour, alpha=0.2, linewidth=0
        )
        ax.plot(
            rows["lag"],
            rows["norm"],
            linestyle=style.line,
            marker=style.marker,
            color=style.colour,
            label=style.name,
        )
    log2_ticks(ax, data["lag"])
    ax.set_yscale("log", base=10)
    ax.axhline(1, color="0.7", linewidth=scaled(0.6), zorder=0)
    ax.set_ylim(max(data["norm"].min() / 5, _LOWEST), max(3.0, 1.5 * data["norm"].max()))
    ax.set(title=_TITLES[str(data["moment"].iloc[0])])
    ax.set(xlabel="lag (symbols before the loss)", ylabel="gradient norm / that at lag 1")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    lost = data["all_runs"] - data["runs"]
    left = (
        f" Runs with a norm of exactly zero are left out (up to {lost.max()})."
        if lost.any()
        else ""
    )
    return (
        "Norm of the gradient of the loss with respect to an earlier state, relative to the norm"
        f" one symbol before the loss ({group_of(data).describe()}, all levels together);"
        f" n = {count_range(data['all_runs'])} confirmation runs per curve, each a geometric mean"
        " over 32 positions in its string. Lines: geometric mean over runs; bands: 95 % t interval"
        f" of the logarithm {interval_basis(data)}. Vertical axes differ between panels.{left}"
    )


FIGURE = Figure(
    name="gradient_by_lag",
    title="Gradient by lag",
    help="gradient norm some symbols before the loss, before and after training",
    compute=compute,
    draw=draw,
    caption=caption,
    needs='confirmation runs with the probe gradient_by_lag (probes = ["gradient_by_lag"])',
    panel_by="moment",
    share_heights=False,
    width=11.0,
    height=2.6,
)
