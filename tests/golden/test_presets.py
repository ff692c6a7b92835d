"""Every shipped sweep: its resolved configuration, and the names of its conditions and searches."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.current import (
    UNITS_GRID,
    SweepConfig,
    digest,
    load_configs,
    preset_names,
    search_keys,
)
from tests.golden.stored import golden, plain

# The engine is named, since ``auto`` depends on the machine.
TORCH = ("training.engine='torch'",)
PRESETS = (
    "paper-capacity",
    "paper-complexity",
    "paper-controls",
    "paper-curves",
    "paper-depth",
    "paper-gradients",
    "paper-importance",
    "paper-pilot",
    "paper-pilot-further",
    "paper-protocol",
    "paper-sources",
    "published",
    "quick",
    "smoke",
)


def values(folder: Path) -> Any:
    """Return what is stored of every preset."""
    return {"units": UNITS_GRID, "presets": {name: of_preset(name) for name in PRESETS}}


def of_preset(name: str) -> Any:
    """Return the key paths of a preset's resolved sweeps, and a digest and names of each sweep."""
    resolved = [config.resolved() for config in load_configs(name, TORCH)]
    paths = {path for config in resolved for path in key_paths(config.to_dict())}
    return {
        "keys": sorted(paths),
        "as shipped": digest_of("".join(config.to_toml() for config in load_configs(name))),
        "sweeps": {config.name: of_sweep(config) for config in resolved},
    }


def of_sweep(config: SweepConfig) -> Any:
    """Return digests of a sweep, its levels, and the names of its conditions and searches."""
    keys = list(search_keys(config))
    conditions = list(dict.fromkeys(key.condition.condition for key in keys))
    return {
        "toml": digest_of(config.to_toml()),
        "configuration": digest("config", config.to_dict()),
        "levels": config.strings.levels,
        "strings": keys[0].condition.string_condition,
        "conditions": [
            conditions[0],
            conditions[-1],
            len(conditions),
            digest_of("\n".join(conditions)),
        ],
        "searches": [
            keys[0].name,
            keys[-1].name,
            len(keys),
            digest_of("\n".join(key.name for key in keys)),
        ],
    }


def key_paths(content: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted keys of a configuration."""
    for key, value in content.items():
        if isinstance(value, dict) and value:
            yield from key_paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def digest_of(text: str) -> str:
    """Return a short digest of a text, which does not lean on the project's own."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_no_preset_is_lost() -> None:
    assert set(PRESETS) <= set(preset_names())


@pytest.mark.parametrize("name", PRESETS)
def test_presets_stay_the_same_sweeps(name: str) -> None:
    preset = plain(of_preset(name))
    kept = golden("presets")["presets"][name]
    assert preset["keys"] == kept["keys"]
    assert preset == kept


def test_the_grid_of_units_stays_the_same() -> None:
    assert list(UNITS_GRID) == golden("presets")["units"]
