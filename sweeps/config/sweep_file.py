"""Sweep files: TOML files for one sweep, or for several sweeps that share most settings."""

import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.argument_kinds import NAME_OR_PATH, SETTINGS
from seqmem.core.errors import InputError, unknown
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.structured_text import parse_toml, read_utf8
from seqmem.core.validation import validate
from seqmem.sweeps.config.sweep_config import SweepConfig

PRESETS_PACKAGE = "seqmem.sweeps.presets"
PARTS_KEY = "parts"
PART_SEPARATOR = ":"


@argument_kinds(name_or_path=NAME_OR_PATH, overrides=SETTINGS)
def load_config(name_or_path: str | Path, overrides: str | tuple[str, ...] = ()) -> SweepConfig:
    """Return the sweep that a preset or a sweep file describes.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a preset (``quick``) or path of a TOML file. ``NAME:PART`` selects one part of a
        file with parts.
    overrides : str or tuple of str
        One or several settings ``section.key=value`` that replace settings of the file. Values are
        in TOML.

    Returns
    -------
    SweepConfig
        The validated configuration.

    Raises
    ------
    InputError
        If the file cannot be read or a setting is not valid. The message is one line with the
        key, the given value and the valid values.

    Examples
    --------
    >>> load_config("smoke", ("search.searches=2",)).search.searches
    2
    """
    opened = _open(str(name_or_path))
    if len(opened.parts) > 1:
        names = ", ".join(f"{name_or_path}{PART_SEPARATOR}{part}" for part in opened.parts)
        raise InputError(
            f"{opened.where} has {len(opened.parts)} parts; choose one of them; valid: {names}"
        )
    (config,) = _configs(opened, overrides)
    return config


@argument_kinds(name_or_path=NAME_OR_PATH, overrides=SETTINGS)
def load_configs(
    name_or_path: str | Path, overrides: str | tuple[str, ...] = ()
) -> list[SweepConfig]:
    """Return all sweeps that a preset or a sweep file describes.

    A file with ``[[parts]]`` describes one sweep per part. A part has a name and, by section, the
    settings that replace those of the rest of the file. Its sweep is named after both: part
    ``k2`` of ``paper`` is the sweep ``paper-k2``.

    Parameters
    ----------
    name_or_path : str or Path
        As for `load_config`.
    overrides : str or tuple of str
        As for `load_config`; they apply to every sweep.

    Returns
    -------
    list of SweepConfig
        In the order of the file.

    Raises
    ------
    InputError
        As `load_config` does.

    Examples
    --------
    >>> [config.name for config in load_configs("smoke")]
    ['smoke']
    """
    return _configs(_open(str(name_or_path)), overrides)


def preset_names() -> list[str]:
    """Return the sorted names of the presets that the package contains.

    Returns
    -------
    list of str
        Names that `load_configs` accepts.

    Examples
    --------
    >>> "quick" in preset_names()
    True
    """
    return sorted(file.name.removesuffix(".toml") for file in _preset_files())


def apply_setting(data: dict[str, Any], override: str) -> None:
    """Replace one setting in the content of a sweep file.

    Parameters
    ----------
    data : dict
        Content of the file; changed in place.
    override : str
        ``section.key=value``, the value in TOML. A value that is not valid TOML is a string.

    Raises
    ------
    InputError
        If the text has another form, or the path leads through a value instead of a section.

    Examples
    --------
    >>> data = {"search": {"trials": 8}}
    >>> apply_setting(data, "search.trials=12")
    >>> data
    {'search': {'trials': 12}}
    """
    path, equals, value = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise InputError(
            f"--set {override!r} is not 'section.key=value'; example: search.trials=40"
        )
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        parsed = value.strip()
    section = data
    for key in keys[:-1]:
        section = section.setdefault(key, {})
        if not isinstance(section, dict):
            raise InputError(f"--set {override!r}: {key!r} is a value, not a section")
    section[keys[-1]] = parsed


class _Opened(NamedTuple):
    """The content of a sweep file.

    Parameters
    ----------
    where : str
        Name of the file in messages.
    shared : dict
        Settings that all sweeps of the file share.
    parts : dict of {str : dict}
        Settings of each part by its name. A file without parts has one part, named ``""``.
    """

    where: str
    shared: dict[str, Any]
    parts: dict[str, dict[str, Any]]


def _open(name: str) -> _Opened:
    text, where, requested = _read(name)
    data = parse_toml(text, where)
    if "part" in data:
        raise InputError(f"{where}: unknown key 'part'; did you mean [[{PARTS_KEY}]]?")
    parts = _parts(data.pop(PARTS_KEY), where) if PARTS_KEY in data else {"": {}}
    if requested is None:
        return _Opened(where, data, parts)
    if requested not in parts:
        if "" in parts:
            raise InputError(f"{where}: has no parts; leave out '{PART_SEPARATOR}{requested}'")
        raise InputError(f"{where}: {unknown('part', requested, parts)}")
    return _Opened(where, data, {requested: parts[requested]})


def _parts(given: Any, where: str) -> dict[str, dict[str, Any]]:
    """Return the settings of each part, by its name."""
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(part, dict) for part in given)
    ):
        raise InputError(f"{where}: parts must be tables [[parts]], each with a name")
    settings: dict[str, dict[str, Any]] = {}
    for part in given:
        name = part.get("name")
        if not isinstance(name, str) or not name:
            raise InputError(f"{where}: a part has no name; every table [[parts]] needs one")
        if name in settings:
            raise InputError(f"{where}: two parts are named {name!r}")
        settings[name] = {key: value for key, value in part.items() if key != "name"}
    return settings


def _configs(opened: _Opened, given: str | tuple[str, ...]) -> list[SweepConfig]:
    overrides = (given,) if isinstance(given, str) else tuple(given)
    configs = [_config(opened, part, overrides) for part in opened.parts]
    names = [config.name for config in configs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"{opened.where}: two sweeps are named {name!r}; "
                "set the name of one part at a time, NAME:PART"
            )
    return configs


def _config(opened: _Opened, part: str, overrides: tuple[str, ...]) -> SweepConfig:
    data = deepcopy(opened.shared)
    where = opened.where
    for key, value in opened.parts[part].items():
        section = data.get(key)
        data[key] = (
            section | value if isinstance(section, dict) and isinstance(value, dict) else value
        )
    if part:
        where = f"{where}, part {part}"
        if "name" in data:
            data["name"] = f"{data['name']}-{part}"
    for override in overrides:
        apply_setting(data, override)
    if overrides:
        where = f"{where} with --set {' --set '.join(overrides)}"
    return validate(SweepConfig, data, where)


def _read(name: str) -> tuple[str, str, str | None]:
    """Return the text of a sweep file, its name in messages, and the part that is requested."""
    name, part = _part_of(name)
    for preset in _preset_files():
        if preset.name == f"{name}.toml":
            return preset.read_text(encoding="utf-8"), f"preset {name}", part
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise unknown("preset", name, [*preset_names(), "a path to a .toml file"])
    return read_utf8(path, name), name, part


def _part_of(name: str) -> tuple[str, str | None]:
    """Split ``NAME:PART``, unless a file has exactly this name."""
    before, colon, part = name.rpartition(PART_SEPARATOR)
    return (before, part) if colon and not Path(name).exists() else (name, None)


def _preset_files() -> list[Any]:
    return [file for file in files(PRESETS_PACKAGE).iterdir() if file.name.endswith(".toml")]
