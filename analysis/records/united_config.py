"""The sweep file of a sweep whose parts were run in several folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seqmem.analysis.records.search_spaces import config_at_level
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS

# The costs of further cells, which a sweep without such cells does not name.
COST_EXTENSION = "cost_extension_hash"
_OF_TRAINING = ("budget", "stop_on_memorized")


def united_config(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sweep file of a whole sweep from those of its parts.

    It has the levels, cells and plug-ins of all parts, and the largest numbers of searches and of
    confirmation strings. A level that the first part lacks gets a table with what holds there.

    Parameters
    ----------
    parts : sequence of mapping
        Sweep files that differ only in what parts of one sweep may differ in. The first one gives
        all other settings.

    Returns
    -------
    dict
        The sweep file; that of a part alone as it is.

    Examples
    --------
    >>> low, high = (
    ...     {"strings": {"levels": [level]}, "memorizer": {"cells": ["gru"]},
    ...      "search": {"searches": 2, "length": {"low": 8, "high": level}}}
    ...     for level in (16, 64)
    ... )
    >>> united = united_config([low, high])
    >>> united["strings"]["levels"], united["search"]["levels"]
    ([16, 64], [{'level': 64, 'length': {'low': 8, 'high': 64}}])
    """
    first, *others = map(dict, parts)
    if all(other == first for other in others):
        return first
    strings, memorizer, training, search = (
        dict(first.get(name, {})) for name in ("strings", "memorizer", "training", "search")
    )
    levels = _union(part.get("strings", {}).get("levels", ()) for part in parts)
    strings["levels"] = levels
    confirm = [part.get("strings", {}).get("confirm") for part in parts]
    if counts := [count for count in confirm if count is not None]:
        strings["confirm"] = max(counts)
    memorizer["cells"] = _union(part.get("memorizer", {}).get("cells", ()) for part in parts)
    if engine := _engine(parts, memorizer["cells"]):
        training["engine"] = engine
    extensions = [part.get("training", {}).get(COST_EXTENSION) for part in parts]
    if known := [extension for extension in extensions if extension is not None]:
        training[COST_EXTENSION] = known[0]
    cells = {cell: box for part in parts for cell, box in _search(part).get("cells", {}).items()}
    search |= {"cells": cells} if cells else {}
    united = {**first, "strings": strings, "memorizer": memorizer, "search": search}
    united |= {"training": training} if training else {}
    if plugins := {key: one for part in parts for key, one in part.get("plugins", {}).items()}:
        united["plugins"] = plugins
    tables = [_table(united, parts, level) for level in levels]
    search.pop("levels", None)
    if tables := [table for table in tables if table.keys() - {"level"}]:
        search["levels"] = tables
    return united


def _table(
    united: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], level: int
) -> dict[str, Any]:
    """Return the table of a level: in what it differs from the sections of the whole sweep."""
    having = [part for part in parts if level in part.get("strings", {}).get("levels", ())]
    own = config_at_level(having[0], level)
    searches = [_search(config_at_level(part, level)).get("searches") for part in having]
    counts = [count for count in searches if count is not None]
    table: dict[str, Any] = {"searches": max(counts)} if counts else {}
    table |= {name: own["search"][name] for name in SEARCHED_FIELDS if name in _search(own)}
    table |= {
        name: own["training"][name] for name in _OF_TRAINING if name in own.get("training", {})
    }
    table |= {"tune": own["strings"]["tune"]} if "tune" in own["strings"] else {}
    general = _search(united) | united.get("training", {}) | united["strings"]
    return {"level": level} | {
        name: value for name, value in table.items() if general.get(name) != value
    }


def _search(config: Mapping[str, Any]) -> dict[str, Any]:
    return dict(config.get("search", {}))


def _engine(parts: Sequence[Mapping[str, Any]], cells: Sequence[str]) -> Any:
    """Return the engine of all cells, or a table of engines by cell."""
    engines: dict[str, Any] = {}
    for part in parts:
        given = part.get("training", {}).get("engine")
        for cell in part.get("memorizer", {}).get("cells", ()):
            engines.setdefault(cell, given.get(cell) if isinstance(given, dict) else given)
    names = {engines.get(cell) for cell in cells}
    return names.pop() if len(names) == 1 else engines


def _union(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list(dict.fromkeys(entry for one in lists for entry in one))
