"""What else differs between two settings: columns of the records and keys of the sweep files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqmem.analysis.records.search_pairs import Layout
from seqmem.analysis.records.search_spaces import space_of
from seqmem.analysis.records.settings import setting_names, value_words
from seqmem.analysis.records.sides import Side, Sides

Configs = Mapping[str, Mapping[str, Any]]

_SECTIONS = ("strings", "memorizer", "training", "search")
# What the records or the pairing show, and what only tells how fast a sweep runs.
_SKIPPED = {
    *("strings.levels", "strings.source", "strings.parameters", "memorizer.cells"),
    *("search.searches", "search.cells", "search.levels", "search.level"),
    *("training.probes", "training.repeats"),
}
FIRST_REPEAT = "training.first_repeat"
_DEFAULTS = {"search.sampler": "tpe", FIRST_REPEAT: 0}
_MOST_VALUES = 3


def confounded_settings(sides: Sides, layout: Layout, configs: Configs) -> list[str]:
    """Return every setting, other than the contrasted ones, that differs between the sides.

    Parameters
    ----------
    sides : Sides
        The sides.
    layout : Layout
        Their layout.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    list of str
        Texts such as "batch (8 against 32)". Of settings that are searched, the ranges are
        compared.
    """
    texts = []
    for name in layout.confounded:
        first, second = sides.values("source_label" if name == "source" else name)
        texts.append(f"{name} ({_words(first)} against {_words(second)})")
    columns = {*setting_names(sides.a.runs)} - {"first_repeat"}
    own = [_file_settings(side, configs) for side in sides.both]
    for key in sorted(set(own[0]) | set(own[1])):
        section, _, name = key.partition(".")
        is_column = section != "search" and name in columns
        if key in _SKIPPED or name in sides.contrasted or is_column:
            continue
        default = {value_words(_DEFAULTS.get(key))}
        first, second = (side.get(key, default) for side in own)
        if first != second and name not in layout.confounded:
            texts.append(f"{key} ({_words(first)} against {_words(second)})")
    return texts


def search_boxes(side: Side, configs: Configs) -> str:
    """Return the ranges that the searches of a side had, in words; empty without a sweep file.

    Parameters
    ----------
    side : Side
        A side.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    str
        Text such as "depth 1, units 8 to 64".
    """
    settings = _file_settings(side, configs)
    ranges = {
        key.removeprefix("search."): _words(values)
        for key, values in settings.items()
        if key in _range_keys(side, configs)
    }
    return ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in ranges.items())


def _range_keys(side: Side, configs: Configs) -> set[str]:
    keys = set()
    for sweep in side.runs["sweep"].astype(str).unique():
        search = configs.get(sweep, {}).get("search", {})
        keys |= {f"search.{name}" for name, value in search.items() if _is_range(value)}
    return keys


def _file_settings(side: Side, configs: Configs) -> dict[str, set[str]]:
    """Return the values of each key over the sweep files and cells of a side."""
    values: dict[str, set[str]] = {}
    places = side.runs[["sweep", "level", "cell"]].dropna().drop_duplicates()
    for sweep, level, cell in places.itertuples(index=False, name=None):
        for key, value in _flat(configs.get(str(sweep), {}), int(level), str(cell)):
            values.setdefault(key, set()).add(value)
    return values


def _flat(config: Mapping[str, Any], level: int, cell: str) -> Iterator[tuple[str, str]]:
    for section in _SECTIONS:
        tree = config.get(section, {})
        if section == "search":
            tree = space_of(config, level, cell)
        for name, value in tree.items():
            yield f"{section}.{name}", _range_words(value) if _is_range(value) else str(value)


def _is_range(value: object) -> bool:
    return isinstance(value, Mapping) and {"low", "high"} <= value.keys()


def _range_words(value: Mapping[str, Any]) -> str:
    low, high = value["low"], value["high"]
    if low == high:
        return value_words(low)
    log = " (log)" if value.get("log") else ""
    return f"{value_words(low)} to {value_words(high)}{log}"


def _words(values: set[Any]) -> str:
    words = sorted(value if isinstance(value, str) else value_words(value) for value in values)
    return "/".join(words[:_MOST_VALUES]) + ("/…" if len(words) > _MOST_VALUES else "")
