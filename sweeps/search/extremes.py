"""Configurations at the ends of a search space, which are checked before a sweep starts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.searched_values import Choices

# Options of which every value is checked with every other one: they decide shapes together.
SHAPE = ("depth", "units", "heads")


def extremes(search: Search) -> list[dict[str, Any]]:
    """Return options of runs at the ends of the space.

    They cover every combination of depth, units and heads, with all other options at their lowest
    and at their highest values. They also cover every value of a list, and every pair of a name
    and a value of another option, with the rest at their lowest values. Ranges count by their ends.

    Parameters
    ----------
    search : Search
        The search of one cell.
    """
    lowest, highest = (_end(search, end) for end in ("low", "high"))
    shapes = [name for name in SHAPE if name in search.ranges]
    values = [search.ranges[name].values for name in shapes]
    fields = [
        end | dict(zip(shapes, shape, strict=True))
        for shape in product(*values)
        for end in (lowest, highest)
    ]
    fields += [lowest | pair for pair in _pairs(_tried(search, lowest, highest))]
    return fields


def _end(search: Search, end: str) -> dict[str, Any]:
    return {name: getattr(values, end) for name, values in search.ranges.items()}


def _tried(
    search: Search, lowest: Mapping[str, Any], highest: Mapping[str, Any]
) -> dict[str, Sequence[Any]]:
    return {
        name: values.values if isinstance(values, Choices) else (lowest[name], highest[name])
        for name, values in search.ranges.items()
        if name not in SHAPE
    }


def _pairs(tried: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield every pair of values of two options, if names are among them."""
    for one, other in combinations(tried, 2):
        if any(isinstance(value, str | bool) for name in (one, other) for value in tried[name]):
            for values in product(tried[one], tried[other]):
                yield dict(zip((one, other), values, strict=True))
    for name, choices in tried.items():
        for choice in choices[1:-1]:
            yield {name: choice}
