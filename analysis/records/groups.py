"""Groups of runs that share a capacity question, and the words that describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pandas as pd

_ORDER = [
    "source",
    "alphabet_size",
    "measure",
    "protocol",
    "budget_unit",
    "budget_amount",
    "budget",
    "design",
]
_MEASURES = {
    "lzw": ("LZW", "codes"),
    "lz76": ("LZ76", "phrases"),
    "lz78": ("LZ78", "phrases"),
    "period": ("period", "symbols"),
    "length": ("length", "symbols"),
}
_LEMPEL_ZIV = ("lzw", "lz76", "lz78")
_SOURCES = {"iid": "i.i.d."}
_PARAMETERIZED = re.compile(r"(.+)-k\d+-[^/]*$")


# A file name holds it, beside the name of a figure and all else: of what is longer than the first, so many are kept.
_LONGEST_DESIGN, _KEPT_OF_LONGEST = 60, 28

# Of strings whose source gives away more than this share of their bits, a memorizer need not store the rest.
GIVEN_SHARE = 0.10

# What `split_groups` looks at, where it is there.
GROUPED_BY = (*_ORDER, "string_condition")


class Group(NamedTuple):
    """Everything but the cell that a capacity depends on: strings, protocol and budget.

    Attributes
    ----------
    source : the source and, where it has parameters, their digest, such as `markov-1f0c9a`.
    design : the sweep, where records of sweeps with different designs are read together; otherwise empty.
    """

    source: str
    alphabet_size: int
    measure: str
    protocol: str
    budget: str
    design: str = ""

    def describe(self) -> str:
        """Words for a title.

        Examples
        --------
        >>> Group("iid", 4, "lzw", "stream", "2 GF").describe()
        'i.i.d. strings, LZW, 4 symbols, stream, 2 GF'
        """
        source = _SOURCES.get(self.source, self.source)
        design = f", {self.design}" if self.design else ""
        words = f"{source} strings, {self.measure_name}, {self.alphabet_size} symbols, {self.protocol}, {self.budget}"
        return words + design

    @property
    def measure_name(self) -> str:
        return _MEASURES.get(self.measure, (self.measure.replace("_", " "), ""))[0]

    @property
    def unit(self) -> str:
        """What one step of the level is called; empty for measures without a name for it."""
        return _MEASURES.get(self.measure, ("", ""))[1]

    @property
    def level_label(self) -> str:
        """Words for an axis of levels.

        Examples
        --------
        >>> [Group("iid", 4, measure, "stream", "2 GF").level_label for measure in ("lzw", "period")]
        ['LZW complexity (codes)', 'period (symbols)']
        """
        name = (
            f"{self.measure_name} complexity" if self.measure in _LEMPEL_ZIV else self.measure_name
        )
        return f"{name} ({self.unit})" if self.unit else name

    @property
    def slug(self) -> str:
        """Safe ending for a file name, such as `iid-4-lzw-stream-2GF`; a long design is cut and gets a digest."""
        words = [
            self.source,
            str(self.alphabet_size),
            self.measure,
            self.protocol,
            self.budget.replace(" ", ""),
        ]
        return re.sub(
            r"[^\w.-]+", "_", "-".join([*words, *([_short(self.design)] if self.design else [])])
        )


def _short(name: str) -> str:
    """`name`, or where it is long its beginning and a digest of it all.

    Examples
    --------
    >>> _short("two"), _short("paper-importance-again-gru + " * 9)
    ('two', 'paper-importance-again-gru-f8e0c862')
    """
    if len(name) <= _LONGEST_DESIGN:
        return name
    return f"{name[:_KEPT_OF_LONGEST].rstrip(' +-,')}-{sha256(name.encode()).hexdigest()[:8]}"


def split_groups(frame: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
    """Each group with its rows, sorted by source, alphabet, measure, protocol and size of the budget."""
    keyed = frame if "string_condition" not in frame else frame.assign(source=source_labels(frame))
    order = [column for column in _ORDER if column in keyed]
    for key, rows in keyed.groupby(order, sort=True, observed=True):
        values = dict(zip(order, key, strict=True))
        group = {column: values[column] for column in Group._fields if column in values}
        yield Group(**{**group, "alphabet_size": int(group["alphabet_size"])}), rows


def count_groups(frame: pd.DataFrame) -> int:
    """How many groups `split_groups` would give."""
    keyed = frame if "string_condition" not in frame else frame.assign(source=source_labels(frame))
    return len(keyed[[column for column in _ORDER if column in keyed]].dropna().drop_duplicates())


def source_labels(frame: pd.DataFrame) -> pd.Series:
    """Source of each run with the digest of its parameters, from `string_condition` such as `markov-1f0c9a-k4-lzw64`.

    Two parameterizations of one source are different sources. Records without string conditions keep the bare name.
    """
    known = [
        pd.factorize(frame[name].astype(str), use_na_sentinel=False)
        for name in ("string_condition", "source")
    ]
    (conditions, condition_names), (sources, source_names) = known
    # Labels are text work: once for each distinct pair, of which there are few, not for each run.
    places, pairs = pd.factorize(conditions * max(len(source_names), 1) + sources)
    first, second = np.divmod(pairs, max(len(source_names), 1))
    labels = [
        _label(condition_names[i], source_names[j]) for i, j in zip(first, second, strict=True)
    ]
    found = pd.Series(np.array(labels, dtype=object)[places], frame.index, dtype=object)
    return found.where(frame["source"].notna(), frame["source"])


def _label(string_condition: str, source: str) -> str:
    found = _PARAMETERIZED.match(string_condition)
    return found[1] if found and found[1].startswith(f"{source}-") else source


def label(frame: pd.DataFrame, group: Group) -> pd.DataFrame:
    """`frame` with the group's values as its first columns."""
    for position, column in enumerate(Group._fields):
        frame.insert(position, column, getattr(group, column))
    return frame


def search_labels(frame: pd.DataFrame) -> pd.Series:
    """One label per independent search: searches of different sweeps are different."""
    return frame["sweep"].astype(str) + "/" + frame["search"].astype(str)
