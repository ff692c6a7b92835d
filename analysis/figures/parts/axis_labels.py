"""Common texts of captions and axes, and the joining of groups into one figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, LogFormatter, MaxNLocator
from matplotlib.transforms import BboxBase

from seqmem.analysis.records.groups import Group
from seqmem.core.number_formats import number_range, plain_number

# Smallest distance between labels of one axis.
_APART_POINTS = 3.0

PLURALS = {"search": "searches", "string": "strings"}


def group_of(data: pd.DataFrame) -> Group:
    """Return the group of a figure's data, whose first columns are the same in every row."""
    return Group(*data.iloc[0][list(Group._fields)])


def count_range(counts: pd.Series) -> str:
    """Return a range of whole numbers as text.

    Examples
    --------
    >>> count_range(pd.Series([3, 3])), count_range(pd.Series([2, 4.0]))
    ('3', '2 to 4')
    """
    low = np.min(counts)
    high = np.max(counts)
    return number_range(low, high, ".0f")


def interval_basis(data: pd.DataFrame) -> str:
    """Return the number and kind of units that the t intervals of a figure are over.

    Parameters
    ----------
    data : DataFrame
        Rows with `interval_unit` ("search" or "string") and `interval_units`.

    Examples
    --------
    >>> data = pd.DataFrame({"interval_unit": ["search"] * 2, "interval_units": [2, 3]})
    >>> interval_basis(data)
    'over 2 to 3 searches'
    """
    parts = []
    for unit, counts in data.groupby("interval_unit")["interval_units"]:
        extra = (
            " (one search only, so the variation between searches is left out)"
            if unit == "string"
            else ""
        )
        parts.append(
            f"over {count_range(counts)} {PLURALS[str(unit)] if counts.max() > 1 else unit}{extra}"
        )
    return "; ".join(parts)


def join_groups(data: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return data with groups that differ only in these columns as one group.

    The values of a column are joined by commas, in the order of `spent` if there is such a column.

    Parameters
    ----------
    data : DataFrame
        Data of several groups.
    columns : sequence of str
        Columns to join.
    """
    if data.empty:
        return data
    kept = [
        name for name in [*Group._fields, "budget_unit"] if name in data and name not in columns
    ]
    joined = data.copy()
    for column in columns:
        by_size = data.sort_values("spent", kind="stable") if "spent" in data else data
        texts = by_size.groupby(kept)[column].agg(
            lambda values: ", ".join(dict.fromkeys(map(str, values)))
        )
        joined[column] = texts.reindex(pd.MultiIndex.from_frame(data[kept])).to_numpy()
    return joined


def log2_ticks(ax: Axes, values: Sequence[float] | pd.Series, axis: str = "x") -> None:
    """Make an axis logarithmic, with a tick at each of these values and no other.

    Parameters
    ----------
    ax : Axes
        The panel.
    values : sequence of float
        Positions of the ticks.
    axis : str
        "x" or "y".
    """
    positions = sorted({float(value) for value in values})
    labels = [f"{position:g}" for position in positions]
    if axis == "x":
        ax.set_xscale("log", base=2)
        ax.set_xticks(positions, labels)
    else:
        ax.set_yscale("log", base=2)
        ax.set_yticks(positions, labels)
    ax.minorticks_off()


def octave_ticks(ax: Axes, low: float, high: float) -> None:
    """Make the y axis logarithmic from ``low`` to ``high``, with ticks at the powers of 2.

    If fewer than two of them are in between, ticks are at round numbers.
    """
    ticks = [2.0**power for power in range(math.ceil(math.log2(low)), math.ceil(math.log2(high)))]
    if len(ticks) < 2:
        round_numbers = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
        ticks = [float(number) for number in round_numbers if low <= number <= high]
    log2_ticks(ax, ticks, "y")
    ax.set_ylim(low, high)


def plain_log_labels(axis: Axis) -> None:
    """Label a logarithmic axis by plain numbers: its decades, or more ticks if it has only one."""
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(_LabelsWithinDecade(minor_thresholds=(1, 0.4)))


class _LabelsWithinDecade(LogFormatter):
    """Labels of minor ticks as plain numbers; none if the axis spans a decade or more."""

    def __call__(self, value: float, position: int | None = None) -> str:
        """Return the label of a tick, or an empty text."""
        return f"{value:.3g}" if super().__call__(value, position) else ""


def budget_ticks(ax: Axes, largest: float) -> None:
    """Make the budget axis logarithmic, with ticks at 1/64, 1/16, 1/4 and all of it."""
    ax.set_xscale("log")
    ticks = largest * np.array([1 / 64, 1 / 16, 1 / 4, 1])
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(BudgetLabels([plain_number(tick) for tick in ticks]))
    ax.minorticks_off()


class BudgetLabels(FixedFormatter):
    """Labels of the ticks of a budget axis; every other label can be dropped."""

    def thin(self) -> None:
        """Drop every other label; the label of the whole budget stays."""
        self.seq = [
            "" if (len(self.seq) - index) % 2 == 0 else label
            for index, label in enumerate(self.seq)
        ]


def thin_labels(axes: Iterable[Axes]) -> bool:
    """Drop every other budget label of axes whose labels touch.

    Parameters
    ----------
    axes : iterable of Axes
        Panels with a finished layout.

    Returns
    -------
    bool
        Whether any label was dropped.
    """
    labelled = [(ax, ax.xaxis.get_major_formatter()) for ax in axes]
    budgets = [(ax, labels) for ax, labels in labelled if isinstance(labels, BudgetLabels)]
    # Panels that share an axis share its labels, which are thinned once.
    crowded = {labels: None for ax, labels in budgets if is_crowded(ax.xaxis)}
    for labels in crowded:
        labels.thin()
    return bool(crowded)


def is_crowded(axis: Axis) -> bool:
    """Return whether labels of an axis touch.

    Parameters
    ----------
    axis : Axis
        A horizontal or vertical axis of a panel with a finished layout.
    """
    boxes = [
        label.get_window_extent()
        for _, label in shown_labels(axis)
        if label.get_visible() and label.get_text()
    ]
    if isinstance(axis, YAxis):
        return any(upper.y0 < lower.y1 for lower, upper in pairwise(sorted(boxes, key=_bottom)))
    apart = _APART_POINTS * axis.axes.figure.dpi / 72
    return any(right.x0 - left.x1 < apart for left, right in pairwise(boxes))


def shown_labels(axis: Axis) -> list[tuple[float, Text]]:
    """Return the place and the label of each major tick that is in view.

    Parameters
    ----------
    axis : Axis
        A horizontal or vertical axis.
    """
    low, high = sorted(axis.get_view_interval())
    axis.get_ticklabels()  # This computes the texts.
    ticks = [(float(tick.get_loc()), tick.label1) for tick in axis.get_major_ticks()]
    return [(place, label) for place, label in ticks if low <= place <= high]


def _bottom(box: BboxBase) -> float:
    return float(box.y0)
