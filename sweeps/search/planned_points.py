"""The points of a sweep that depend on no result, before any of its runs."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.suggestions import suggest


class PlannedPoints(NamedTuple):
    """The points of one search of one or several cells.

    Attributes
    ----------
    key : SearchKey
        The search, of the first of the cells.
    cells : list of str
        The cells that have these points.
    options : list of dict
        The searched options of each point, in the order of the slots.
    blocks : list of str
        Block of each point in Saltelli's design: ``A``, ``B`` or ``A_B`` and an option. Empty for
        other samplers.
    later : int
        Trials of the search that depend on results and follow these.
    """

    key: SearchKey
    cells: list[str]
    options: list[dict[str, Any]]
    blocks: list[str]
    later: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each cell and point: condition, cell, search, slot, block and options."""
        condition = self.key.condition
        for cell in self.cells:
            for slot, options in enumerate(self.options):
                place: dict[str, Any] = {
                    "string_condition": condition.string_condition,
                    "level": condition.level,
                    "cell": cell,
                    "search": self.key.search,
                    "slot": slot,
                }
                block = {"block": self.blocks[slot]} if self.blocks else {}
                yield place | block | options


def planned_points(config: SweepConfig, keys: Iterable[SearchKey]) -> list[PlannedPoints]:
    """Return the points of searches; cells that have the same ones share an entry.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration, with its ranges of length (`with_lengths`).
    keys : iterable of SearchKey
        The searches.
    """
    planned: list[PlannedPoints] = []
    for key in keys:
        search = config.at_level(key.condition.level).search_of(key.condition.cell)
        options = [decode(search, point) for point in suggest(config, key, 0, [])]
        for other in planned:
            if _is_same_search(other.key, key) and other.options == options:
                other.cells.append(key.condition.cell)
                break
        else:
            later = search.trials - len(options)
            cells = [key.condition.cell]
            planned.append(PlannedPoints(key, cells, options, _blocks(search), later))
    return planned


def _is_same_search(one: SearchKey, other: SearchKey) -> bool:
    own, theirs = one.condition, other.condition
    return (own.string_condition, one.search) == (theirs.string_condition, other.search)


def _blocks(search: Search) -> list[str]:
    if search.rows is None:
        return []
    return ["A", "B", *(f"A_B {name}" for name in search.varied)] * search.rows
