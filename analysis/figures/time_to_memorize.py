"""Fraction of strings memorized by each time (Kaplan-Meier), one panel per level."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.survival import kaplan_meier, times_to_memorize
from seqmem.analysis.figures.parts.axis_labels import budget_ticks, count_range, group_of
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import in_order, look, scaled
from seqmem.analysis.records.checkpoint_curves import FRACTIONS
from seqmem.analysis.records.groups import label, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.core.arrays import Array
from seqmem.study.budget import CHECKPOINTS_PER_OCTAVE, MOST_PER_OCTAVE


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the Kaplan-Meier curve, with its start and its end.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.

    Returns
    -------
    DataFrame
        One row per group, level, cell and time. Columns after the group's: `level`; `cell`;
        `fraction` (of the budget) and `spent` (in `budget_unit`); `memorized` with `low`, `high`
        (pointwise 95 % log-log limits, NaN if not defined); `at_risk`; `runs`; `hits` (memorized).
    """
    tables = [
        label(_steps(runs).assign(level=level, cell=cell), group)
        for group, rows in split_groups(confirmed(frame))
        for (level, cell), runs in rows.groupby(["level", "cell"], sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _steps(runs: pd.DataFrame) -> pd.DataFrame:
    times, censored = times_to_memorize(runs)
    curve = pd.DataFrame(kaplan_meier(times, censored)._asdict()).rename(
        columns={"times": "fraction"}
    )
    start = {
        "fraction": FRACTIONS[0] / 2**0.5,
        "memorized": 0.0,
        "low": 0.0,
        "high": 0.0,
        "at_risk": len(runs),
    }
    end = (dict(curve.iloc[-1]) if len(curve) else start) | {
        "fraction": 1.0,
        "at_risk": int((times >= 1).sum()),
    }
    table = pd.concat(
        [pd.DataFrame([start]), curve, pd.DataFrame([end])], ignore_index=True
    ).astype(float)
    amount = runs["budget_amount"].iloc[0]
    unit = runs["budget_unit"].iloc[0]
    counts = {"runs": len(runs), "hits": int((censored == 0).sum())}
    return table.assign(spent=table["fraction"] * amount, budget_unit=unit, **counts)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells of one level."""
    group = group_of(data)
    cells = in_order(data["cell"])
    for position, cell in enumerate(cells):
        rows = data[data["cell"] == cell]
        style = look(cell)
        ax.fill_between(rows["spent"], rows["low"], rows["high"], step="post",
                        color=style.colour, alpha=0.15, linewidth=0)  # fmt: skip
        ax.step(
            rows["spent"], rows["memorized"], linestyle=style.line, where="post", color=style.colour
        )
        jumps = rows.iloc[1:-1]
        ax.plot(
            jumps["spent"],
            jumps["memorized"],
            style.marker,
            color=style.colour,
            markersize=scaled(3),
        )
        ax.plot(
            [], [], linestyle=style.line, marker=style.marker, color=style.colour, label=style.name
        )
        text = f"{style.name} {rows['hits'].iloc[0]}/{rows['runs'].iloc[0]}"
        ax.text(
            0.03,
            0.97 - 0.11 * position,
            text,
            transform=ax.transAxes,
            va="top",
            fontsize=scaled(6.5),
            color=style.colour,
        )
    budget_ticks(ax, data["spent"].max())
    unit = f" {group.unit}" if group.unit else ""
    ax.set(title=f"{group.measure_name} {data['level'].iloc[0]:g}{unit}", ylim=(-0.04, 1.36))
    ax.set_yticks([0, 0.5, 1])
    ax.set(xlabel=f"training budget ({data['budget_unit'].iloc[0]})", ylabel="fraction memorized")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n and interval."""
    return (
        f"Kaplan–Meier estimate of the fraction of strings memorized by each time, one panel per"
        f" level ({group_of(data).describe()}); n = {count_range(data['runs'])} confirmation runs"
        " per curve. The panels give the number of runs that memorized, of all runs. Times are"
        f" known to the checkpoints, {_spacing(data)} apart. A run that spent its budget is"
        " censored there. Bands: pointwise 95 % log-log intervals. They treat strings as"
        " independent, so they omit the variation between searches. Nothing is resampled. The"
        " configurations won at the full budget and were not re-tuned for smaller budgets."
    )


def _spacing(data: pd.DataFrame) -> str:
    """Return the distance of two checkpoints: the widest grid on which all steps lie."""
    octaves = -np.log2(data["fraction"].to_numpy(dtype=float))
    for per_octave in range(CHECKPOINTS_PER_OCTAVE + 1, MOST_PER_OCTAVE + 1):
        if _on_grid(octaves, per_octave) and not _on_grid(octaves, CHECKPOINTS_PER_OCTAVE):
            return f"1/{per_octave} octave"
    return "half an octave"


def _on_grid(octaves: Array, per_octave: int) -> bool:
    return bool(np.allclose(octaves * per_octave, np.round(octaves * per_octave), atol=1e-6))


FIGURE = Figure(
    name="time_to_memorize",
    title="Time to memorize",
    help="fraction of strings memorized by each time, by level",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="confirmation runs",
    panel_by="level",
    width=6.9,
    height=1.7,
)
