"""Records of several folders as one frame: parts of one sweep united, other sweeps kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.records.search_spaces import config_at_level, search_of_any_level
from seqmem.analysis.records.united_config import COST_EXTENSION, united_config
from seqmem.core.errors import InputError, shorten
from seqmem.core.number_formats import counted
from seqmem.study.environment_keys import environment_difference
from seqmem.sweeps.config.differences import Difference, differences
from seqmem.sweeps.storage.courses import holds_seconds

FOLDER = "folder"
# What tells one run of a sweep from another.
PLACE = ["sweep", "condition", "search", "role", "trial", "replicate", "repeat"]
# Settings in which the parts of one sweep may differ: no search has runs in two of them, or one
# part holds more confirmation strings of the same winner.
_OF_PARTS = {"strings.levels", "strings.confirm", "memorizer.cells", "search.searches"}
# Settings in which a larger sweep also differs from the smaller one. Its searches may have other
# winners, so both together are no sweep.
_OF_LARGER = {
    "search.finalists",
    "search.trials",
    "strings.select",
    "strings.tune",
    "training.repeats",
}
# They say where a record was read, or compare it with the other records of its storage.
_NOT_OF_A_RUN = {FOLDER, "environment_changed"}
_LONGEST_CHANGES = 80


class Part(NamedTuple):
    """The records of one folder, and the files that describe them.

    Attributes
    ----------
    folder : Path
        The folder, as it was given, or where else the records are.
    frame : DataFrame
        Its records.
    config : dict
        Its resolved sweep file; empty if it has none.
    manifest : dict
        Its manifest; empty if it has none.
    """

    folder: Path
    frame: pd.DataFrame
    config: dict[str, Any]
    manifest: dict[str, Any]


class Joined(NamedTuple):
    """The records of several folders together.

    Attributes
    ----------
    frame : DataFrame
        One row per run, in the order of the folders. The column `folder` names the folder of each.
    parts : dict of str to Part
        What describes each sweep, by the sweep's name in the frame. Of several parts of one sweep
        it is the one with most records, and the sweep file of all of them together.
    """

    frame: pd.DataFrame
    parts: dict[str, Part]


def join_parts(parts: Sequence[Part], notes: list[str]) -> Joined:
    """Join the records of several folders.

    Folders that hold parts of one sweep are united: other levels, cells or searches, the shards of
    a sweep, or more confirmation strings. A run that is in two of them is counted once. Different
    sweeps of one name are kept apart: the name of each gets its folder, such as `my (a)`.

    Parameters
    ----------
    parts : sequence of Part
        The folders.
    notes : list of str
        Gets a line for every difference in environments or versions.

    Returns
    -------
    Joined
        The records, and the description of each sweep.

    Raises
    ------
    InputError
        If a run of two folders has different records, or a folder holds a smaller version of the
        sweep in another.
    """
    notes += _environment_notes(parts)
    pieces: dict[str, list[Part]] = {}
    for part in parts:
        frame = part.frame.assign(**{FOLDER: part.folder.as_posix()})
        for sweep, rows in frame.groupby(frame["sweep"].astype(str), sort=True):
            pieces.setdefault(str(sweep), []).append(part._replace(frame=rows))
    described: dict[str, Part] = {}
    frames = []
    for name, found in pieces.items():
        sweeps = _sweeps_of(found)
        names = _unique_names(name, [sweep[0].folder for sweep in sweeps])
        for unique, sweep in zip(names, sweeps, strict=True):
            frames.append(_united(sweep).assign(sweep=unique))
            described[unique] = _description(sweep)
    return Joined(pd.concat(frames, ignore_index=True), described)


def _description(parts: Sequence[Part]) -> Part:
    """Return the largest part of a sweep, with the sweep file of the whole."""
    ordered = sorted(parts, key=lambda part: -len(part.frame))
    configs = [part.config for part in ordered if part.config]
    return ordered[0]._replace(config=united_config(configs) if configs else {})


def _unique_names(name: str, folders: Sequence[Path]) -> list[str]:
    """Return a name for each of several sweeps that have one name.

    Examples
    --------
    >>> _unique_names("my", [Path("runs/a")]), _unique_names("my", [Path("runs/a"), Path("runs/b")])
    (['my'], ['my (a)', 'my (b)'])
    """
    if len(folders) == 1:
        return [name]
    labels = [folder.name for folder in folders]
    if len(set(labels)) < len(labels):
        labels = [folder.as_posix() for folder in folders]
    return [f"{name} ({label})" for label in labels]


def _sweeps_of(parts: Iterable[Part]) -> list[list[Part]]:
    """Return the parts of one name, those of each sweep together.

    Raises
    ------
    InputError
        If a part is a smaller version of another.
    """
    sweeps: list[list[Part]] = []
    for part in parts:
        for sweep in sweeps:
            changed = _changed(sweep[0].config, part.config)
            if not changed:
                sweep.append(part)
                break
            if {change.name for change in changed} <= _OF_LARGER:
                shown = shorten(", ".join(map(str, changed)), _LONGEST_CHANGES)
                raise InputError(
                    f"'{sweep[0].folder}' and '{part.folder}' hold a smaller and a larger version "
                    f"of one sweep ({shown}); give only the larger"
                )
        else:
            sweeps.append([part])
    return sweeps


def are_of_one_sweep(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Return whether two sweep files are of one sweep: parts, or a smaller and a larger version.

    Parameters
    ----------
    first, second : mapping
        Resolved sweep files.

    Examples
    --------
    >>> small, large = ({"name": "one", "search": {"trials": trials}} for trials in (8, 16))
    >>> are_of_one_sweep(small, large), are_of_one_sweep(small, {"name": "two"})
    (True, False)
    """
    return {change.name for change in _changed(first, second)} <= _OF_LARGER


