"""The two sides of a contrast: the runs of two settings, and whether they may be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.records.groups import source_labels
from seqmem.analysis.records.settings import (
    Setting,
    has_setting,
    has_value,
    parse_setting,
    setting_names,
    setting_text,
    value_words,
    with_derived_settings,
)
from seqmem.core.errors import LONGEST_VALUE, InputError, shorten
from seqmem.core.number_formats import counted
from seqmem.study.budget import TIME_UNITS
from seqmem.study.environment_keys import environments_of

# One search of one condition.
SEARCH = ["sweep", "condition", "search"]
# Columns that place a run rather than describe its setting.
PLACES = ("sweep", "string_condition", "seed", "repeat", "first_repeat")
# What another value of a column also changes, so that contrasting one contrasts the other.
_SAME_AS = {
    "budget_amount": "budget",
    "budget_unit": "budget",
    "string_condition": "level",
    "engine": "environment_key",
}
_GUARDED = "budget protocol measure level checkpoints_per_octave environment_key".split()
_MOST_NAMED = 4


@dataclass(frozen=True)
class Side:
    """The runs of one setting.

    Attributes
    ----------
    name : str
        "a" or "b".
    setting : dict
        Values by column.
    runs : DataFrame
        Runs of all roles that have the setting.
    searched : tuple of str
        Columns of the setting that vary among the points of its searches.
    """

    name: str
    setting: Setting
    runs: pd.DataFrame
    searched: tuple[str, ...]

    @cached_property
    def finished(self) -> pd.DataFrame:
        """Runs that did not fail."""
        return self.runs[self.runs["status"] != "failed"]


@dataclass(frozen=True)
class Sides:
    """Two settings with their runs.

    Attributes
    ----------
    a, b : Side
        The sides.
    contrasted : tuple of str
        Columns in which the settings differ.
    """

    a: Side
    b: Side
    contrasted: tuple[str, ...]

    @property
    def both(self) -> tuple[Side, Side]:
        """Both sides."""
        return self.a, self.b

    @property
    def searched(self) -> tuple[str, ...]:
        """Columns of either setting that vary among the points of searches."""
        return tuple(dict.fromkeys([*self.a.searched, *self.b.searched]))

    @cached_property
    def fixed(self) -> list[str]:
        """Settings, other than contrasted ones, that are the same for all points of a search."""
        varying: set[str] = set()
        names = [name for name in setting_names(self.a.runs) if name not in self.contrasted]
        for side in self.both:
            tried = side.finished[side.finished["role"] == "tune"]
            several = tried.groupby(SEARCH)[names].nunique(dropna=False).max() > 1
            varying |= set(several.index[several])
        return [name for name in names if name not in varying]

    def values(self, name: str) -> tuple[set[Any], set[Any]]:
        """Return the distinct values of a column on both sides; None for a missing value."""
        first, second = (
            {None if value != value else value for value in side.finished[name].unique()}
            for side in self.both
        )
        return first, second

    def contrasts(self, name: str) -> bool:
        """Return whether a column, or one that it goes with, is contrasted.

        Of columns that must be equal otherwise, both sides must give a value.
        """
        both = {
            column
            for column in self.contrasted
            if column in self.a.setting and column in self.b.setting
        }
        chosen = both if name in _GUARDED else set(self.contrasted)
        return name in chosen | {_SAME_AS.get(column, column) for column in both}


def find_sides(
    frame: pd.DataFrame, a: str | Mapping[str, Any], b: str | Mapping[str, Any]
) -> Sides:
    """Return the runs of two settings.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them. Runs whose context is too short for their string
        are left out.
    a, b : str or mapping
        The settings, see `seqmem.analysis.records.settings.parse_setting`.

    Returns
    -------
    Sides
        The runs. Rows are numbered alike on both sides.

    Raises
    ------
    InputError
        The settings are equal, are unknown, select no runs or share runs, or the sides differ in
        something that must be equal.

    Examples
    --------
    >>> find_sides(frame, a="depth=2", b="depth=1").contrasted  # doctest: +SKIP
    ('depth',)
    """
    frame = with_derived_settings(frame)
    if "context_too_short" in frame:
        frame = frame[~frame["context_too_short"].eq(True)].reset_index(drop=True)
    # A missing seed must be equal to a missing seed.
    frame = frame.assign(source_label=source_labels(frame), seed=frame["seed"].fillna(-1))
    settings = [parse_setting(given, frame, name) for name, given in (("a", a), ("b", b))]
    contrasted = tuple(
        name
        for name in dict.fromkeys([*settings[0], *settings[1]])
        if not all(name in one for one in settings) or settings[0][name] != settings[1][name]
    )
    if not contrasted:
        raise InputError(
            f"a and b are the same setting, {_short_text(settings[0])}; give two different ones"
        )
    sides = Sides(_side("a", settings[0], frame), _side("b", settings[1], frame), contrasted)
    _check_separate(sides)
    for name in _GUARDED:
        if name in frame and not sides.contrasts(name):
            _check_equal(sides, name)
    return sides


def _side(name: str, setting: Setting, frame: pd.DataFrame) -> Side:
    runs = frame[has_setting(frame, setting)]
    if runs.empty:
        raise _no_runs(name, setting, frame)
    if (runs["status"] == "failed").all():
        raise InputError(
            f"{name}: all {counted(len(runs), 'run')} of {_short_text(setting)} failed"
        )
    searched = []
    tried = frame[(frame["role"] == "tune") & (frame["status"] != "failed")]
    tried = tried.merge(runs[SEARCH].drop_duplicates(), on=SEARCH)
    for column in setting:
        if column not in PLACES and (tried.groupby(SEARCH)[column].nunique(dropna=False) > 1).any():
            searched.append(column)
    return Side(name, setting, runs, tuple(searched))


def _no_runs(name: str, setting: Setting, frame: pd.DataFrame) -> InputError:
    """Name the first condition that leaves no run, and the values that the others leave."""
    left = frame
    for column, value in setting.items():
        chosen = has_value(left[column], value)
        if not chosen.any():
            values = sorted({value_words(one) for one in left[column].unique()})
            more = ", …" if len(values) > _MOST_NAMED else ""
            others = {key: given for key, given in setting.items() if key != column}
            return InputError(
                f"{name}: no run has {_short_text(setting)}; with the conditions before it, "
                f"{column} is {', '.join(values[:_MOST_NAMED])}{more}"
                if others
                else f"{name}: no run has {_short_text(setting)}"
            )
        left = left[chosen]
    return InputError(f"{name}: no run has {_short_text(setting)}")


def _check_separate(sides: Sides) -> None:
    shared = sides.a.runs.index.intersection(sides.b.runs.index)
    if len(shared):
        raise InputError(
            f"{counted(len(shared), 'run')} have both a ({_short_text(sides.a.setting)}) and b "
            f"({_short_text(sides.b.setting)}); give the column that differs a value in both"
        )
    same = set(sides.a.runs["run_id"].dropna()) & set(sides.b.runs["run_id"].dropna())
    if same:
        raise InputError(
            f"a and b share {counted(len(same), 'run')} (equal run_id), so a run would be compared "
            "with itself; run one of the sweeps again with another training.first_repeat or seed"
        )


def _check_equal(sides: Sides, name: str) -> None:
    first, second = sides.values(name)
    if first == second:
        return
    if name == "environment_key":
        _check_environments(sides, first, second)
        return
    remedy = f"give {name} the same value in a and b, or contrast it by a value in each"
    raise InputError(f"a has {name} {_listed(first)}, b has {_listed(second)}; {remedy}")


def _check_environments(sides: Sides, first: set[Any], second: set[Any]) -> None:
    """Raise `InputError` unless the environments differ only by engines that contrasted cells need.

    Cells of different engines can be compared unless the budget is a time.
    """
    if any(column.startswith("environment.") for column in sides.contrasted):
        return
    differing = _environment_difference(first, second)
    engines = ["/".join(sorted(map(str, one))) for one in sides.values("engine")]
    if not differing and "cell" in sides.contrasted and engines[0] != engines[1]:
        timed = sorted(set().union(*sides.values("budget_unit")) & set(TIME_UNITS))
        if not timed:
            return
        differing = f"a budget in {timed[0]} would compare engines ({' with '.join(engines)})"
        raise InputError(f"{differing}; run both in a budget of Gw or steps")
    raise InputError(
        f"a and b were run in different environments ({differing or 'engine'}); run one again, or "
        "contrast the difference, such as environment.torch=…, in a and b"
    )


def _environment_difference(first: set[Any], second: set[Any]) -> str:
    """Return a part in which environments of one engine differ, or packages of two engines."""
    try:
        sides = [
            [part for key in sorted(map(str, keys)) for part in environments_of(key)]
            for keys in (first, second)
        ]
    except InputError:
        return "environment_key"
    engines = [{part.get("engine") for part in side} for side in sides]
    shared = engines[0] & engines[1]
    if shared:
        sides = [[part for part in side if part.get("engine") in shared] for side in sides]
        names = sorted({name for side in sides for part in side for name in part})
    else:
        names = ["numpy", "optuna", "scipy", "torch"]
    for name in names:
        values = [sorted({str(part.get(name)) for part in side}) for side in sides]
        if values[0] != values[1]:
            return f"{name} {'/'.join(values[0])} and {'/'.join(values[1])}"
    return ""


def _listed(values: Sequence[Any] | set[Any]) -> str:
    words = [value_words(value) for value in sorted(values, key=_order)]
    return ", ".join(words[:_MOST_NAMED]) + (", …" if len(words) > _MOST_NAMED else "")


def _order(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float | np.number)
    return not is_number, float(value) if is_number else 0.0, str(value)


def _short_text(setting: Setting) -> str:
    return shorten(setting_text(setting), LONGEST_VALUE)
