"""Comparisons with paired points: their defaults, and what they say about effort."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from seqmem.analysis.estimators.two_samples import smallest_found
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.suggestions import suggest
from seqmem.workflows.compare.boxes import box_of_level
from seqmem.workflows.compare.conclusion import Conclusion, conclude
from seqmem.workflows.compare.configuration import best_configuration, best_paired_configuration
from seqmem.workflows.compare.differences import cell_differences
from seqmem.workflows.compare.effort import box_line, found_line, is_paired
from seqmem.workflows.compare.plans import DEFAULT, GUIDED, WIDE, plan_of
from seqmem.workflows.compare.prepared import prepare
from tests.analysis.conftest import paired_frame

SEARCH = {
    "sampler": "sobol",
    "trials": 8,
    "space": 2,
    "depth": {"low": 1, "high": 2},
    "units": {"low": 4, "high": 128},
    "learning_rate": {"low": 1e-3, "high": 0.3, "log": True},
    "batch": {"low": 8, "high": 64, "powers_of_two": True},
}
CONFIGS = {"paired": {"search": SEARCH, "strings": {"tune": 2}}}
OLD = {"paired": {"search": {name: SEARCH[name] for name in SEARCH if name != "space"}}}


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return paired_frame(levels=(48,), searches=6)


@pytest.fixture(scope="module")
def conclusion(records: pd.DataFrame) -> Conclusion:
    return conclude(records, CONFIGS, ["lstm", "gru"])


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Return a file with one long string."""
    path = tmp_path / "long.txt"
    path.write_text("".join(random.Random(1).choices("ACGT", k=2000)), encoding="utf-8")
    return path


def test_by_default_all_cells_try_4_points_of_the_box_of_the_level(text: Path) -> None:
    """Stretches of 51 random letters have about 32 LZW codes."""
    config = with_lengths(prepare(text, "4 cal-s").config)
    search = config.search
    assert (search.sampler, search.trials, search.searches, search.space) == ("sobol", 4, 13, 2)
    assert (config.strings.tune, config.strings.select, config.strings.confirm) == (1, 1, 1)
    points = {
        (key.condition.cell, key.search): [
            decode(search, point) for point in suggest(config, key, 0, [])
        ]
        for key in search_keys(config)
    }
    assert all(points["lstm", number] == points["gru", number] for number in range(13))
    assert points["gru", 0] != points["gru", 1]
    tried = [point for own in points.values() for point in own]
    assert {point["batch"] for point in tried} == {8, 16}
    assert {point["length"] for point in tried} == {8, 16, 32}
    assert {point["units"] for point in tried} <= {4, 8, 12, 16, 24, 32, 48}
    assert all(0.01 <= point["learning_rate"] <= 0.1 for point in tried)


def test_the_box_follows_the_level_the_budget_and_the_shortest_string() -> None:
    boxes = [box_of_level(level, "GF", 128) for level in (16, 39, 40, 199, 200, 2048)]
    assert [box["units"]["high"] for box in boxes] == [48, 48, 64, 64, 128, 128]
    rates = [box["learning_rate"]["low"] for box in boxes]
    assert rates == [0.01, 0.01, 0.006, 0.006, 0.003, 0.003]
    assert box_of_level(64, "GF", 16)["length"]["high"] == 16
    assert {"batch", "length"}.isdisjoint(box_of_level(64, "steps", 128))


def test_plans_name_their_numbers_of_runs() -> None:
    runs = [
        plan.searches * (plan.trials + plan.finalists + plan.confirm[0])
        for plan in (DEFAULT, WIDE, GUIDED)
    ]
    assert runs == [192, 120, 124]


def test_other_cells_search_the_wide_box(text: Path) -> None:
    search = prepare(text, "4 steps", cells=["gru", "mingru"]).config.search
    assert (search.trials, search.searches) == (16, 6)
    assert (search.units.low, search.units.high, search.depth.high) == (4, 128, 4)
    assert search.length is None


@pytest.mark.parametrize("setting", ["search.space=1", "training.protocol='window'"])
def test_what_the_settings_do_not_search_has_no_range(setting: str, text: Path) -> None:
    settings = (setting, "training.total_length=400")[: 1 if "space" in setting else 2]
    search = prepare(text, "4 GF", settings=settings).config.search
    assert search.length is None
    assert (search.batch is None) == ("space" in setting)
    own = prepare(text, "4 GF", settings=(*settings, "search.length=16")).config.search
    assert own.length.low == own.length.high == 16


def test_a_setting_of_the_space_is_no_older_comparison(text: Path, tmp_path: Path) -> None:
    setting = "search.space=1"
    folder = tmp_path / "run"
    folder.mkdir()
    first = prepare(text, "4 steps", settings=(setting,), out=folder).config
    (folder / "config.toml").write_text(first.to_toml(), encoding="utf-8")
    assert plan_of(folder, ["lstm", "gru"], [setting]) is DEFAULT
    assert prepare(text, "4 steps", settings=(setting,), out=folder).config == first


