"""Settings of runs as text, such as "depth=2 units=32": their columns, values and runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqmem.core.errors import LONGEST_VALUE, InputError, one_line, shorten
from seqmem.core.suggestions import did_you_mean
from seqmem.study.declaration import option_columns
from seqmem.study.environment_keys import environments_of
from seqmem.study.options import RunOptions

# Columns of strings and of searches, which no option of a run declares.
_OTHERS = (
    "cell depth units level source alphabet_size measure sweep seed repeat string_condition".split()
)
_ENVIRONMENT = "environment."
_SHOWN_VALUES = 8
_SHOWN_COLUMNS = 14
# `float` also reads digits of other alphabets, and underscores.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NEAREST = 3

Setting = dict[str, Any]


def with_derived_settings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return records with settings that no record holds by itself.

    These are `first_repeat` of the sweep and parts of the environment key (`environment.torch`).
    Failed runs get the settings that all other runs of their condition share.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        A copy with further columns, numbered from 0.

    Examples
    --------
    >>> columns = {"sweep": ["x", "x"], "repeat": [1, 2], "status": "memorized"}
    >>> with_derived_settings(pd.DataFrame(columns))["first_repeat"].tolist()
    [1, 1]
    """
    frame = frame.reset_index(drop=True).copy()
    derived: dict[str, pd.Series] = {}
    if "seed" not in frame:
        frame["seed"] = 0
    if "repeat" in frame:
        derived["first_repeat"] = frame.groupby("sweep")["repeat"].transform("min")
    if "environment_key" in frame:
        derived |= _environment_columns(frame["environment_key"])
    return _filled(frame.assign(**derived))


