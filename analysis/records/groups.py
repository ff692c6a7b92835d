"""Groups of runs that share one capacity question, and the texts that describe them."""

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


# A file name holds the design beside other things. Of a design that is longer than the first
# number of characters, only the second number is kept.
_LONGEST_DESIGN = 60
_KEPT_OF_LONGEST = 28

# If a source gives away more than this share of a string's bits, a memorizer need not store them.
GIVEN_SHARE = 0.10

# Columns that `split_groups` uses, if a frame has them.
GROUPED_BY = (*_ORDER, "string_condition")


class Group(NamedTuple):
    """Everything but the cell on which a capacity depends: strings, protocol and budget.

    Attributes
    ----------
    source : str
        The source. A source with parameters has a digest of them, such as `markov-1f0c9a`.
    alphabet_size : int
        Number of symbols.
    measure : str
        The complexity measure whose values are the levels, such as `lzw`.
    protocol : str
        `stream` or `window`.
    budget : str
        The budget of a run, such as `2 GF`.
    design : str
        The sweep, if sweeps with different designs are read together; otherwise empty.
    """

    source: str
    alphabet_size: int
    measure: str
    protocol: str
    budget: str
    design: str = ""

    def describe(self) -> str:
        """Return a description for a title.

        Returns
        -------
        str
            Source, measure, alphabet, protocol, budget and design.

        Examples
        --------
        >>> Group("iid", 4, "lzw", "stream", "2 GF").describe()
        'i.i.d. strings, LZW, 4 symbols, stream, 2 GF'
        """
        design = f", {self.design}" if self.design else ""
        strings = f"{self.source_name} strings, {self.measure_name}, {self.alphabet_size} symbols"
        return f"{strings}, {self.protocol}, {self.budget}{design}"

    @property
    def source_name(self) -> str:
        """Name of the source for readers, such as `i.i.d.`."""
        return _SOURCES.get(self.source, self.source)

    @property
    def measure_name(self) -> str:
        """Name of the measure for readers, such as `LZW`."""
        return _MEASURES.get(self.measure, (self.measure.replace("_", " "), ""))[0]

    @property
    def unit(self) -> str:
        """Unit of the levels, such as `codes`; empty for measures without a unit."""
        return _MEASURES.get(self.measure, ("", ""))[1]

    @property
    def level_label(self) -> str:
        """Label for an axis of levels.

        Examples
        --------
        >>> Group("iid", 4, "lzw", "stream", "2 GF").level_label
        'LZW complexity (codes)'
        >>> Group("iid", 4, "period", "stream", "2 GF").level_label
        'period (symbols)'
        """
        name = (
            f"{self.measure_name} complexity" if self.measure in _LEMPEL_ZIV else self.measure_name
        )
        return f"{name} ({self.unit})" if self.unit else name

    @property
    def slug(self) -> str:
        """Ending of a file name, such as `iid-4-lzw-stream-2GF`, with only safe characters.

        A long design is cut and gets a digest.

        Examples
        --------
        >>> Group("iid", 4, "lzw", "stream", "2 GF").slug
        'iid-4-lzw-stream-2GF'
        """
        parts = [self.source, str(self.alphabet_size), self.measure, self.protocol]
        parts.append(self.budget.replace(" ", ""))
        if self.design:
            parts.append(_short(self.design))
        return re.sub(r"[^\w.-]+", "_", "-".join(parts))


def _short(name: str) -> str:
    """Return a name, or the beginning of a long name with a digest of the whole.

    Examples
    --------
    >>> _short("two"), _short("paper-importance-again-gru + " * 9)
    ('two', 'paper-importance-again-gru-f8e0c862')
    """
    if len(name) <= _LONGEST_DESIGN:
        return name
    return f"{name[:_KEPT_OF_LONGEST].rstrip(' +-,')}-{sha256(name.encode()).hexdigest()[:8]}"


def split_groups(frame: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
    """Yield each group with its rows.

    Parameters
    ----------
    frame : DataFrame
        Records, or a table with the columns of a group.

    Yields
    ------
    tuple of Group and DataFrame
        Groups are sorted by source, alphabet, measure, protocol and size of the budget.
    """
    keyed = frame if "string_condition" not in frame else frame.assign(source=source_labels(frame))
    order = [column for column in _ORDER if column in keyed]
    for key, rows in keyed.groupby(order, sort=True, observed=True):
        values = dict(zip(order, key, strict=True))
        group = {column: values[column] for column in Group._fields if column in values}
        yield Group(**{**group, "alphabet_size": int(group["alphabet_size"])}), rows


def count_groups(frame: pd.DataFrame) -> int:
    """Return the number of groups that `split_groups` yields.

    Parameters
    ----------
    frame : DataFrame
        Records.

    Returns
    -------
    int
        Number of groups.
    """
    keyed = frame if "string_condition" not in frame else frame.assign(source=source_labels(frame))
    return len(keyed[[column for column in _ORDER if column in keyed]].dropna().drop_duplicates())


def source_labels(frame: pd.DataFrame) -> pd.Series:
    """Return the source of each run, with a digest of the source's parameters.

    The digest comes from `string_condition`, such as `markov-1f0c9a-k4-lzw64`. Two parameter sets
    of one source therefore count as two sources.

    Parameters
    ----------
    frame : DataFrame, n rows
        Records with the columns `source` and `string_condition`.

    Returns
    -------
    Series of str, length n
        Labels such as `iid` or `markov-1f0c9a`. The label is the plain source
        if the condition has no digest.
    """
    known = [
        pd.factorize(frame[name].astype(str), use_na_sentinel=False)
        for name in ("string_condition", "source")
    ]
    (conditions, condition_names), (sources, source_names) = known
    # Making labels from texts is slow, and there are few distinct pairs: each is labelled once.
    positions, pairs = pd.factorize(conditions * max(len(source_names), 1) + sources)
    first, second = np.divmod(pairs, max(len(source_names), 1))
    labels = [
        _label(condition_names[i], source_names[j]) for i, j in zip(first, second, strict=True)
    ]
    of_runs = pd.Series(np.array(labels, dtype=object)[positions], frame.index, dtype=object)
    return of_runs.where(frame["source"].notna(), frame["source"])


def _label(string_condition: str, source: str) -> str:
    match = _PARAMETERIZED.match(string_condition)
    return match[1] if match and match[1].startswith(f"{source}-") else source


def label(frame: pd.DataFrame, group: Group) -> pd.DataFrame:
    """Insert the values of a group as the first columns of a frame.

    Parameters
    ----------
    frame : DataFrame
        A table of one group. It is changed in place.
    group : Group
        The group.

    Returns
    -------
    DataFrame
        The same frame.
    """
    for position, column in enumerate(Group._fields):
        frame.insert(position, column, getattr(group, column))
    return frame


def search_labels(frame: pd.DataFrame) -> pd.Series:
    """Return one label per independent search; searches of different sweeps differ.

    Parameters
    ----------
    frame : DataFrame, n rows
        Records with the columns `sweep` and `search`.

    Returns
    -------
    Series of str, length n
        Labels such as `quick/0`.
    """
    return frame["sweep"].astype(str) + "/" + frame["search"].astype(str)
