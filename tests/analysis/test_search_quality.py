"""Quality of searches: winners at edges of ranges, and gains from more trials."""

from __future__ import annotations

import pandas as pd
import pytest

from seqmem.analysis.estimators.search_quality import (
    by_search_space,
    doubling_gain,
    doubts,
    edge_counts,
    edge_reasons,
)
from seqmem.analysis.estimators.searched_units import with_searched_units
from seqmem.study.memorizers.size_matching import match_units


@pytest.mark.parametrize(
    ("name", "values", "setting"),
    [
        ("depth", [1, 2, 2], {"low": 1, "high": 2}),
        ("units", [8, 12, 12], {"low": 8, "high": 12}),
        ("batch", [16, 32], [16, 32]),
    ],
)
def test_a_range_of_two_values_has_no_inside(name, values, setting):
    assert edge_counts(pd.DataFrame({name: values}), {name: setting}) == {}


def test_units_stand_by_their_place_in_the_grid():
    """12 is the second of eleven values from 8 to 256, but within 5 % of the range by size."""
    space = {"units": {"low": 8, "high": 256}}
    assert edge_counts(pd.DataFrame({"units": [12, 16, 192]}), space) == {"units": 0}
    assert edge_counts(pd.DataFrame({"units": [8, 16, 256]}), space) == {"units": 2}


def test_reasons_count_searches_over_all_sweeps(make_frame):
    frame = pd.concat([make_frame(sweep="a"), make_frame(sweep="b")])
    space = {"units": {"low": 32, "high": 256}}
    assert edge_reasons(frame, {"a": {"search": space}, "b": {"search": space}}) == [
        "the winners of 16 of 32 searches lie at an edge of the range of units"
    ]
    assert edge_reasons(frame, {"a": {"search": space}}) == []
    assert edge_reasons(frame, {}) == []


def trials(scores: list[float], cell: str = "gru", search: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sweep": "s",
            "condition": cell,
            "cell": cell,
            "search": search,
            "role": "tune",
            "status": "budget_spent",
            "trial": range(len(scores)),
            "score": scores,
        }
    )


def test_gain_is_the_best_of_all_less_the_best_of_the_first_half_for_the_worse_cell():
    assert doubling_gain(trials([0.1, 0.5, 0.7, 0.2])) == pytest.approx(0.2)
    both = pd.concat([trials([0.1, 0.5, 0.7, 0.2]), trials([0.9, 0.1, 0.2, 0.2], "lstm")])
    assert doubling_gain(both) == pytest.approx(0.2)
    searches = pd.concat([trials([0.1, 0.5, 0.7, 0.2]), trials([0.7, 0.5, 0.1, 0.2], search=1)])
    assert doubling_gain(searches) == pytest.approx(0.1)
    assert pd.isna(doubling_gain(trials([0.4])))
    assert pd.isna(doubling_gain(trials([]).drop(columns="score")))


def test_doubt_is_a_gain_beyond_the_margin(make_frame):
    frame = make_frame()
    late = frame.assign(score=frame["trial"] * 0.3)
    assert doubts(late, {}, 0.15) == ["twice the trials still gain 0.3 in score, more than 0.15"]
    assert doubts(late, {}, 0.5) == []


def test_matched_units_are_judged_by_those_that_were_searched(make_frame):
    """GRUs of 75 units have as many parameters as LSTMs of 64, the upper edge of the range."""
    config = {
        "memorizer": {"cells": ["lstm", "gru"], "match": "parameters"},
        "search": {"units": {"low": 8, "high": 64}},
    }
    units = {size: match_units("parameters", "gru", "lstm", 4, 1, size) for size in (32, 48, 64)}
    assert units[48] < 64 < units[64]
    winners = pd.DataFrame(
        {"cell": ["gru"] * 3, "alphabet_size": 4, "depth": 1, "units": units.values()}
    )
    assert with_searched_units(winners, config)["units"].tolist() == [32, 48, 64]
    lstm = winners.assign(cell="lstm", units=[32, 48, 64])
    assert with_searched_units(lstm, config)["units"].tolist() == [32, 48, 64]
    assert with_searched_units(winners, {}) is winners
    frame = make_frame().assign(depth=1)
    frame["units"] = units[48]
    assert edge_reasons(frame[frame["cell"] == "gru"], {"synthetic": config}) == []


