"""The grid of a sweep: string conditions, conditions, searches, and shards of the searches."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.core.seeding import digest
from seqmem.sweeps.config.strings_section import Strings
from seqmem.sweeps.config.sweep_config import SweepConfig

_Item = TypeVar("_Item")
LARGEST_SHARD_COUNT = 10_000
# The amount of the budget at the end of a condition's name, and its unit.
UNIT_OF_BUDGET = re.compile(r"([0-9.])([A-Za-z-]+)$")


@dataclass(frozen=True)
class Condition:
    """One cell on one string condition, under one protocol and budget.

    Parameters
    ----------
    string_condition : str
        Name of the string condition: source, its parameters, alphabet, measure and level.
    level : int
        Value of the measure to which strings are grown.
    cell : str
        Name of the cell.
    condition : str
        Unique name of the condition.
    """

    string_condition: str
    level: int
    cell: str
    condition: str

    @property
    def title(self) -> str:
        """The name for readers, with a blank before the unit of the budget.

        Examples
        --------
        >>> Condition("iid-k4-lzw23", 23, "gru", "iid-k4-lzw23/gru/stream/0.1s").title
        'iid-k4-lzw23/gru/stream/0.1 s'
        """
        return UNIT_OF_BUDGET.sub(r"\1 \2", self.condition)


@dataclass(frozen=True)
class SearchKey:
    """One independent search of one condition.

    Parameters
    ----------
    condition : Condition
        What is searched.
    search : int
        Number of the search, from 0.
    """

    condition: Condition
    search: int

    @property
    def name(self) -> str:
        """Name of the search, unique in its sweep."""
        return f"{self.condition.condition}/search-{self.search}"


@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count`` equal parts of a sweep's searches.

    Several launchers can share a sweep: each executes one shard.

    Parameters
    ----------
    index : int
        From 1.
    count : int
        Number of parts.

    Examples
    --------
    >>> list(Shard(2, 3).of("abcdefgh"))
    ['b', 'e', 'h']
    """

    index: int = 1
    count: int = 1

    def of(self, items: Iterable[_Item]) -> Iterable[_Item]:
        """Return every ``count``-th item, starting at ``index``.

        Neighbours have similar costs, so this spreads the work evenly.
        """
        return islice(items, self.index - 1, None, self.count)

    @property
    def is_whole(self) -> bool:
        """Whether the shard is the whole sweep."""
        return self.count == 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


WHOLE_SWEEP = Shard()


def conditions(config: SweepConfig) -> list[Condition]:
    """Return the conditions of a sweep, ordered by level and then by cell as in the sweep file."""
    grid = []
    for level in config.strings.levels:
        training = config.at_level(level).training
        budget = str(training.budget).replace(" ", "")
        string_condition = name_string_condition(config.strings, level)
        for cell in config.memorizer.cells:
            name = f"{string_condition}/{cell}/{training.protocol}/{budget}"
            grid.append(Condition(string_condition, level, cell, name))
    return grid


def search_keys(config: SweepConfig) -> Iterator[SearchKey]:
    """Yield the key of every search of a sweep."""
    for condition in conditions(config):
        for search in range(config.at_level(condition.level).search.searches):
            yield SearchKey(condition, search)


def searches_with_same_points(config: SweepConfig, key: SearchKey) -> list[SearchKey]:
    """Return the searches of all cells that have the strings and points of a search, itself too.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    key : SearchKey
        One of its searches.
    """
    return [
        SearchKey(condition, key.search)
        for condition in conditions(config)
        if condition.level == key.condition.level
    ]


def search_groups(config: SweepConfig) -> list[list[SearchKey]]:
    """Return the searches of a sweep in groups, each of which one launcher executes.

    With the pruner ``halving``, the searches of all cells with the same points decide together
    which points go on. Otherwise every search is a group.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    """
    everything = list(search_keys(config))
    if config.search.pruner != "halving":
        return [[key] for key in everything]
    first = config.memorizer.cells[0]
    return [
        searches_with_same_points(config, key) for key in everything if key.condition.cell == first
    ]


def described_groups(config: SweepConfig) -> str:
    """Return how many shares of a sweep different launchers may execute, in words.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    """
    count = len(search_groups(config))
    if config.search.pruner != "halving":
        return counted(count, "search", "searches")
    return f"{counted(count, 'group')} of searches, whose cells decide together what is pruned"


def name_string_condition(strings: Strings, level: int) -> str:
    """Return a readable, unique name of a string condition.

    Parameters
    ----------
    strings : Strings
        The section ``[strings]`` of a sweep.
    level : int
        One of its levels.

    Examples
    --------
    >>> name_string_condition(Strings(levels=(300,)), 300)
    'iid-k4-lzw300'
    """
    parameters = f"-{digest(strings.identity, characters=6)}" if strings.parameters else ""
    return f"{strings.source}{parameters}-k{strings.alphabet_size}-{strings.measure}{level}"


def parse_shard(text: str) -> Shard:
    """Return the shard that a text of the form ``"i/n"`` names.

    Raises
    ------
    InputError
        If the text has another form, or the numbers are out of range.

    Examples
    --------
    >>> parse_shard("2/3")
    Shard(index=2, count=3)
    """
    index, _, count = text.partition("/")
    if index.isdecimal() and count.isdecimal():
        shard = Shard(int(index), int(count))
        if 1 <= shard.index <= shard.count <= LARGEST_SHARD_COUNT:
            return shard
    raise InputError(
        f"--shard {text!r}: must be i/n with 1 <= i <= n <= {LARGEST_SHARD_COUNT:,}; example: 2/8"
    )
