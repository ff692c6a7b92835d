"""Words that captions and labels of several figures share, and how data of several budgets become one figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter

from seqmem.analysis.records.groups import Group
from seqmem.core.number_formats import number_range, plain_number

# Labels of one axis stand at least this far apart.
_APART_POINTS = 3.0

PLURALS = {"search": "searches", "string": "strings"}


def group_of(data: pd.DataFrame) -> Group:
    """The group of a figure's data, whose first columns are the same in every row."""
    return Group(*data.iloc[0][list(Group._fields)])


def count_range(counts: pd.Series) -> str:
    """A range of whole numbers.

    Examples
    --------
    >>> count_range(pd.Series([3, 3])), count_range(pd.Series([2, 4.0]))
    ('3', '2 to 4')
    """
    low, high = np.min(counts), np.max(counts)
    return number_range(low, high, ".0f")


def interval_basis(data: pd.DataFrame) -> str:
    """What the t intervals of a figure are over, from `interval_unit` and `interval_units`."""
    parts = []
    for unit, counts in data.groupby("interval_unit")["interval_units"]:
        extra = (
            " (one search only, so the luck of a search is left out)" if unit == "string" else ""
        )
        parts.append(
            f"over {count_range(counts)} {PLURALS[str(unit)] if counts.max() > 1 else unit}{extra}"
        )
    return "; ".join(parts)


def join_groups(data: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Data whose groups differ in these columns alone as one group: their values join_groups by commas.

    `order` of the values is that of `spent` where there is one, so that budgets stand by size.
    """
    if data.empty:
        return data
    kept = [
        name for name in [*Group._fields, "budget_unit"] if name in data and name not in columns
    ]
    found = data.copy()
    for column in columns:
        by_size = data.sort_values("spent", kind="stable") if "spent" in data else data
        words = by_size.groupby(kept)[column].agg(
            lambda values: ", ".join(dict.fromkeys(map(str, values)))
        )
        found[column] = words.reindex(pd.MultiIndex.from_frame(data[kept])).to_numpy()
    return found


def log2_ticks(ax: Axes, values: Sequence[float] | pd.Series, axis: str = "x") -> None:
    """Logarithmic axis with a tick at each of these values and no other."""
    places = sorted({float(value) for value in values})
    scale, ticks = (ax.set_xscale, ax.set_xticks) if axis == "x" else (ax.set_yscale, ax.set_yticks)
    scale("log", base=2)
    ticks(places, [f"{place:g}" for place in places])
    ax.minorticks_off()


def budget_ticks(ax: Axes, largest: float) -> None:
    """Logarithmic budget axis with ticks at 1/64, 1/16, 1/4 and all of the largest budget."""
    ax.set_xscale("log")
    ticks = largest * np.array([1 / 64, 1 / 16, 1 / 4, 1])
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(BudgetLabels([plain_number(tick) for tick in ticks]))
    ax.minorticks_off()


class BudgetLabels(FixedFormatter):
    """Labels of the ticks of a budget axis, of which every other one may go."""

    def thin(self) -> None:
        """Drop every other label; that of the whole budget stays."""
        self.seq = [
            "" if (len(self.seq) - place) % 2 == 0 else label
            for place, label in enumerate(self.seq)
        ]


def thin_labels(axes: Iterable[Axes]) -> bool:
    """Drop every other budget label where two of an axis touch, and say whether any was; needs a finished layout."""
    labelled = [(ax, ax.xaxis.get_major_formatter()) for ax in axes]
    budgets = [(ax, labels) for ax, labels in labelled if isinstance(labels, BudgetLabels)]
    # Panels that share their axis share its labels: thinned once.
    crowded = {labels: None for ax, labels in budgets if _is_crowded(ax)}
    for labels in crowded:
        labels.thin()
    return bool(crowded)


def _is_crowded(ax: Axes) -> bool:
    boxes = [
        label.get_window_extent()
        for label in ax.get_xticklabels()
        if label.get_visible() and label.get_text()
    ]
    apart = _APART_POINTS * ax.figure.dpi / 72
    return any(right.x0 - left.x1 < apart for left, right in pairwise(boxes))
