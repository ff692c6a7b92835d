"""The searched values of one cell, at one level or at any, from a stored sweep file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seqmem.core.number_formats import number_range
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS
from seqmem.sweeps.config.search_section import NEW_SPACE
from seqmem.sweeps.search.lengths import SHORTEST_LENGTH

# What a table of a level replaces outside the section `search`, by section.
_ELSEWHERE = {"strings": ("tune",), "training": ("budget", "stop_on_memorized")}


def space_of(config: Mapping[str, Any], level: int, cell: str = "") -> dict[str, Any]:
    """Return the section `search` that holds for one cell at one level.

    Parameters
    ----------
    config : mapping
        A sweep file.
    level : int
        Level of the searches.
    cell : str, default ""
        A cell with its own ranges; empty for the ranges that all cells share.

    Examples
    --------
    >>> config = {"search": {"depth": 1, "levels": [{"level": 16, "depth": 2}]}}
    >>> space_of(config, 16)["depth"], space_of(config, 64)["depth"]
    (2, 1)
    """
    search = dict(config.get("search", {}))
    cells = search.get("cells", {})
    for box in search.get("levels", ()):
        if box.get("level") == level:
            search |= box
    search |= cells.get(cell, {})
    return search


def config_at_level(config: Mapping[str, Any], level: int) -> dict[str, Any]:
    """Return a stored sweep file as it holds at one level, without its tables of levels.

    Parameters
    ----------
    config : mapping
        A sweep file.
    level : int
        One of its levels.

    Examples
    --------
    >>> boxes = [{"level": 16, "depth": 2, "tune": 3}]
    >>> config_at_level({"search": {"depth": 1, "levels": boxes}}, 16)
    {'search': {'depth': 2}, 'strings': {'tune': 3}}
    """
    search = dict(config.get("search", {}))
    boxes = search.pop("levels", ())
    own = dict(next((box for box in boxes if box.get("level") == level), {}))
    own.pop("level", None)
    replaced: dict[str, Any] = {}
    for section, names in _ELSEWHERE.items():
        values = {name: own.pop(name) for name in names if name in own}
        if values:
            replaced[section] = {**config.get(section, {}), **values}
    return {**config, "search": search | own, **replaced}


def search_of_any_level(config: Mapping[str, Any], varying: Iterable[str] = ()) -> dict[str, Any]:
    """Return the section `search` without ranges of `length` that follow from the strings.

    In the new space the strings of each level give its range, so other levels have another one.
    It stands in the table of the level, or in the section itself if the sweep has one level.

    Parameters
    ----------
    config : mapping
        A sweep file.
    varying : iterable of str
        Further keys to leave out of the tables of levels. A table that is empty then is left out.

    Examples
    --------
    >>> length = {"low": 8, "high": 16, "powers_of_two": True}
    >>> one = {"strings": {"levels": [30]}, "search": {"space": 2, "length": length}}
    >>> boxes = [{"level": 30, "length": length}, {"level": 60, "searches": 8, "depth": 2}]
    >>> more = {"strings": {"levels": [30, 60]}, "search": {"space": 2, "levels": boxes}}
    >>> search_of_any_level(one), search_of_any_level(more, ["searches"])
    ({'space': 2, 'levels': []}, {'space': 2, 'levels': [{'level': 60, 'depth': 2}]})
    """
    search = dict(config.get("search", {}))
    boxes = [dict(box) for box in search.get("levels", ())]
    has_one_level = len(config.get("strings", {}).get("levels", ())) == 1
    if search.get("space") == NEW_SPACE:
        for section in [search, *boxes] if has_one_level else boxes:
            if _may_follow_from_strings(section.get("length")):
                section.pop("length")
    left_out = set(varying)
    kept = [{name: box[name] for name in box if name not in left_out} for box in boxes]
    return search | {"levels": [box for box in kept if box.keys() - {"level"}]}


def _may_follow_from_strings(length: Any) -> bool:
    return (
        isinstance(length, Mapping)
        and bool(length.get("powers_of_two"))
        and length.get("low") == SHORTEST_LENGTH
    )


def varied_options(space: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the searched options that have more than one value, in the order of the search.

    Parameters
    ----------
    space : mapping
        A section `search`, as `space_of` returns it.

    Examples
    --------
    >>> varied_options({"units": {"low": 8, "high": 8}, "batch": {"low": 8, "high": 64}})
    ('batch',)
    """
    return tuple(name for name in SEARCHED_FIELDS if _has_several(space.get(name)))


def box_words(space: Mapping[str, Any]) -> str:
    """Return the searched options that have more than one value, with their values.

    Parameters
    ----------
    space : mapping
        A section `search`, as `space_of` returns it.

    Examples
    --------
    >>> box_words({"depth": 1, "units": {"low": 8, "high": 64}, "batch": [16, 32]})
    'units 8 to 64, batch 16 or 32'
    """
    words = []
    for name in varied_options(space):
        values = space[name]
        if isinstance(values, Mapping) and "choices" not in values:
            text = number_range(values["low"], values["high"])
        else:
            choices = values["choices"] if isinstance(values, Mapping) else values
            text = " or ".join(map(str, choices))
        words.append(f"{name.replace('_', ' ')} {text}")
    return ", ".join(words)


def searched_options(config: Mapping[str, Any]) -> set[str]:
    """Return the options that a sweep file searches, for any of its cells and levels.

    Parameters
    ----------
    config : mapping
        A sweep file.

    Examples
    --------
    >>> config = {"search": {"depth": 1, "cells": {"lstm": {"forget_bias": 1.0}}}}
    >>> sorted(searched_options(config))
    ['depth', 'forget_bias']
    """
    search = config.get("search", {})
    boxes = [search, *search.get("cells", {}).values(), *search.get("levels", ())]
    return {name for box in boxes for name in SEARCHED_FIELDS if name in box}


def _has_several(values: Any) -> bool:
    if isinstance(values, Mapping):
        if "choices" in values:
            return len(values["choices"]) > 1
        return bool(values.get("low") != values.get("high"))
    return isinstance(values, list | tuple) and len(values) > 1
