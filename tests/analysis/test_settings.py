"""Settings as text, and the two sides of a contrast: what is read, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.records.missing_searches import count_missing
from seqmem.analysis.records.settings import (
    has_setting,
    parse_setting,
    setting_text,
    with_derived_settings,
)
from seqmem.core.errors import InputError
from tests.analysis.contrast_records import CONFIG, depth_frame, searched_frame

CONFIGS = {"one": CONFIG, "two": CONFIG}


@pytest.fixture(scope="module")
def depths():
    return depth_frame()


@pytest.fixture(scope="module")
def prepared(depths):
    return with_derived_settings(depths)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("depth=2 units=32", {"depth": 2, "units": 32}),
        ("budget='2 GF'", {"budget": "2 GF"}),
        ("budget=2GF cell=gru", {"budget": "2GF", "cell": "gru"}),
        ("learning_rate=1e-2", {"learning_rate": 0.01}),
        ("forget_bias=none", {"forget_bias": None}),
        ("stop_on_memorized=true first_repeat=0", {"stop_on_memorized": True, "first_repeat": 0}),
        ("environment.torch=2.13.0", {"environment.torch": "2.13.0"}),
        ({"depth": 2, "forget_bias": None}, {"depth": 2, "forget_bias": None}),
    ],
)
def test_values_have_the_types_of_their_columns_and_select_runs(prepared, text, values):
    setting = parse_setting(text, prepared, "a")
    assert setting == values
    assert {name: type(value) for name, value in setting.items()} == {
        name: type(value) for name, value in values.items()
    }
    assert has_setting(prepared, setting).any()
    assert parse_setting(setting_text(setting), prepared, "a") == setting


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dept=2", "a: unknown column 'dept'; did you mean 'depth'?"),
        ("depth=3", "a: no run has depth '3'; nearest: 1, 2"),
        ("units=50", "a: no run has units '50'; nearest: 16, 32, 64"),
        ("cell=grv", "a: no run has cell 'grv'; did you mean 'gru'? valid: gru, lstm"),
        ("depth=two", "a: no run has depth 'two'; valid: 1, 2"),
        ("memorized=true", "a: 'memorized' is a result or a place in the sweep, not a setting"),
        ("depth", "a: 'depth' is no condition; write column=value"),
        ("depth=", "a: 'depth=' is no condition"),
        ("depth=2 depth=1", "a: depth is given twice"),
        ("budget='2 GF", "no closing quotation"),
        (" ", "a: empty; give a setting such as 'depth=2'"),
    ],
)
def test_what_is_no_setting_names_what_is(depths, text, message):
    with pytest.raises(InputError) as raised:
        analysis.contrast(depths, text, "depth=1")
    assert message in str(raised.value)
    assert len(str(raised.value)) <= 300


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("depth=2", "depth=2.0", "a and b are the same setting, depth=2"),
        ("cell=gru", "depth=1", "have both a (cell=gru) and b (depth=1); give the column"),
        ("sweep=one depth=2", "depth=1", "with the conditions before it, depth is 1"),
        ("depth=2 level=48", "depth=1", "a has level 48, b has 48, 96; give level the same"),
        ("depth=2", "sweep=two", "have both a"),
    ],
)
def test_sides_that_cannot_be_compared_say_why(depths, a, b, message):
    with pytest.raises(InputError) as raised:
        analysis.contrast(depths, a, b)
    assert message in str(raised.value)
    assert len(str(raised.value)) <= 300


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("budget", ("2 GF", "8 GF")),
        ("protocol", ("stream", "window")),
        ("measure", ("lzw", "lz76")),
        ("level", (48, 64)),
        ("checkpoints_per_octave", (2, 4)),
        ("environment_key", ('{"torch": "2.13.0"}', '{"torch": "2.14.0"}')),
    ],
)
def test_what_must_be_equal_is_refused_unless_it_is_contrasted(depths, column, values):
    second = depths["sweep"] == "two"
    frame = depths[depths["level"] == 48].assign(**{column: values[0]})
    frame.loc[second, column] = values[1]
    with pytest.raises(InputError) as raised:
        analysis.contrast(frame, "depth=2", "depth=1")
    shown = "torch 2.14.0 and 2.13.0" if column == "environment_key" else f"a has {column}"
    assert shown in str(raised.value)
    contrasted = "environment.torch" if column == "environment_key" else column
    of = [value.split('"')[3] if column == "environment_key" else value for value in values]
    result = analysis.contrast(
        frame, {contrasted: of[1], "depth": 2}, {contrasted: of[0], "depth": 1}
    )
    assert result.table["estimate"].notna().any()


def test_cells_of_two_engines_are_compared_unless_a_time_would_compare_engines(depths):
    gru = depths["cell"] == "gru"
    keys = gru.map({True: "fused", False: "torch"})
    frame = depths.assign(
        engine=keys, environment_key=[f'{{"engine": "{key}", "numpy": "2.4.6"}}' for key in keys]
    )
    result = analysis.contrast(frame[frame["sweep"] == "one"], "cell=gru", "cell=lstm")
    assert result.confounded == ("engine (fused against torch)",)
    timed = frame.assign(budget="2 s", budget_unit="s")
    with pytest.raises(InputError, match="a budget in s would compare engines"):
        analysis.contrast(timed[timed["sweep"] == "one"], "cell=gru", "cell=lstm")


def test_a_run_is_not_compared_with_itself(depths):
    again = depths.assign(run_id=depths["run_id"].str.removesuffix("/two"))
    with pytest.raises(InputError, match=r"a and b share \d+ runs .* compared with itself"):
        analysis.contrast(again, "sweep=two", "sweep=one")


def test_an_unfinished_sweep_says_how_many_searches_are_missing(depths):
    left = depths[~((depths["sweep"] == "two") & (depths["search"] == 3))]
    with pytest.raises(InputError, match="sweep 'two' is not finished: 4 of 16 searches are miss"):
        analysis.contrast(left, "depth=2", "depth=1", configs=CONFIGS)
    only = depths[~((depths["sweep"] == "two") & (depths["level"] == 96))]
    result = analysis.contrast(only, "depth=2 level=48", "depth=1 level=48", configs=CONFIGS)
    assert result.table["searches_a"].eq(4).all()
    assert count_missing(depths, {"cell": "gru"}, CONFIG) == (0, 8)


def test_a_search_in_two_sweeps_of_one_side_is_refused(depths):
    other = depths[depths["sweep"] == "two"]
    twice = pd.concat([depths, other.assign(sweep="three", run_id=other["run_id"] + "/three")])
    with pytest.raises(InputError, match=r"a holds search 0 of .* twice .sweeps three, two."):
        analysis.contrast(twice, "depth=2", "depth=1")


def test_nothing_is_averaged_over_budgets(depths):
    again = depths.assign(
        budget="8 GF", sweep=depths["sweep"] + " 8", run_id=depths["run_id"] + "/8",
        condition=depths["condition"] + "-8",
    )  # fmt: skip
    both = pd.concat([depths, again], ignore_index=True)
    with pytest.raises(InputError, match=r"several values of budget .2 GF, 8 GF."):
        analysis.contrast(both, "depth=2", "depth=1")
    by_budget = analysis.contrast(both, "depth=2", "depth=1", by="budget").table
    assert by_budget["label"].unique().tolist() == ["2 GF", "8 GF"]


def test_levels_may_have_their_own_budgets_and_numbers_of_searches(depths):
    budgets = depths["level"].map({48: "2 GF", 96: "4 GF"})
    result = analysis.contrast(depths.assign(budget=budgets), "depth=2", "depth=1")
    plain = analysis.contrast(depths, "depth=2", "depth=1")
    pd.testing.assert_frame_equal(result.table, plain.table)
    box = {"level": 48, "searches": 6, "units": {"low": 8, "high": 32}}
    config = CONFIG | {"search": CONFIG["search"] | {"levels": [box]}}
    assert count_missing(depths[depths["sweep"] == "one"], {}, config) == (4, 20)
    only = depths[depths["level"] == 96]
    configs = {"one": config, "two": CONFIG}
    assert analysis.contrast(
        only, "depth=2 level=96", "depth=1 level=96", configs=configs
    ).confounded == ()  # fmt: skip


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("depth", "by depth: it is contrasted"),
        ("levl", "unknown group 'levl'; did you mean 'level'?"),
    ],
)
def test_groups_are_settings_that_a_design_fixes(depths, by, message):
    with pytest.raises(InputError) as raised:
        analysis.contrast(depths, "depth=2", "depth=1", by=by)
    assert message in str(raised.value)


def test_bad_arguments_of_the_function_are_named(depths):
    with pytest.raises(InputError, match="frame must be records"):
        analysis.contrast("runs/quick", "depth=2", "depth=1")
    with pytest.raises(InputError, match=r"margin -1: must be a number from 0 on"):
        analysis.contrast(depths, "depth=2", "depth=1", margin=-1)
    with pytest.raises(InputError, match="unknown clock 'hours'"):
        analysis.contrast(depths, "depth=2", "depth=1", clock="hours")


def test_a_search_whose_points_depend_on_results_is_refused():
    frame = searched_frame()
    guided = frame.assign(generation=(frame["trial"] >= 6).astype(int))
    with pytest.raises(InputError, match=r"units: searched by TPE in sweep 'paired', whose later"):
        analysis.contrast(guided, "units=8", "units=64")
    enqueued = {"paired": CONFIG | {"search": CONFIG["search"] | {"enqueue": [{"units": 8}]}}}
    with pytest.raises(InputError, match="has enqueued configurations"):
        analysis.contrast(frame, "units=8", "units=64", configs=enqueued)
    pruned = frame.assign(pruned=frame["trial"] == 7)
    with pytest.raises(InputError, match="units: sweep 'paired' has pruned trials"):
        analysis.contrast(pruned, "units=8", "units=64")
