"""Boxes and budgets from simulated records of the pilot, whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqmem.core.errors import InputError
from seqmem.core.structured_text import parse_toml
from seqmem.sweeps.config.boxes import LevelBox
from seqmem.sweeps.config.sweep_file import load_config, load_configs, preset_names
from seqmem.sweeps.search.strings import strings_of
from seqmem.workflows.study_2.__main__ import planned_budgets
from seqmem.workflows.study_2.box_text import (
    box_snippets,
    box_table,
    budget_table,
    with_boxes,
)
from seqmem.workflows.study_2.boxes import (
    LONGEST_LENGTHS,
    NEIGHBOURS,
    PILOTED,
    Box,
    Place,
    best_points,
    box_of,
    hull,
    study_2_boxes,
)
from seqmem.workflows.study_2.budgets import budget_readings
from seqmem.workflows.study_2.presets import PREFIX, preset_bytes

POINTS = 128
BEST = 13
# Of the 26 best points of both cells, the first and the last of these lie beyond the quantiles.
UNITS = {"lstm": [4, 24, *[32] * 11], "gru": [128, 64, *[32] * 11]}
INSIDE = Box((1, 2), (16, 96), (0.0056, 0.018), (8, 32), (16, 64))


def pilot_rows(alphabet_size: int, level: int, cell: str, **best: Any) -> Iterator[dict[str, Any]]:
    """Yield the tuning runs of a search of which the last 13 points memorize, on two strings."""
    for trial in range(POINTS):
        rank = trial - (POINTS - BEST)
        point = {"units": 4, "learning_rate": 0.3, "depth": 3, "batch": 64, "length": 64}
        if rank >= 0:
            point |= {"learning_rate": 0.01, "depth": 1, "batch": 16, "length": 32, **best}
            point["units"] = UNITS[cell][rank]
        for replicate in range(2):
            yield point | {
                "role": "tune",
                "alphabet_size": alphabet_size,
                "level": level,
                "cell": cell,
                "trial": trial,
                "replicate": replicate,
                "status": "memorized" if rank >= 0 else "budget_spent",
                "memorized_fraction": 0.25 if rank >= 0 else None,
                "stored_fraction": 1.0 if rank >= 0 else 0.4,
                "budget_amount": 0.8,
            }


def pilot_of(**options: dict[str, Any]) -> pd.DataFrame:
    """Make a pilot; options of the best points by place, as ``k4_16``."""
    return pd.DataFrame(
        [
            row
            for k, level in PILOTED
            for cell in ("lstm", "gru")
            for row in pilot_rows(k, level, cell, **options.get(f"k{k}_{level}", {}))
        ]
    )


@pytest.fixture(scope="module")
def pilot() -> pd.DataFrame:
    return pilot_of(
        k4_16={"length": 16, "learning_rate": 0.04},
        k4_512={"batch": 8, "length": 16, "learning_rate": 0.004},
    )


@pytest.fixture(scope="module")
def boxes(pilot: pd.DataFrame) -> dict[Place, Box]:
    return study_2_boxes(pilot)


def test_the_best_tenth_of_each_cell_counts(pilot: pd.DataFrame) -> None:
    best = best_points(pilot, (4, 128))
    assert best.groupby("cell").size().to_dict() == {"gru": BEST, "lstm": BEST}
    assert best["trial"].min() == POINTS - BEST
    assert best["score"].unique().tolist() == [1 + 2 / 6]


def test_of_equal_scores_the_lower_slot_comes_first(pilot: pd.DataFrame) -> None:
    one = pilot.assign(memorized_fraction=None, status="diverged")
    assert sorted(best_points(one, (2, 64)).query("cell == 'gru'")["trial"]) == [*range(BEST)]


def test_a_box_is_a_grid_step_wider_than_the_quantiles(pilot: pd.DataFrame) -> None:
    assert box_of(best_points(pilot, (4, 128))) == Box(
        depth=(1, 2), units=(16, 96), learning_rate=(0.007, 0.015), batch=(8, 32), length=(16, 64)
    )


def test_a_grid_step_beyond_the_end_of_a_grid_stays_at_the_end() -> None:
    point = {"depth": 3, "units": 256, "learning_rate": 0.1, "batch": 1, "length": 8}
    box = box_of(pd.DataFrame([point]))
    assert (box.depth, box.units, box.batch, box.length) == ((2, 3), (192, 256), (1, 2), (8, 16))


def test_levels_without_a_pilot_take_the_hull_of_their_neighbours(boxes: dict[Place, Box]) -> None:
    assert {*boxes} == {*PILOTED, *NEIGHBOURS}
    assert boxes[4, 64] == hull(boxes[4, 16], boxes[4, 128])
    assert boxes[4, 64].learning_rate == (0.007, 0.057)
    assert boxes[4, 256] == hull(boxes[4, 128], boxes[4, 512])
    assert boxes[4, 256].batch == (4, 32)
    assert boxes[4, 1024] == boxes[4, 1448] == hull(boxes[4, 512], boxes[4, 2048])
    assert boxes[2, 2048] == hull(boxes[2, 512], boxes[4, 2048])
    assert boxes[2, 16].learning_rate == hull(boxes[2, 64], boxes[4, 16]).learning_rate


def test_no_step_is_longer_than_the_strings_of_level_16(boxes: dict[Place, Box]) -> None:
    assert boxes[4, 16].length == (8, 16)
    assert boxes[2, 16].length == (8, 16)
    for config in load_configs("study2-scaling"):
        periods = [
            string.period
            for search in range(config.at_level(16).search.searches)
            for strings in strings_of(config, 16, search).values()
            for string in strings
        ]
        longest = LONGEST_LENGTHS[config.strings.alphabet_size, 16]
        assert longest <= min(periods) < 2 * longest


def test_budgets_are_kept_if_the_better_cell_memorizes_in_their_middle(
    pilot: pd.DataFrame,
) -> None:
    slow = pilot["cell"].eq("lstm") & pilot["level"].eq(2048)
    records = pilot.assign(memorized_fraction=pilot["memorized_fraction"].mask(slow))
    readings = {one.place: one for one in budget_readings(records, planned_budgets())}
    assert readings[4, 512].medians == {"lstm": 0.2, "gru": 0.2}
    assert readings[4, 512].proposed == readings[4, 512].planned == 1.0
    assert readings[4, 16].proposed == 0.6
    assert readings[4, 2048].medians == {"lstm": float("inf"), "gru": 0.2}
    assert readings[4, 2048].proposed == 0.6
    table = budget_table(list(readings.values()))
    assert "| 4 | 512 | 0.2 | 0.2 | 1 | as planned |" in table
    assert "| 4 | 2048 | not within the pilot's budget | 0.2 | 5 | **0.6** |" in table


def test_without_any_memorized_run_no_budget_is_proposed(pilot: pd.DataFrame) -> None:
    none = pilot.assign(memorized_fraction=None, status="budget_spent", stored_fraction=0.5)
    readings = budget_readings(none, planned_budgets())
    assert {one.proposed for one in readings} == {float("inf")}


def test_missing_parts_and_runs_are_named(pilot: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="level 64 with 2 symbols; give the folders of both"):
        study_2_boxes(pilot[pilot["alphabet_size"] == 4])
    with pytest.raises(InputError, match="lstm at level 16 with 4 symbols is incomplete"):
        study_2_boxes(pilot.drop(index=0))


def test_snippets_are_tables_of_levels(boxes: dict[Place, Box]) -> None:
    for one in box_snippets(boxes).split("\n\n"):
        (table,) = parse_toml(one, "snippet")["search"]["levels"]
        assert LevelBox(**table).given.keys() == {*Box._fields}
    assert "| 4 | 128 | 1–2 | 16–96 | 0.007–0.015 | 8–32 | 16–64 | pilot |" in box_table(boxes)


def test_every_preset_of_study_2_takes_the_boxes_as_they_are(
    boxes: dict[Place, Box], tmp_path: Path
) -> None:
    for name in [name for name in preset_names() if name.startswith(PREFIX)]:
        before = preset_bytes(name).decode()
        after = with_boxes(before, boxes)
        assert with_boxes(after, boxes) == after
        (tmp_path / f"{name}.toml").write_text(after, encoding="utf-8")
        configs = load_configs(tmp_path / f"{name}.toml")
        assert [one.strings.levels for one in configs] == [
            one.strings.levels for one in load_configs(name)
        ]
    scaling = load_config(f"{tmp_path / 'study2-scaling.toml'}:k4")
    own = scaling.at_level(256).search
    assert (own.units.low, own.units.high) == boxes[4, 256].units
    assert own.batch.values == (4, 8, 16, 32)
    wide = load_config(f"{tmp_path / 'study2-controls.toml'}:wide").at_level(512).search
    low, high = boxes[4, 512].learning_rate
    assert (wide.learning_rate.low, wide.learning_rate.high) == (low / 2, high * 2)


def test_a_remark_after_a_box_is_checked() -> None:
    boxes = {(4, 512): INSIDE}
    with pytest.raises(InputError, match="a box has no rate; valid: depth, units"):
        with_boxes("# box k4 512 without rate\n# end box\n", boxes)
    with pytest.raises(InputError, match="'broader' after a box; valid: wider, without"):
        with_boxes("# box k4 512 broader\n# end box\n", boxes)
    with pytest.raises(InputError, match="level 99 with 4 symbols has no box"):
        with_boxes("# box k4 99\n# end box\n", boxes)
