"""How much the training loss jumps about its own trend, by level."""

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
from seqmem.analysis.figures.parts.theme import in_order, look
from seqmem.analysis.records.groups import label, search_labels, split_groups
from seqmem.analysis.records.loading import confirmed

_COLUMN = "probe_loss_volatility_log_loss_sd"


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Geometric mean of the runs' volatility, and every run: told apart by `kind` (`mean`, `run`).

    Columns after the group's: `level`, `cell`, `kind`, `volatility` (SD of ln loss about its running median) with
    `low`, `high` (95 % t interval of the logarithm over `interval_units` units of kind `interval_unit`), `runs`.
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
    found = clustered_mean(
        values[:, None], search_labels(runs).tolist(), runs["string_id"].tolist()
    )
    low, middle, high = np.exp([found.low[0], found.mean[0], found.high[0]])
    mean = {"kind": "mean", "volatility": middle, "low": low, "high": high}
    mean |= {"interval_unit": found.unit, "interval_units": found.units, "runs": len(runs)}
    each = pd.DataFrame({"kind": "run", "volatility": np.sort(np.exp(values))})
    table = pd.concat([pd.DataFrame([mean]), each], ignore_index=True)
    table.insert(0, "level", level)
    table.insert(1, "cell", cell)
    return table


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one group."""
    cells = in_order(data["cell"])
    for place, cell in enumerate(cells):
        style, side = look(cell), 2 ** (0.09 * (place - (len(cells) - 1) / 2))
        rows = data[data["cell"] == cell]
        dots, means = rows[rows["kind"] == "run"], rows[rows["kind"] == "mean"]
        beside = dots["level"] * side * 2**0.025
        ax.plot(beside, dots["volatility"], style.marker, color=style.colour, markersize=2.5, alpha=0.35,
                markeredgewidth=0, linestyle="none")  # fmt: skip
        at = means["level"] * side
        ax.vlines(at, means["low"], means["high"], color=style.colour, linewidth=2)
        ax.plot(at, means["volatility"], style.line, marker=style.marker, color=style.colour, linewidth=0.8,
                markeredgecolor="white", markersize=6, label=style.name)  # fmt: skip
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
    """What is shown, n and the interval, for the data of one group."""
    means = data[data["kind"] == "mean"]
    return (
        f"Volatility of the training loss: standard deviation of ln(loss) about its running median over 25 steps"
        f" ({group_of(data).describe()}); n = {count_range(means['runs'])} confirmation runs per mean. Large marks: geometric"
        f" mean with the 95 % t interval of the logarithm {interval_basis(means)}; small marks beside it: single runs."
        " Intervals are cut where they leave the panel. Each cell"
        " has the learning rates that won its searches, so a difference is not one of the cells alone (claim C7 has"
        " matched learning rates too)."
    )


FIGURE = Figure(
    name="loss_volatility",
    title="Volatility of the training loss",
    compute=compute,
    draw=draw,
    caption=caption,
    needs='confirmation runs with the probe loss_volatility (probes = ["loss_volatility"])',
    width=4.6,
    height=2.8,
)