def _changed(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Return the settings by which two folders hold two sweeps; none if a sweep file is absent."""
    if not first or not second:
        return []
    pairs = [
        [_of_common_cells(config, first, second) for config in pair]
        for pair in _by_level(first, second)
    ]
    found = {change.name: change for pair in pairs for change in differences(*pair)}
    return [change for name, change in sorted(found.items()) if name not in _OF_PARTS]


def _by_level(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return both configurations as they hold at each common level; one pair if there is none."""
    levels = _in_both("strings", "levels", first, second)
    if levels:
        return [(config_at_level(first, one), config_at_level(second, one)) for one in levels]
    one, other = (
        {**config, "search": search_of_any_level(config) | {"levels": []}}
        for config in (first, second)
    )
    return [(one, other)]


def _of_common_cells(
    config: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a configuration without what concerns only cells of one of two sweeps."""
    cells = _in_both("memorizer", "cells", first, second)
    training, search = (dict(config.get(name, {})) for name in ("training", "search"))
    engine = training.get("engine")
    training["engine"] = {
        cell: engine.get(cell) if isinstance(engine, dict) else engine for cell in cells
    }
    if any(one.get("training", {}).get(COST_EXTENSION) is None for one in (first, second)):
        training.pop(COST_EXTENSION, None)
    search["cells"] = {cell: search.get("cells", {}).get(cell, {}) for cell in cells}
    plugins = {
        name: version
        for name, version in config.get("plugins", {}).items()
        if all(name in one.get("plugins", {}) for one in (first, second))
    }
    return {**config, "training": training, "search": search, "plugins": plugins}


def _in_both(
    section: str, name: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> list[Any]:
    """Return the entries of a list that two configurations share."""
    lists = [one.get(section, {}).get(name, []) for one in (first, second)]
    return [entry for entry in lists[0] if entry in lists[1]]


def _united(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the records of the parts of one sweep, a run that several hold only once."""
    if len(parts) == 1:
        return parts[0].frame
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    again = frame.duplicated(PLACE)
    if again.any():
        first = frame[~again].set_index(PLACE)
        repeated = frame[again].set_index(PLACE)
        _refuse_other_records(first.loc[repeated.index], repeated)
    return frame[~again]


def _refuse_other_records(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Raise `InputError` if the rows of two frames differ, apart from measured seconds."""
    names = [name for name in first if name not in _NOT_OF_A_RUN and not holds_seconds(str(name))]
    for name in sorted(names, key=lambda name: name != "environment_key"):
        different = _differ(first[name], second[name])
        if not different.any():
            continue
        row = int(different.argmax())
        before, after = first.iloc[row], second.iloc[row]
        what = f"{name} {shorten(str(before[name]), 30)} and {shorten(str(after[name]), 30)}"
        if name == "environment_key":
            what = f"environments: {_difference([before[name]], [after[name]])}"
        place = "/".join(str(value) for value in second.index[row][1:])
        raise InputError(
            f"'{before[FOLDER]}' and '{after[FOLDER]}' hold different records of the run {place} "
            f"({what}); give one of the folders"
        )


def _differ(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Return which values of two columns differ, shape (n,). Missing values are equal."""
    one, other = first.to_numpy(), second.to_numpy()
    if one.dtype != object and other.dtype != object:
        return np.asarray((one != other) & ~(pd.isna(one) & pd.isna(other)))
    return np.array([_plain(a) != _plain(b) for a, b in zip(one, other, strict=True)])


def _plain(value: Any) -> Any:
    """Return a value that equals an equal one, also if it is a list or missing."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | np.ndarray):
        return [_plain(item) for item in value]
    return None if pd.isna(value) else value


def _environment_notes(parts: Sequence[Part]) -> list[str]:
    """Return a line for each two neighbours of different environments or versions."""
    notes = []
    for one, other in pairwise(parts):
        changes = _difference(*(_environments(part.frame) for part in (one, other)))
        before, after = (_version(part.manifest) for part in (one, other))
        if before and after and before != after:
            changes = ", ".join(filter(None, (changes, f"seqmem {before} -> {after}")))
        if changes:
            notes.append(f"'{one.folder}' and '{other.folder}' differ in environment: {changes}")
    return notes


def _environments(frame: pd.DataFrame) -> list[str]:
    return sorted(frame["environment_key"].dropna().astype(str).unique())


def _version(manifest: Mapping[str, Any]) -> str:
    versions = manifest.get("versions")
    return str(versions.get("seqmem", "")) if isinstance(versions, dict) else ""


def _difference(theirs: Sequence[Any], ours: Sequence[Any]) -> str:
    """Return the difference of two lists of environment keys in words; empty if there is none."""
    if list(theirs) == list(ours) or not theirs or not ours:
        return ""
    with suppress(InputError):
        keys = (f"[{', '.join(map(str, keys))}]" for keys in (theirs, ours))
        return ", ".join(environment_difference(*keys))
    return f"{counted(len({*theirs, *ours}), 'environment key')}"
