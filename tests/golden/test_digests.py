"""Digests of data, cost tables, sweeps and comparisons; names of the files of a sweep's folder."""

from pathlib import Path
from typing import Any

import pytest

from tests.golden.current import (
    DEFAULT,
    GUIDED,
    WIDE,
    Group,
    Plan,
    SweepFolder,
    digest,
    load_config,
    manifest,
    prepare,
    reference_table,
    search_keys,
    strings_of,
    whole_records,
)
from tests.golden.stored import golden, plain
from tests.golden.test_presets import key_paths
from tests.golden.test_strings import write_files

DATA: dict[str, dict[str, Any]] = {
    "text": {"path": "text.txt"},
    "lines": {"path": "text.txt", "by_line": True, "upper": True},
    "FASTA": {"path": "genome.fa"},
    "numbers": {"path": "series.csv", "column": "level"},
    "numbers by SAX": {
        "path": "series.csv",
        "column": "level",
        "bins_by": "gaussian",
        "segment": 2,
    },
    "strings of numbers": {"path": "series.csv", "column": "level", "cells": "symbols"},
}
LONG_DESIGN = " + ".join(
    f"paper-importance-{part}" for part in ("wide-lstm", "wide-gru", "again-lstm", "again-gru")
)
GROUPS = {
    "plain": Group("iid", 4, "lzw", "stream", "2 GF"),
    "with parameters": Group(
        "markov-1f0c9a", 2, "period", "window", "999 epochs", "paper-sources-markov"
    ),
    "of many sweeps": Group("iid", 4, "lzw", "stream", "0.03 cal-s", LONG_DESIGN),
}
PLANS = {
    "comparison": GUIDED,
    "paired comparison": WIDE,
    "comparison in a box of its level": DEFAULT,
}
ENVIRONMENT = {"engine": "torch", "instruction_set": "none"}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)


def values(folder: Path) -> Any:
    """Return all digests and names; data are written to the folder, which is entered meanwhile."""
    write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return {
            "data": {name: of_data(name) for name in DATA},
            "reference table": reference_table().hash,
            **{name: of_comparison(plan) for name, plan in PLANS.items()},
            "groups": {name: group.slug for name, group in GROUPS.items()},
            "files": files(),
            "manifest": of_manifest(),
        }


def of_data(name: str) -> Any:
    """Return the digest of the user's data, and the symbols or breakpoints."""
    return dict(whole_records(DATA[name])[0].mapping)


def of_comparison(plan: Plan) -> Any:
    """Return the sweep behind a comparison: its configuration, and the strings it deals."""
    prepared = prepare(
        Path("long.txt"),
        "40 steps",
        trials=4,
        seed=2,
        settings=["training.engine='torch'"],
        plan=plan,
    )
    config = prepared.config
    dealt = strings_of(config, config.strings.levels[0], 1)
    return {
        "config": config.to_dict(),
        "digest": digest("config", config.to_dict()),
        "searches": [key.name for key in search_keys(config)],
        "strings": {
            role: [string.string_id for string in strings] for role, strings in dealt.items()
        },
        "chance": [part.chance for part in prepared.complexity],
    }


def files() -> list[str]:
    """Return the names of the files that a sweep's folder may hold."""
    return sorted(
        path.name for path in vars(SweepFolder(Path("begun"))).values() if path.name != "begun"
    )


def of_manifest() -> Any:
    """Return the keys of a manifest, and its hashes."""
    config = load_config("quick", ("training.engine='torch'",)).resolved()
    content = manifest(config, ENVIRONMENT, 2, "optuna.db")
    hashes = {
        name: content[name]
        for name in ("configuration_hash", "cost_table_hash", "environments", "storage")
    }
    # Only a checkout of git has a revision.
    paths = {
        path.replace("git.dirty", "git").replace("git.revision", "git")
        for path in key_paths(content)
    }
    return {"keys": sorted(paths), "hashes": hashes}


@pytest.mark.parametrize("name", DATA)
def test_data_keep_their_digests(name: str) -> None:
    assert plain(of_data(name)) == golden("digests")["data"][name]


def test_the_reference_table_stays_the_same() -> None:
    assert reference_table().hash == golden("digests")["reference table"] == "87747268cf67af6e"


@pytest.mark.parametrize("name", PLANS)
def test_comparisons_stay_the_same_sweeps(name: str) -> None:
    assert plain(of_comparison(PLANS[name])) == golden("digests")[name]


@pytest.mark.parametrize("name", GROUPS)
def test_names_of_groups_in_files_stay_the_same(name: str) -> None:
    assert GROUPS[name].slug == golden("digests")["groups"][name]


def test_a_sweeps_files_keep_their_names() -> None:
    assert files() == golden("digests")["files"]


def test_a_manifest_keeps_its_keys_and_hashes() -> None:
    assert plain(of_manifest()) == golden("digests")["manifest"]
