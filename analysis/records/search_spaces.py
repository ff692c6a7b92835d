"""The searched values of one cell at one level, from a stored sweep file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqmem.sweeps.config.boxes import SEARCHED_FIELDS


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
