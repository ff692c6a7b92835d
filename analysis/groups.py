"""Groups of runs that share a capacity question, and the words that describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

GROUP_COLUMNS = ["source", "alphabet_size", "measure", "protocol", "budget"]
_ORDER = ["source", "alphabet_size", "measure", "protocol", "budget_unit", "budget_amount", "budget"]
_MEASURES = {
    "lzw": ("LZW", "codes"),
    "lz76": ("LZ76", "phrases"),
    "lz78": ("LZ78", "phrases"),
    "length": ("length", "symbols"),
}
_SOURCES = {"iid": "i.i.d."}


class Group(NamedTuple):
    """Everything but the cell that a capacity depends on: strings, protocol and budget."""

    source: str
    alphabet_size: int
    measure: str
    protocol: str
    budget: str

    def describe(self) -> str:
        """Words for a title.

        Examples
        --------
        >>> Group("iid", 4, "lzw", "stream", "2 GF").describe()
        'i.i.d. strings, LZW, 4 symbols, stream, 2 GF'
        """
        source = _SOURCES.get(self.source, self.source)
        return f"{source} strings, {self.measure_name}, {self.alphabet_size} symbols, {self.protocol}, {self.budget}"

    @property
    def measure_name(self) -> str:
        return _MEASURES.get(self.measure, (self.measure.replace("_", " "), ""))[0]

    @property
    def unit(self) -> str:
        """What one step of the level is called; empty for measures without a name for it."""
        return _MEASURES.get(self.measure, ("", ""))[1]

    @property
    def level_label(self) -> str:
        return f"{self.measure_name} complexity" + (f" ({self.unit})" if self.unit else "")

    @property
    def slug(self) -> str:
        """Safe ending for a file name, such as `iid-4-lzw-stream-2GF`."""
        text = "-".join([self.source, str(self.alphabet_size), self.measure, self.protocol])
        return re.sub(r"[^\w.-]+", "_", f"{text}-{self.budget.replace(' ', '')}")


def split_groups(frame: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
    """Each group with its rows, sorted by source, alphabet, measure, protocol and size of the budget."""
    order = [column for column in _ORDER if column in frame]
    for key, rows in frame.groupby(order, sort=True, observed=True):
        values = dict(zip(order, key, strict=True))
        group = {column: values[column] for column in GROUP_COLUMNS}
        yield Group(**{**group, "alphabet_size": int(group["alphabet_size"])}), rows


def label(frame: pd.DataFrame, group: Group) -> pd.DataFrame:
    """`frame` with the group's values as its first columns."""
    for position, column in enumerate(GROUP_COLUMNS):
        frame.insert(position, column, getattr(group, column))
    return frame


def search_labels(frame: pd.DataFrame) -> pd.Series:
    """One label per independent search: searches of different sweeps are different."""
    return frame["sweep"].astype(str) + "/" + frame["search"].astype(str)
