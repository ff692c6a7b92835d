"""The settings in which two configurations of a sweep differ."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """A setting that differs between two configurations.

    Attributes
    ----------
    name : str
        ``section.key``.
    before, after : str or None
        Both values in JSON; None if the setting is absent.
    """

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return the setting with both values."""
        return f"{self.name}: {self.before} -> {self.after}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return the settings in which two configurations differ, sorted by name.

    Parameters
    ----------
    before, after : mapping
        Configurations as plain values, with sections as mappings.

    Examples
    --------
    >>> [str(one) for one in differences({"search": {"trials": 4}}, {"search": {"trials": 8}})]
    ['search.trials: 4 -> 8']
    """
    old = flatten(before)
    new = flatten(after)
    return [
        Difference(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the values of all sections as JSON, by ``section.key``.

    Examples
    --------
    >>> flatten({"name": "quick", "search": {"trials": 8}})
    {'name': '"quick"', 'search.trials': '8'}
    """
    flat: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = json.dumps(value, default=str)
    return flat