def setting_names(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a frame that are settings of runs, not their results.

    Parameters
    ----------
    frame : DataFrame
        Records, see `with_derived_settings`.

    Returns
    -------
    list of str
        Names in a fixed order.

    Examples
    --------
    >>> setting_names(pd.DataFrame({"depth": [1], "memorized": [True], "cell": ["gru"]}))
    ['cell', 'depth']
    """
    names = [*_OTHERS, *option_columns(RunOptions), "first_repeat", "environment_key"]
    parts = sorted(str(name) for name in frame if str(name).startswith(_ENVIRONMENT))
    return [name for name in dict.fromkeys([*names, *parts]) if name in frame]


def parse_setting(given: str | Mapping[str, Any], frame: pd.DataFrame, where: str) -> Setting:
    """Read a setting; its values get the types of their columns.

    Parameters
    ----------
    given : str or mapping
        Conditions as text, with blanks between them: "depth=2 units=32". Quotes hold a value
        together: "budget='2 GF'". The value `none` means that a run has none. Or a mapping of
        columns to values.
    frame : DataFrame
        Records, see `with_derived_settings`.
    where : str
        What holds the setting, for messages.

    Returns
    -------
    dict
        Values by column.

    Raises
    ------
    InputError
        A column or value is unknown, is a result, or is given twice.

    Examples
    --------
    >>> runs = pd.DataFrame({"depth": [1, 2], "cell": ["gru", "lstm"]})
    >>> parse_setting("depth=2 cell=gru", runs, "--a")
    {'depth': 2, 'cell': 'gru'}
    >>> parse_setting("dept=2", runs, "--a")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: --a: unknown column 'dept'; did you mean 'depth'? valid: cell, depth
    """  # noqa: E501
    valid = setting_names(frame)
    setting: Setting = {}
    for name, text in _conditions(given, where):
        if name not in valid:
            raise _unknown_column(name, frame, valid, where)
        if name in setting:
            raise InputError(f"{where}: {name} is given twice; give it once")
        setting[name] = _typed(name, text, frame[name], where)
    return setting


def setting_text(setting: Setting) -> str:
    """Return a setting as text.

    Examples
    --------
    >>> setting_text({"depth": 2, "learning_rate": 0.01, "forget_bias": None, "budget": "2 GF"})
    "depth=2 learning_rate=0.01 forget_bias=none budget='2 GF'"
    """
    return " ".join(f"{name}={shlex.quote(value_words(value))}" for name, value in setting.items())


def value_words(value: object) -> str:
    """Return the value of a setting as text.

    Examples
    --------
    >>> value_words(2.0), value_words(None), value_words(True), value_words("2 GF")
    ('2', 'none', 'true', '2 GF')
    """
    if value is None or value != value:
        return "none"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def has_value(values: pd.Series, value: Any) -> pd.Series:
    """Return which runs have a value of a setting.

    Blanks in texts do not count. Numbers may differ by a relative error of 1e-9.

    Parameters
    ----------
    values : Series, length n
    value : object
        The value; None for no value.

    Returns
    -------
    Series of bool, length n
        True where a run has the value.

    Examples
    --------
    >>> has_value(pd.Series(["2 GF", "8 GF"]), "2GF").tolist()
    [True, False]
    """
    if value is None:
        return values.isna()
    if isinstance(value, str):
        return values.map(_compact) == _compact(value)
    if isinstance(value, bool):
        return values.eq(value)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    return pd.Series(np.isclose(numbers, float(value), rtol=1e-9, atol=0.0), values.index)


def has_setting(frame: pd.DataFrame, setting: Setting) -> pd.Series:
    """Return which runs have every value of a setting, as a Series of bool."""
    mask = pd.Series(True, frame.index)
    for name, value in setting.items():
        mask &= has_value(frame[name], value)
    return mask


def _conditions(given: str | Mapping[str, Any], where: str) -> list[tuple[str, str]]:
    if isinstance(given, Mapping):
        return [(str(name), value_words(value)) for name, value in given.items()]
    if not isinstance(given, str):
        raise InputError(f"{where}: must be text such as 'depth=2', or a mapping")
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise InputError(f"{where} {given!r}: {one_line(error).lower()}") from None
    if not words:
        raise InputError(f"{where}: empty; give a setting such as 'depth=2'")
    pairs = [word.partition("=") for word in words]
    for word, (name, equals, text) in zip(words, pairs, strict=True):
        if not (name and equals and text):
            shown = shorten(one_line(word), LONGEST_VALUE)
            raise InputError(
                f"{where}: {shown!r} is no condition; write column=value, with blanks between "
                "conditions and quotes around a value with blanks"
            )
    return [(name, text) for name, _, text in pairs]


def _unknown_column(name: str, frame: pd.DataFrame, valid: list[str], where: str) -> InputError:
    shown = shorten(one_line(name), LONGEST_VALUE)
    if name in frame:
        return InputError(
            f"{where}: {shown!r} is a result or a place in the sweep, not a setting; give settings "
            "such as depth, cell, units or level"
        )
    near = did_you_mean(name, valid)
    more = ", …" if len(valid) > _SHOWN_COLUMNS else ""
    names = f"valid: {', '.join(valid[:_SHOWN_COLUMNS])}{more}"
    return InputError(f"{where}: unknown column {shown!r}; {near}{names}")


def _typed(name: str, text: str, values: pd.Series, where: str) -> Any:
    """Return a value of a column, of the type that the column has."""
    if text.lower() == "none" and values.isna().any():
        return None
    known = values.dropna()
    kind = pd.api.types.infer_dtype(known)
    value: Any = text
    if kind == "boolean":
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif known.map(lambda one: isinstance(one, int | float | np.number)).all() and len(known):
        value = _number(text)
    if value is not None and has_value(known, value).any():
        return value
    raise InputError(f"{where}: no run has {name} {shorten(one_line(text), LONGEST_VALUE)!r}; "
                     f"{_near_values(text, value, known)}")  # fmt: skip


def _number(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return int(value) if value.is_integer() else value


def _near_values(text: str, value: object, known: pd.Series) -> str:
    if known.empty:
        return "no run has a value of it"
    if isinstance(value, int | float) and not isinstance(value, bool):
        numbers = np.unique(known.to_numpy(dtype=float))
        nearest = sorted(numbers[np.argsort(np.abs(numbers - value))[:_NEAREST]])
        return f"nearest: {', '.join(value_words(number) for number in nearest)}"
    words = sorted({value_words(one) for one in known})
    more = ", …" if len(words) > _SHOWN_VALUES else ""
    return f"{did_you_mean(text, words)}valid: {', '.join(words[:_SHOWN_VALUES])}{more}"


def _compact(value: object) -> object:
    return "".join(value.split()) if isinstance(value, str) else value


def _environment_columns(keys: pd.Series) -> dict[str, pd.Series]:
    """Return the parts of environment keys as columns."""
    parts: dict[str, dict[str, str]] = {}
    for key in keys.dropna().unique():
        try:
            environments = environments_of(str(key))
        except InputError:
            continue
        for environment in environments:
            for name, value in environment.items():
                parts.setdefault(f"{_ENVIRONMENT}{name}", {})[key] = value
    return {name: keys.map(values) for name, values in parts.items()}


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Fill in, for failed runs, what all other runs of their condition share."""
    failed = frame["status"] == "failed"
    if not failed.any():
        return frame
    for name in setting_names(frame):
        if not frame.loc[failed, name].isna().any():
            continue
        groups = frame.groupby(["sweep", "condition"])[name]
        shared = groups.transform("first").where(groups.transform("nunique") == 1)
        frame[name] = frame[name].where(~failed | frame[name].notna(), shared)
    return frame
