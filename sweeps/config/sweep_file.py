"""Study files: TOML that describes one sweep, or several that share most of their settings."""

import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.errors import InputError, unknown
from seqmem.core.validation import validate
from seqmem.sweeps.config.sweep_config import SweepConfig

PRESETS_PACKAGE = "seqmem.sweeps.presets"
PARTS_KEY, PART_SEPARATOR = "parts", ":"


def load_config(name_or_path: str | Path, overrides: tuple[str, ...] = ()) -> SweepConfig:
    """Return the sweep that a preset or a study file describes.

    Parameters
    ----------
    name_or_path : str or Path
        A preset's name (``quick``) or the path of a TOML file; ``NAME:PART`` for one part of a file with parts.
    overrides : tuple of str
        ``section.key=value`` settings that replace the file's, values in TOML.

    Raises
    ------
    InputError
        One line with the key, what was given and what is valid.
    """
    opened = _open(str(name_or_path))
    if len(opened.parts) > 1:
        names = ", ".join(f"{name_or_path}{PART_SEPARATOR}{part}" for part in opened.parts)
        raise InputError(
            f"{opened.where} has {len(opened.parts)} parts, and one sweep is wanted; valid: {names}"
        )
    (config,) = _configs(opened, overrides)
    return config


def load_configs(name_or_path: str | Path, overrides: tuple[str, ...] = ()) -> list[SweepConfig]:
    """Return all sweeps that a preset or a study file describes: one, or one for each of its ``[[parts]]``.

    A part has a name and, by section, the settings in which it differs from the rest of the file. Its sweep is named
    after both: part ``k2`` of ``paper`` is the sweep ``paper-k2``.

    Raises
    ------
    InputError
        As `load_config`.
    """
    return _configs(_open(str(name_or_path)), overrides)


def preset_names() -> list[str]:
    """Return the names of the presets that ship with the package."""
    return sorted(file.name.removesuffix(".toml") for file in _preset_files())


def apply_setting(data: dict[str, Any], override: str) -> None:
    """Replace one setting of a study file's content by ``section.key=value``, the value in TOML.

    Raises
    ------
    InputError
        If it is not of that form, or the key is a value and not a section.
    """
    path, equals, value = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise InputError(
            f"--set {override!r} is not 'section.key=value'; example: search.trials=40"
        )
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    section = data
    for key in keys[:-1]:
        section = section.setdefault(key, {})
        if not isinstance(section, dict):
            raise InputError(f"--set {override!r}: {key!r} is a value, not a section")
    section[keys[-1]] = parsed


class _Opened(NamedTuple):
    """A study file: what to call it in an error, what all its sweeps share, and how each of them differs.

    A file without parts has one, without a name.
    """

    where: str
    shared: dict[str, Any]
    parts: dict[str, dict[str, Any]]


def _open(name: str) -> _Opened:
    text, where, wanted = _read(name)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not valid TOML: {error}") from None
    if "part" in data:
        raise InputError(f"{where}: unknown key 'part'; did you mean [[{PARTS_KEY}]]?")
    parts = _parts(data.pop(PARTS_KEY), where) if PARTS_KEY in data else {"": {}}
    if wanted is None:
        return _Opened(where, data, parts)
    if wanted not in parts:
        valid = [part for part in parts if part] or ["none, it has no parts"]
        raise InputError(f"{where}: {unknown('part', wanted, valid)}")
    return _Opened(where, data, {wanted: parts[wanted]})


def _parts(given: Any, where: str) -> dict[str, dict[str, Any]]:
    """Return the settings of each part by its name."""
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(part, dict) for part in given)
    ):
        raise InputError(f"{where}: parts must be tables [[parts]], each with a name")
    found: dict[str, dict[str, Any]] = {}
    for part in given:
        name = part.get("name")
        if not isinstance(name, str) or not name:
            raise InputError(f"{where}: a part without a name; every table [[parts]] needs one")
        if name in found:
            raise InputError(f"{where}: two parts are named {name!r}")
        found[name] = {key: value for key, value in part.items() if key != "name"}
    return found


def _configs(opened: _Opened, overrides: tuple[str, ...]) -> list[SweepConfig]:
    configs = [_config(opened, part, overrides) for part in opened.parts]
    names = [config.name for config in configs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"{opened.where}: two sweeps are named {name!r}; set the name of one part at a time, NAME:PART"
            )
    return configs


def _config(opened: _Opened, part: str, overrides: tuple[str, ...]) -> SweepConfig:
    data, where = deepcopy(opened.shared), opened.where
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
    """Return the text of a study file, what to call it in an error, and the part that the name asks for."""
    name, part = _part_of(name)
    for preset in _preset_files():
        if preset.name == f"{name}.toml":
            return preset.read_text(encoding="utf-8"), f"preset {name}", part
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise unknown("preset", name, [*preset_names(), "a path to a .toml file"])
    try:
        return path.read_text(encoding="utf-8"), name, part
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{name}: not a text file in UTF-8") from None


def _part_of(name: str) -> tuple[str, str | None]:
    """Split ``NAME:PART``; a file that is really named so is one."""
    before, colon, part = name.rpartition(PART_SEPARATOR)
    return (before, part) if colon and not Path(name).exists() else (name, None)


def _preset_files() -> list[Any]:
    return [file for file in files(PRESETS_PACKAGE).iterdir() if file.name.endswith(".toml")]