def test_only_comparisons_of_the_new_space_are_paired(records: pd.DataFrame) -> None:
    assert is_paired(records, CONFIGS)
    assert not is_paired(records, OLD)
    assert not is_paired(records, {})
    assert not is_paired(records, {"paired": {"search": SEARCH | {"sampler": "tpe"}}})


def test_an_older_comparison_has_no_new_lines(records: pd.DataFrame) -> None:
    lines = conclude(records, OLD, ["lstm", "gru"]).lines
    starts = ("estimand", "tuning curve", "effort", "winners of", "could have been")
    assert not any(line.startswith(starts) for line in lines)
    assert set(conclude(records, OLD, ["lstm", "gru"]).configuration) == {
        "depth", "units", "learning_rate",
    }  # fmt: skip


def test_the_estimand_names_the_points_and_the_box(records: pd.DataFrame) -> None:
    assert box_line(records, CONFIGS, ["lstm", "gru"]) == (
        "estimand: the best of a scrambled Sobol set of 8 points, which the cells share, in the "
        "box depth 1 to 2, units 4 to 128, learning rate 0.001 to 0.3, batch 8 to 64"
    )
    own = SEARCH | {"cells": {"gru": {"batch": {"low": 8, "high": 16}}}}
    line = box_line(records, {"paired": {"search": own}}, ["lstm", "gru"])
    assert "LSTM: depth 1 to 2" in line
    assert line.endswith("batch 8 to 16 (points are paired by slot)")


def test_the_tuning_curve_ends_at_the_ratio_above_it(conclusion: Conclusion) -> None:
    [difference] = conclusion.differences
    [curve] = [line for line in conclusion.lines if line.startswith("tuning curve of GRU against")]
    assert f"n = 8: {difference.rho.estimate:.2g} (" in curve
    assert [f"n = {n}: " in curve for n in (1, 2, 4, 8, 16)] == [True] * 4 + [False]
    [effort] = [line for line in conclusion.lines if line.startswith("effort, by the tuning curve")]
    assert "With the best of 8 points, " in effort


def test_the_difference_that_could_have_been_found(conclusion: Conclusion) -> None:
    [difference] = conclusion.differences
    octaves = smallest_found(difference.rho, 0.0, difference.confidence)
    line = found_line(difference)
    assert line in conclusion.lines
    assert line is not None
    assert line.startswith("could have been found with 80 % power between GRU and LSTM: ")
    assert line.endswith(f" a factor of {2**octaves:.3g} in time")


def test_nothing_is_said_to_be_found_without_intervals(records: pd.DataFrame) -> None:
    [difference] = cell_differences(records[records["search"] == 0])
    assert found_line(difference) is None


def test_winners_of_each_cell_are_counted(conclusion: Conclusion) -> None:
    lines = [line for line in conclusion.lines if line.startswith("winners of ")]
    assert [line.split(":")[0] for line in lines] == [
        "winners of GRU (of 6 searches)",
        "winners of LSTM (of 6 searches)",
    ]
    assert all("depth " in line and "batch " in line for line in lines)


def test_the_configuration_has_everything_that_was_searched(
    conclusion: Conclusion, records: pd.DataFrame
) -> None:
    assert set(conclusion.configuration) == {"depth", "units", "learning_rate", "batch"}
    assert f", batch {conclusion.configuration['batch']} (winners of" in conclusion.lines[-1]
    gru = records[records["cell"] == "gru"]
    verdict = gru[gru["role"] == "confirm"]
    search = best_paired_configuration(records, verdict, CONFIGS)
    assert set(best_configuration(verdict)) < set(search)


def test_the_best_search_is_the_one_that_scores_best_on_all_its_strings(
    records: pd.DataFrame,
) -> None:
    frame = records.assign(score=0.5, units=records["search"] + 10)
    won = frame[(frame["cell"] == "gru") & (frame["role"] == "confirm")]
    slots = won.groupby("search")["tune_trial"].first()

    def units(**changes: float) -> int:
        changed = frame.copy()
        for role, score in changes.items():
            rows = changed["cell"].eq("gru") & changed["search"].eq(3) & changed["role"].eq(role)
            slot = changed["trial" if role == "tune" else "tune_trial"]
            changed.loc[rows & slot.eq(slots[3]), "score"] = score
        runs = changed[(changed["cell"] == "gru") & (changed["role"] == "confirm")]
        return int(best_paired_configuration(changed, runs, CONFIGS)["units"])

    assert units(confirm=0.6) == 13
    assert units(tune=0.6) == 13
    assert units(confirm=0.6, tune=0.1, select=0.1) == 10
