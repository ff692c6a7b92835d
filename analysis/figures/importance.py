"""Importance of hyper-parameters by several evaluators, because they disagree."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.forest_indices import REFITS
from seqmem.analysis.estimators.importance import TOTAL, missing_package
from seqmem.analysis.estimators.importance_points import FEWEST_POINTS
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look, scaled

_OTHERS = {"PED-ANOVA": ("^", 0.36), "fANOVA": ("v", 0.22), "permutation": ("x", -0.3)}
_INTERACTION = "interaction (forest)"


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the importances with the row in which each hyper-parameter is drawn.

    Parameters
    ----------
    table : DataFrame
        The table `importance` of a report.

    Returns
    -------
    DataFrame
        The table with `panel` (cell and level) and `place` (row of the hyper-parameter, 0 for the
        least important).
    """
    if table.empty:
        return table
    data = table.assign(panel=table["cell"] + table["level"].astype(str).str.zfill(9))
    sobol = data[data["evaluator"] == TOTAL]
    order = sobol.groupby("hyper_parameter")["importance"].mean().sort_values(kind="stable").index
    row_of = {name: row for row, name in enumerate(order)}
    return data.assign(place=data["hyper_parameter"].map(row_of).fillna(-1).astype(int))


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one cell at one level."""
    group = group_of(data)
    style = look(str(data["cell"].iloc[0]))
    sobol = data[data["evaluator"] == TOTAL]
    ax.hlines(
        sobol["place"],
        sobol["low"],
        sobol["high"],
        color=style.colour,
        linewidth=scaled(2.2),
        zorder=3,
    )
    ax.plot(sobol["importance"], sobol["place"], style.marker, color=style.colour,
            markeredgecolor="white", markersize=scaled(6), zorder=4)  # fmt: skip
    ax.plot(
        [], [], "-o", color="0.25", linewidth=scaled(2.2), label="total Sobol index, 95 % of refits"
    )
    for evaluator, (marker, side) in _OTHERS.items():
        rows = data[data["evaluator"] == evaluator]
        ax.plot(rows["importance"], rows["place"] + side, marker, color="0.35",
                markerfacecolor="none", markersize=scaled(4), linestyle="none",
                label=evaluator)  # fmt: skip
    both = data[data["evaluator"] == _INTERACTION]
    ax.plot(both["importance"], both["place"], "d", color="0.2", markersize=scaled(4.5),
            linestyle="none", label="joint effect (forest)")  # fmt: skip
    names = sobol.set_index("place")["hyper_parameter"].str.replace("_", " ").to_dict() | {
        -1: "learning rate × units"
    }
    ax.set_yticks(sorted(names), [names[row] for row in sorted(names)])
    ax.set_ylim(-1.5, max(names) + 0.75)
    ax.axhline(-0.5, color="0.8", linewidth=scaled(0.6))
    ax.axvline(0, color="0.8", linewidth=scaled(0.6), zorder=0)
    ax.set_title(f"{style.name}, {group.measure_name} {data['level'].iloc[0]:g}")
    ax.set(xlabel="importance", ylabel="hyper-parameter")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    return (
        "Importance of each hyper-parameter for the score of a trial, one panel per cell and level"
        f" ({group_of(data).describe()}); n = {count_range(data['points'])} Sobol points per panel,"
        " from tuning runs of the searches. Large marks: total Sobol index of a forest, with the"
        f" 2.5 to 97.5 % quantiles (95 %) of {REFITS} refits on resampled points. Small marks,"
        " without intervals: PED-ANOVA and fANOVA (shares of 1), and the loss of out-of-fold R²"
        " under permutation. These evaluators define importance differently, so they disagree."
        " Lowest row: share of the variance from the joint effect of learning rate and units beyond"
        " their separate effects."
    )


FIGURE = Figure(
    name="importance",
    title="Importance of hyper-parameters",
    help="importance of each hyper-parameter by several evaluators",
    compute=compute,
    draw=draw,
    caption=caption,
    needs=f"at least {FEWEST_POINTS} Sobol points for a cell at a level (startup points count)",
    lacks=missing_package,
    source="importance",
    panel_by="panel",
    width=6.9,
    height=2.2,
    least_width=5.4,
    legend_columns=3,
    per_cell=False,
)
