"""A paired design: equal points and strings, and repeats that count from a number."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import SearchPlan
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest
from seqmem.sweeps.storage.storage import SweepStorage

SOBOL = ("search.sampler='sobol'", "search.trials=8")
SECOND_ARM = "training.first_repeat=1"


def points_of(config: SweepConfig) -> dict[tuple[str, int, int], list[dict[str, Any]]]:
    """Return the options of every point, by cell, level and search."""
    return {
        (key.condition.cell, key.condition.level, key.search): [
            decode(config.search, point) for point in suggest(config, key, 0, [])
        ]
        for key in search_keys(config)
    }


def test_depths_that_are_fixed_per_sweep_have_the_same_points() -> None:
    by_depth = [
        points_of(
            sweeps.load_config("smoke", (*SOBOL, f"search.depth={{ low = {d}, high = {d} }}"))
        )
        for d in (1, 2, 4)
    ]
    for key, points in by_depth[0].items():
        for depth, others in zip((1, 2, 4), by_depth, strict=True):
            assert others[key] == [point | {"depth": depth} for point in points]


def test_each_search_has_its_own_scramble_that_the_cells_share() -> None:
    points = points_of(sweeps.load_config("smoke", (*SOBOL, "search.searches=3")))
    by_search = {}
    for (_, level, search), own in points.items():
        assert by_search.setdefault((level, search), own) == own
    distinct = {str(own) for own in by_search.values()}
    assert len(distinct) == len(by_search) == 2 * 3


def test_the_first_repeat_is_stored_only_if_it_is_not_0() -> None:
    plain, second = (
        tomllib.loads(sweeps.load_config("smoke", settings).to_toml())
        for settings in ((), (SECOND_ARM,))
    )
    assert "first_repeat" not in plain["training"]
    assert second["training"].pop("first_repeat") == 1
    assert second == plain


def test_strings_and_points_do_not_depend_on_the_first_repeat() -> None:
    plain, second = (sweeps.load_config("smoke", (*SOBOL, *arm)) for arm in ((), (SECOND_ARM,)))
    assert points_of(plain) == points_of(second)
    for level in plain.strings.levels:
        assert strings_of(plain, level, 0) == strings_of(second, level, 0)


def test_repeats_count_from_the_first(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", (SECOND_ARM, "training.repeats=2"))
    key = next(search_keys(config))
    with closing(SweepStorage(f"sqlite:///{tmp_path / 'optuna.db'}", config.name)) as storage:
        strings = strings_of(config, key.condition.level, key.search)
        tasks = SearchPlan(config, key, strings, storage).next_tasks()
    assert {task.run for task in tasks} == {"0:1", "0:2"}
    assert {(task.run, task.config.repeat) for task in tasks} == {("0:1", 1), ("0:2", 2)}


@pytest.mark.slow
def test_two_arms_share_strings_and_points_but_no_run(smoke: Path, tmp_path: Path) -> None:
    result = sweeps.run_sweep(sweeps.load_config("smoke", (SECOND_ARM,)), tmp_path / "second")
    assert result.status.is_done
    first, second = (
        pd.read_parquet(folder / "runs.parquet") for folder in (smoke, tmp_path / "second")
    )
    assert len(first) == len(second)
    assert set(first["repeat"]) == {0}
    assert set(second["repeat"]) == {1}
    for role in ("tune", "select", "confirm"):
        ids = [set(runs.loc[runs["role"] == role, "string_id"]) for runs in (first, second)]
        assert ids[0] == ids[1]
    assert not set(first["run_id"]) & set(second["run_id"])
    first_generation = ["condition", "search", "trial", "learning_rate", "units", "depth"]
    tuned = [
        runs[(runs["role"] == "tune") & (runs["generation"] == 0)][first_generation]
        for runs in (first, second)
    ]
    pd.testing.assert_frame_equal(*(runs.reset_index(drop=True) for runs in tuned))
    both = first.merge(second, on=["condition", "search", "role", "trial", "replicate"])
    assert not (both["loss_final_x"] == both["loss_final_y"]).any()


@pytest.mark.parametrize("value", ["-1", "0.5"])
def test_impossible_first_repeats_are_refused(value: str) -> None:
    with pytest.raises(InputError, match="first_repeat"):
        sweeps.load_config("smoke", (f"training.first_repeat={value}",))
