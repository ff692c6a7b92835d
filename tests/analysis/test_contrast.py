"""Two settings contrasted: estimates against other ways to compute them, pairing and words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqmem import analysis
from seqmem.analysis.estimators.contrasts import BONFERRONI, Contrast, clustered_contrast
from seqmem.analysis.estimators.recalled_bits import recalled_fraction
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.analysis.estimators.two_samples import POWER, smallest_found, welch_contrast
from seqmem.core.errors import InputError
from tests.analysis.contrast_records import (
    CONFIG,
    best_of_all_subsets,
    depth_frame,
    rho_of,
    searched_frame,
    searches_of,
)

CONFIGS = {"one": CONFIG, "two": CONFIG}


@pytest.fixture(scope="module")
def depths():
    return depth_frame()


@pytest.fixture(scope="module")
def by_level(depths):
    return analysis.contrast(depths, "depth=2", "depth=1", by="level", configs=CONFIGS)


def rows_of(result, quantity):
    table = result.table
    return table[table["quantity"] == quantity].set_index("label")


def test_cells_are_contrasted_as_in_the_table_of_rho(depths):
    frame = depths[depths["sweep"] == "two"]
    expected = analysis.rho_table(frame)
    expected = expected[expected["clock"] == "flops"]
    result = analysis.contrast(frame, "cell=gru", "cell=lstm", by="level", clock="flops")
    rho = rows_of(result, "rho").loc[["level 48", "level 96"]]
    for name, column in (("estimate", "rho"), ("low", "low"), ("high_bonferroni",) * 2):
        assert rho[name].to_numpy() == pytest.approx(expected[column].to_numpy())
    assert rho["searches_a"].tolist() == expected["searches"].tolist()


def test_the_search_is_the_unit_and_cells_count_equally(depths, by_level):
    """All differences by hand: of each search, the mean over cells of the mean over strings."""
    for level in (48, 96):
        values = []
        for search in range(4):
            means = []
            for cell in ("gru", "lstm"):
                sides = [
                    searches_of(depths, "confirm", sweep=sweep, cell=cell)[level, search]
                    .set_index("string_id")["score"]
                    for sweep in ("two", "one")
                ]  # fmt: skip
                means.append((sides[0] - sides[1]).mean())
            values.append(np.mean(means))
        row = rows_of(by_level, "score").loc[f"level {level}"]
        assert row["estimate"] == pytest.approx(np.mean(values))
        interval = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
        assert (row["low"], row["high"]) == pytest.approx(interval)


def test_bits_are_those_of_memorized_strings_or_the_most_stored(depths, by_level):
    runs = depths[(depths["role"] == "confirm")].reset_index(drop=True)
    bits = recalled_fraction(runs, learning_curves(runs)) * runs["reference_bits"]
    means = bits.groupby([runs["sweep"], runs["level"]]).mean().unstack()
    row = rows_of(by_level, "bits")
    assert row.loc["level 96", "estimate"] == pytest.approx(means[96]["two"] - means[96]["one"])
    assert row.loc["level 96", "margin"] == pytest.approx(0.03 * 2 * 3 * 96)


def test_the_pairing_is_said_and_nothing_else_differs(by_level):
    assert by_level.paired == "8 of 8 searches, 8 of 8 points, 4 of 4 strings paired"
    assert by_level.route == "confirmation runs of winners"
    assert by_level.confounded == ()
    assert "a scrambled Sobol set of 8 points" in by_level.estimand
    lines = "\n".join(by_level.lines)
    assert "pairing: 8 of 8 searches, 8 of 8 points, 4 of 4 strings paired" in lines
    assert "no other setting differs" in lines
    assert max(map(len, by_level.lines)) <= 120


def test_swapped_sides_have_the_opposite_sign(depths, by_level):
    swapped = analysis.contrast(depths, "depth=1", "depth=2", by="level").table
    table = by_level.table
    assert swapped["estimate"].to_numpy() == pytest.approx(-table["estimate"].to_numpy())
    assert swapped["low"].to_numpy() == pytest.approx(-table["high"].to_numpy())
    assert swapped["found_from"].to_numpy() == pytest.approx(table["found_from"].to_numpy())


def test_the_order_of_records_does_not_matter(depths, by_level):
    shuffled = depths.sample(frac=1.0, random_state=3)
    again = analysis.contrast(shuffled, "depth=2", "depth=1", by="level", configs=CONFIGS)
    pd.testing.assert_frame_equal(again.table, by_level.table)
    assert again.lines == by_level.lines


def test_everything_else_that_differs_is_confounded(depths):
    second = depths["sweep"] == "two"
    frame = depths.assign(batch=np.where(second, 8, 32))
    wide = CONFIG["search"] | {"trials": 16, "units": {"low": 4, "high": 64}}
    configs = {"one": CONFIG, "two": CONFIG | {"search": wide}}
    result = analysis.contrast(frame, "depth=2", "depth=1", configs=configs)
    assert result.confounded == (
        "batch (8 against 32)",
        "search.trials (16 against 8)",
        "search.units (4 to 64 against 8 to 64)",
    )
    assert "0 of 8 points (" not in result.paired  # both sweeps search the same options
    assert "8 of 8 points (paired by slot)" in result.paired


def test_ranges_of_cells_are_paired_by_slot_and_the_estimand_names_both_boxes():
    frame = searched_frame()
    gru = frame["cell"] == "gru"
    frame["learning_rate"] = frame["learning_rate"].where(gru, 2 * frame["learning_rate"])
    low, high = ({"learning_rate": {"low": 0.01 * k, "high": 0.1 * k}} for k in (1, 2))
    search = CONFIG["search"] | low | {"cells": {"lstm": high}}
    configs = {"paired": CONFIG | {"search": search}}
    result = analysis.contrast(frame, "cell=gru", "cell=lstm", configs=configs)
    assert result.paired == (
        "8 of 8 searches, 8 of 8 points (paired by slot), 4 of 4 strings paired"
    )
    assert "learning rate 0.01 to 0.1 (a)" in result.estimand
    assert "learning rate 0.02 to 0.2 (b)" in result.estimand
    assert result.confounded == ("search.learning_rate (0.01 to 0.1 against 0.02 to 0.2)",)
    assert "0 of 8 points" in analysis.contrast(frame, "cell=gru", "cell=lstm").paired


def test_points_that_one_cell_cuts_earlier_are_still_equal_points():
    frame = searched_frame()
    cut = frame["cell"].eq("gru") & frame["role"].eq("tune") & frame["trial"].lt(3)
    frame["until"] = np.where(cut, 0.25, 1.0)
    result = analysis.contrast(frame, "cell=gru", "cell=lstm", configs={"paired": CONFIG})
    assert result.paired == "8 of 8 searches, 8 of 8 points, 4 of 4 strings paired"
    assert "by slot" not in result.estimand
    assert result.confounded == ()


@pytest.fixture(scope="module")
def units():
    frame = searched_frame()
    return frame[(frame["level"] == 48) & (frame["search"] < 3)].reset_index(drop=True)


def test_searched_settings_are_compared_by_the_best_of_n_over_all_subsets(units):
    """Points of 8 or 16 units against those of 64, of one cell: 2 points each."""
    frame = units[units["cell"] == "gru"].copy()
    frame["depth"] = np.where(frame["units"] < 32, 1, 2)
    result = analysis.contrast(frame, "depth=1", "units=64")
    expected = [
        best_of_all_subsets(
            runs[runs["units"] < 32].drop(columns="index"),
            runs[runs["units"] == 64].drop(columns="index"),
            2,
        )
        for runs in (
            searches_of(frame.reset_index(), "tune")[48, search] for search in range(3)
        )
    ]  # fmt: skip
    scores, ratios = np.mean(expected, axis=0)
    assert rows_of(result, "score").loc["all", "estimate"] == pytest.approx(scores)
    assert rows_of(result, "rho").loc["all", "estimate"] == pytest.approx(ratios)
    assert result.route == "best of n points"
    assert "0 of 4 points, 2 of 2 strings" in result.paired
    assert "a random subset of 2 of the 4 (a) and 2 (b) points" in result.estimand
    assert any("numbers of points are unequal" in note for note in result.notes)


def test_equal_points_are_decided_by_one_subset(units):
    """Depth 1 of both cells: the same 4 points, so n = 4 takes the best of all in both cells."""
    result = analysis.contrast(units, "cell=gru depth=1", "cell=lstm depth=1")
    expected = []
    for search in range(3):
        scores = []
        for cell in ("gru", "lstm"):
            runs = searches_of(units, "tune", cell=cell, depth=1)[48, search]
            grid = runs.pivot(index="replicate", columns="trial", values="score")
            scores.append([grid.loc[1 - one, grid.loc[one].idxmax()] for one in (0, 1)])
        expected.append(np.mean(scores[0]) - np.mean(scores[1]))
    assert rows_of(result, "score").loc["all", "estimate"] == pytest.approx(np.mean(expected))
    assert "4 of 4 points" in result.paired
    assert "of the same 4 points" in result.estimand


def test_with_one_tuning_string_a_searched_setting_is_exploratory():
    frame = searched_frame(tune=1)
    frame = frame[(frame["level"] == 48) & (frame["cell"] == "gru")]
    result = analysis.contrast(frame, "units=8", "units=64")
    assert set(result.table["verdict"]) == {"exploratory"}
    assert any(note.startswith("exploratory: with one tuning string") for note in result.notes)


def test_searches_with_failed_runs_are_left_out(units):
    failed = units.copy()
    place = failed[(failed["role"] == "tune") & (failed["search"] == 0)].index[0]
    failed.loc[place, "status"] = "failed"
    result = analysis.contrast(failed, "depth=1 cell=gru", "depth=2 cell=gru")
    assert result.table["searches_a"].eq(2).all()
    assert "1 pair of searches left out for failed or missing runs" in result.notes
    confirmed = analysis.contrast(failed, "cell=gru", "cell=lstm")
    assert confirmed.table["searches_a"].eq(3).all()


def test_without_a_common_string_searches_are_compared_by_welch(depths):
    apart = depths.assign(string_id=depths["sweep"] + depths["string_id"])
    apart["seed"] = np.where(apart["sweep"] == "two", 4, 3)
    frame = apart[(apart["level"] == 48) & (apart["cell"] == "gru")]
    frame = frame[~((frame["sweep"] == "two") & (frame["search"] == 3))]
    result = analysis.contrast(frame, "depth=2", "depth=1")
    sides = [
        [runs["score"].mean() for runs in searches_of(frame, "confirm", sweep=sweep).values()]
        for sweep in ("two", "one")
    ]
    welch = stats.ttest_ind(*sides, equal_var=False)
    row = rows_of(result, "score").loc["all"]
    interval = welch.confidence_interval(0.95)
    assert row["estimate"] == pytest.approx(np.mean(sides[0]) - np.mean(sides[1]))
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
    assert row["freedom"] == pytest.approx(welch.df)
    assert (row["searches_a"], row["searches_b"]) == (3, 4)
    groups = [searches_of(frame, "confirm", sweep=sweep) for sweep in ("two", "one")]
    pairs = [
        np.nanmean([rho_of(a, b) for _, a in one.iterrows() for _, b in other.iterrows()])
        for one in groups[0].values()
        for other in groups[1].values()
    ]
    assert rows_of(result, "rho").loc["all", "estimate"] == pytest.approx(np.mean(pairs))
    assert result.route == "confirmation runs of winners, unpaired"
    assert result.paired == "nothing (0 of 7 searches have a string in common): unpaired"


def test_points_of_other_strings_are_compared_by_welch_too(units):
    apart = units.assign(sweep="other", seed=4, string_id=units["string_id"] + "'",
                         run_id=units["run_id"] + "'")  # fmt: skip
    frame = pd.concat([units, apart], ignore_index=True)
    a, b = "sweep=paired units=8 cell=gru", "sweep=other units=64 cell=gru"
    result = analysis.contrast(frame, a, b)
    sides = []
    for sweep, size in (("paired", 8), ("other", 64)):
        runs = searches_of(frame, "tune", sweep=sweep, cell="gru", units=size)
        grids = [one.pivot(index="replicate", columns="trial", values="score")
                 for one in runs.values()]  # fmt: skip
        best = [[grid.loc[1 - s, grid.loc[s].idxmax()] for s in (0, 1)] for grid in grids]
        sides.append(np.mean(best, axis=1))
    row = rows_of(result, "score").loc["all"]
    assert row["estimate"] == pytest.approx(sides[0].mean() - sides[1].mean())
    assert row["freedom"] == pytest.approx(stats.ttest_ind(*sides, equal_var=False).df)
    assert result.route == "best of n points, unpaired"


def test_two_levels_are_contrasted_without_strata(depths):
    result = analysis.contrast(depths[depths["sweep"] == "one"], "level=48", "level=96")
    assert result.table["label"].eq("all").all()
    assert rows_of(result, "score").loc["all", "searches_b"] == 4


def test_a_cell_against_itself_agrees_and_says_so(depths):
    """Arms that differ in their first repeat: other runs of the same strings and points."""
    arms = depths.assign(depth=1, repeat=(depths["sweep"] == "two").astype(int))
    training = CONFIG["training"] | {"first_repeat": 1}
    configs = CONFIGS | {"two": CONFIG | {"training": training}}
    for a, b in (("first_repeat=0", "first_repeat=1"), ("sweep=one", "sweep=two")):
        result = analysis.contrast(arms, a, b, configs=configs)
        assert set(result.table["verdict"]) == {"agrees"}
        assert result.confounded == ()
        assert any(note.startswith("A/A: both sides are one setting") for note in result.notes)
        assert result.paired == "8 of 8 searches, 8 of 8 points, 4 of 4 strings paired"


def test_repeats_of_one_sweep_are_a_contrast_with_itself_too(depths):
    one = depths[depths["sweep"] == "one"]
    both = pd.concat(
        [one, one.assign(repeat=1, run_id=one["run_id"] + "/1", score=one["score"] + 1)],
        ignore_index=True,
    )
    result = analysis.contrast(both, "repeat=1", "repeat=0")
    assert rows_of(result, "score").loc["all", "verdict"] == "differs"
    assert rows_of(result, "rho").loc["all", "estimate"] == 0


def test_a_search_without_one_of_the_cells_is_left_out(depths):
    gone = (depths["search"] == 0) & (depths["cell"] == "gru") & (depths["sweep"] == "one")
    result = analysis.contrast(depths[~gone], "depth=2", "depth=1")
    assert rows_of(result, "score").loc["all", ["searches_a", "left_out"]].tolist() == [6, 2]


def test_budgets_of_one_unit_are_compared_by_what_was_spent(depths, by_level):
    one_level = depths[depths["level"] == 48]
    second = one_level["sweep"] == "two"
    frame = one_level.assign(
        depth=1, budget=np.where(second, "4 GF", "2 GF"), budget_amount=np.where(second, 4.0, 2.0),
    )  # fmt: skip
    spent = frame["checkpoint_spent"].map(np.asarray)
    frame["checkpoint_spent"] = [
        (2 * one if double else one).tolist() for one, double in zip(spent, second, strict=True)
    ]
    result = analysis.contrast(frame, "budget='4 GF'", "budget='2 GF'")
    assert rows_of(result, "rho").loc["all", "estimate"] == pytest.approx(
        rows_of(by_level, "rho").loc["level 48", "estimate"] - 1
    )
    assert "the score counts time in fractions of each side's own budget" in result.notes
    other = frame.assign(budget_unit=np.where(second, "steps", "GF"))
    without = analysis.contrast(other, "budget=4GF", "budget=2GF")
    assert rows_of(without, "rho")["estimate"].isna().all()
    assert any("no rho: the budgets have different units" in note for note in without.notes)


def test_a_result_is_plain_json(by_level):
    data = json.loads(json.dumps(by_level.to_dict(), allow_nan=False))
    assert data["paired"] == by_level.paired
    assert [row["level"] for row in data["rows"]] == [48] * 3 + [96] * 3 + [None] * 3
    assert data["rows"][0]["quantity"] == "rho"


def test_one_search_has_no_interval_and_no_verdict(depths):
    result = analysis.contrast(
        depths[(depths["search"] == 0) & (depths["level"] == 48)], "depth=2", "depth=1"
    )
    assert result.table[["low", "found_from"]].isna().all(axis=None)
    assert set(result.table["verdict"]) == {"inconclusive"}
    assert "none" in "\n".join(result.lines)


def test_runs_that_restore_their_best_weights_have_no_rho(depths):
    result = analysis.contrast(depths.assign(restore_best_weights=True), "depth=2", "depth=1")
    assert rows_of(result, "rho")["estimate"].isna().all()
    assert rows_of(result, "score")["estimate"].notna().all()
    assert any(note.startswith("no rho: runs that restore") for note in result.notes)


def test_sides_without_anything_in_common_are_refused(depths):
    cell = depths["sweep"].map({"one": "gru", "two": "lstm"})
    frame = depths[depths["cell"] == cell]
    result = analysis.contrast(frame, "depth=2", "depth=1")
    assert result.confounded == ("cell (lstm against gru)",)
    mixed = frame.assign(status=np.where(frame["role"] == "confirm", "failed", frame["status"]))
    with pytest.raises(InputError, match="a and b have no search to compare"):
        analysis.contrast(mixed, "depth=2", "depth=1")


def test_welch_weighs_strata_equally_and_leaves_out_what_is_unknown():
    a, b = np.array([1.0, 3.0, 8.0]), np.array([2.0, 2.5])
    matrix = a[:, None] - b
    one = welch_contrast([matrix])
    assert one.estimate == pytest.approx(stats.ttest_ind(a, b, equal_var=False).statistic
                                         * one.error)  # fmt: skip
    two = welch_contrast([matrix, matrix + 4])
    assert two.estimate == pytest.approx(one.estimate + 2)
    assert two.error == pytest.approx(one.error / np.sqrt(2))
    assert two.freedom == pytest.approx(2 * one.freedom)
    holes = np.vstack([matrix, np.full(2, np.nan)])
    assert welch_contrast([holes]) == one
    assert np.isnan(welch_contrast([matrix[:1]]).error)
    assert welch_contrast([]).clusters == 0


@pytest.mark.parametrize("freedom", [2, 11])
def test_the_smallest_difference_found_has_the_power_it_names(freedom):
    contrast = Contrast(0.0, 0.2, freedom, freedom + 1, 1, 10)
    found = smallest_found(contrast, 0.15, BONFERRONI)
    critical = stats.t.ppf((1 + BONFERRONI) / 2, freedom)
    power = stats.nct.sf(critical, freedom, (found - 0.15) / 0.2)
    assert power == pytest.approx(POWER, abs=1e-4)
    assert np.isnan(smallest_found(contrast._replace(freedom=0), 0.15, BONFERRONI))


def test_an_error_of_zero_has_degrees_of_freedom():
    same = welch_contrast([np.ones((3, 2))])
    assert same.interval() == (1.0, 1.0)
    assert clustered_contrast([1.0, 1.0], ["", ""], [0, 1]).interval() == (1.0, 1.0)