def test_matched_units_count_the_options_of_the_sweep() -> None:
    """A block has 24 times the FLOPs of a bare layer; attention reads a context before a row."""
    options = {"block": True, "length": 32, "context": 16}
    for cell, reference in (("mingru", "lstm"), ("lstm", "mingru"), ("transformer", "gru")):
        config = {
            "memorizer": {"cells": [reference, cell], "match": "flops"},
            "training": options,
        }
        units = [
            match_units("flops", cell, reference, 4, 2, size, **options) for size in (64, 96, 128)
        ]
        winners = pd.DataFrame({"cell": cell, "alphabet_size": 4, "depth": 2, "units": units})
        assert with_searched_units(winners, config)["units"].tolist() == [64, 96, 128]
        assert with_searched_units(winners.assign(length=32), config)["units"].tolist() == [
            64, 96, 128,
        ]  # fmt: skip


def test_scores_that_are_not_known_count_for_nothing():
    assert doubling_gain(trials([0.1, float("nan"), 0.7, 0.2])) == pytest.approx(0.6)
    assert pd.isna(doubling_gain(trials([float("nan")] * 4)))


def test_powers_of_two_have_their_first_and_last_value_as_edges() -> None:
    rows = pd.DataFrame({"batch": [8, 16, 32, 64, 64], "optimizer": ["adam"] * 5})
    powers = {"low": 8, "high": 64, "powers_of_two": True}
    names = {"choices": ["adam", "sgd", "adamw"]}
    assert edge_counts(rows, {"batch": powers, "optimizer": names}) == {"batch": 3}
    assert edge_counts(rows, {"batch": powers | {"high": 16}}) == {}
    assert edge_counts(rows, {"batch": {"choices": [8, 16, 32, 64]}}) == {"batch": 3}


def test_in_the_new_space_only_rate_and_units_have_edges() -> None:
    """5 % of ln 100 above .001 is a rate of .00126. Batch and length have no rule."""
    rows = pd.DataFrame({"learning_rate": [0.00125, 0.00127], "units": 8, "batch": 8, "length": 8})
    powers = {"low": 8, "high": 64, "powers_of_two": True}
    space = {
        "learning_rate": {"low": 0.001, "high": 0.1},
        "units": {"low": 8, "high": 32},
        "batch": powers,
        "length": powers,
    }
    assert edge_counts(rows, space)["batch"] == 2
    assert edge_counts(rows, space | {"space": 2}) == {"learning_rate": 1, "units": 2}
    few = space | {"space": 2, "units": {"low": 8, "high": 24}}
    assert edge_counts(rows, few) == {"learning_rate": 1}


def test_winners_are_judged_by_the_box_of_their_level() -> None:
    rows = pd.DataFrame({"cell": ["gru", "lstm"] * 2, "level": [16, 16, 64, 64], "units": 16})
    own = {"level": 16, "units": {"low": 4, "high": 16}}
    config = {"search": {"units": {"low": 8, "high": 32}, "levels": [own]}}
    counted = [
        (cell, len(part), edge_counts(part, space)["units"])
        for cell, part, space in by_search_space(rows, config)
    ]
    assert counted == [("", 2, 2), ("", 2, 0)]
    config["search"]["cells"] = {"lstm": {"units": {"low": 8, "high": 64}}}
    counted = [
        (cell, edge_counts(part, space)["units"])
        for cell, part, space in by_search_space(rows, config)
    ]
    assert counted == [("gru", 1), ("lstm", 0), ("gru", 0), ("lstm", 0)]


def test_searched_units_of_attention_are_found_by_its_own_options() -> None:
    options = {"candidate": "linear", "heads": 4, "context": 32, "length": 16}
    matched = match_units("flops", "transformer", "gru", 4, 1, 192, **options)
    row = options | {"cell": "transformer", "alphabet_size": 4, "depth": 1, "units": matched}
    config = {
        "memorizer": {"match": "flops", "cells": ["gru", "transformer"]},
        "training": {"length": 64, "context": 64},
    }
    assert with_searched_units(pd.DataFrame([row]), config)["units"].tolist() == [192]
