"""Reading of JSON and TOML. Whatever is wrong with a text becomes one line that names it."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqmem.core.errors import InputError

# No file of a sweep comes near this. Deeper values would break functions that call themselves.
DEEPEST = 50


def parse_json(text: str | bytes, where: str) -> Any:
    """Return the value that a JSON text holds.

    Parameters
    ----------
    text : str or bytes
        The text; bytes are UTF-8.
    where : str
        Where the text comes from, for the message.

    Raises
    ------
    InputError
        If the text is not valid JSON, is nested too deeply, or has a number of too many digits.

    Examples
    --------
    >>> parse_json("[1, 2]", "levels")
    [1, 2]
    >>> parse_json("[" * 100_000, "levels")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: levels: not valid JSON: nested too deeply
    """
    return _parsed(json.loads, text, f"{where}: not valid JSON")


def parse_toml(text: str, where: str) -> dict[str, Any]:
    r"""Return the sections that a TOML text holds.

    Parameters
    ----------
    text : str
        The text.
    where : str
        Where the text comes from, for the message.

    Raises
    ------
    InputError
        If the text is not valid TOML, is nested too deeply, or has a number of too many digits.

    Examples
    --------
    >>> parse_toml("[search]\ntrials = 8", "my.toml")
    {'search': {'trials': 8}}
    """
    sections: dict[str, Any] = _parsed(tomllib.loads, text, f"{where}: not valid TOML")
    return sections


def read_utf8(path: Path | str, where: str | None = None) -> str:
    """Return the text in a file of UTF-8.

    Parameters
    ----------
    path : path
        The file.
    where : str, optional
        How messages call it. If absent, by its path.

    Raises
    ------
    InputError
        If the file cannot be read or is not UTF-8.
    """
    where = where or str(path)
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{where}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{where}: not a text file in UTF-8") from None


def parse_json_object(text: str | bytes, where: str) -> dict[str, Any]:
    """Return the names and values that a JSON text holds.

    Parameters
    ----------
    text, where : str
        As for `parse_json`.

    Raises
    ------
    InputError
        If the text is not a JSON object, or as `parse_json`.

    Examples
    --------
    >>> parse_json_object("[1]", "the key")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: the key: must hold a JSON object, got list
    """
    value = parse_json(text, where)
    if not isinstance(value, dict):
        raise InputError(f"{where}: must hold a JSON object, got {type(value).__name__}")
    return value


def _parsed(parser: Callable[[Any], Any], text: str | bytes, problem: str) -> Any:
    try:
        value = parser(text)
        if _is_too_deep(value):
            raise RecursionError
        return value
    except RecursionError:
        raise InputError(f"{problem}: nested too deeply") from None
    except ValueError as error:
        reason = "a number has too many digits" if "digits" in str(error) else str(error)
        raise InputError(f"{problem}: {reason}") from None


def _is_too_deep(value: Any) -> bool:
    """Return whether a value is nested deeper than `DEEPEST`, without calling itself."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for inner in level
            if isinstance(inner, dict | list)
            for item in (inner.values() if isinstance(inner, dict) else inner)
        ]
    return bool(level)
