"""Scores of all trials by learning rate and units, at the level whose scores differ most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.search_quality import SEARCH
from seqmem.analysis.figures.parts.axis_labels import group_of, log2_ticks
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import look, scaled
from seqmem.analysis.records.groups import label, split_groups
from seqmem.analysis.records.pruning import is_pruned

FEWEST_TRIALS = 16
# Dark colours for low scores, light ones for high scores, so the order is visible in grey. The
# markers show it too.
_CLASSES = (
    (-np.inf, 0.25, "score below .25", "#30104d", "v"),
    (0.25, 0.5, ".25 to .5", "#33638d", "o"),
    (0.5, 0.75, ".5 to .75", "#1f968b", "o"),
    (0.75, 1.0, ".75 to 1", "#94d840", "o"),
    (1.0, np.inf, "memorized (1 or more)", "#fde725", "*"),
)


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the trials at the level whose scores differ most within a search.

    Groups in which a cell has fewer than 16 trials at every level have no rows. The same holds for
    groups in which learning rate or units do not vary.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per trial. Columns after the group's: `level`, `cell`, `learning_rate`, `units`,
        `score` (mean over tuning strings), `searches` and `won` (whether the trial was confirmed).
    """
    if "score" not in frame:
        return pd.DataFrame()
    tables = []
    for group, rows in split_groups(
        frame[(frame["role"] == "tune") & (frame["status"] != "failed") & ~is_pruned(frame)]
    ):
        trials = _trials(rows)
        enough = trials.groupby("level")["count"].min() >= FEWEST_TRIALS
        levels = enough.index[enough]
        spread = trials[trials["level"].isin(levels)].groupby("level")["score"].std()
        if spread.empty or trials["learning_rate"].nunique() < 2 or trials["units"].nunique() < 2:
            continue
        chosen = trials[trials["level"] == spread.idxmax()].drop(columns="count")
        tables.append(label(_with_winners(chosen, frame).sort_values(["cell", *_ORDER]), group))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


_ORDER = ["learning_rate", "units", "score"]


def _trials(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score of every trial, and the number of trials of its cell at its level."""
    keys = [*SEARCH, "trial"]
    grouped = rows.groupby(keys, sort=True)
    trials = grouped[["level", "cell", "depth", "learning_rate", "units"]].first()
    trials = trials.assign(score=grouped["score"].mean()).reset_index()
    by_cell = trials.groupby(["level", "cell"])
    return trials.assign(count=by_cell["trial"].transform("size"))


def _with_winners(trials: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    # Runs of a winner have new numbers, so they are matched to its trial by the configuration.
    keys = [*SEARCH, "depth", "units", "learning_rate"]
    winners = frame.loc[frame["role"] == "confirm", keys].drop_duplicates().assign(won=True)
    merged = trials.merge(winners, on=keys, how="left")
    searches = merged.groupby("cell")["search"].transform("nunique")
    merged = merged.assign(won=merged["won"].eq(True), searches=searches)
    return merged[["level", "cell", "learning_rate", "units", "score", "searches", "won"]]


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the trials of one cell."""
    # Units lie on a grid. Trials are shifted a little by their rank, so that none hides another.
    rank = data.groupby("units")["learning_rate"].rank(method="first")
    height = data["units"] * 2 ** (0.16 * ((rank % 3) - 1))
    for low, high, name, colour, marker in _CLASSES:
        use = (data["score"] >= low) & (data["score"] < high)
        size = scaled(8 if marker == "*" else 4.5)
        ax.plot(data["learning_rate"][use], height[use], marker, color=colour, markersize=size,
                linestyle="none", markeredgecolor="0.2", markeredgewidth=scaled(0.4),
                label=name)  # fmt: skip
    won = data["won"]
    ax.plot(
        data["learning_rate"][won],
        height[won],
        "o",
        markersize=scaled(11),
        markerfacecolor="none",
        linestyle="none",
        markeredgecolor="0.1",
        markeredgewidth=scaled(1.0),
        label="confirmed",
    )
    ax.set_xscale("log")
    log2_ticks(ax, data["units"], "y")
    ax.margins(x=0.06, y=0.08)
    ax.set(
        title=look(str(data["cell"].iloc[0])).name, xlabel="learning rate", ylabel="units per layer"
    )
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content and n."""
    group = group_of(data)
    counts = ", ".join(
        f"{look(str(cell)).name} {len(rows)}" for cell, rows in data.groupby("cell", sort=True)
    )
    return (
        f"Every trial of the searches at {group.measure_name} {data['level'].iloc[0]:g}, the level"
        f" whose scores differ most ({group.describe()}), by learning rate and units per layer;"
        f" trials: {counts}, of {data['searches'].max()} independent searches per cell. The score"
        " is the mean over the tuning strings of the stored fraction, 1 or more if memorized"
        " (pre-registration of study 1, section 2). Rings: winners, confirmed on fresh strings."
        " Later trials of a search may depend on earlier ones, so the density of trials has no"
        " meaning. No runs are averaged over other hyper-parameters. There are no intervals, 95 %"
        " or other. Marks at one number of units are shifted a little up or down."
    )


FIGURE = Figure(
    name="landscape",
    title="Learning rate and units",
    help="score of every trial by learning rate and units, at one level",
    compute=compute,
    draw=draw,
    caption=caption,
    needs=(
        f"searches over learning rate and units with at least {FEWEST_TRIALS} trials for each cell"
        " at a level"
    ),
    panel_by="cell",
    width=11.0,
    height=2.6,
    legend_columns=3,
    per_cell=False,
)
