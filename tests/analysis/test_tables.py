"""Tables, summary lines, cautions and provenance: their numbers and their words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.estimators.search_quality import edge_counts
from seqmem.analysis.records.groups import count_groups, source_labels, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.records.provenance import settings
from seqmem.analysis.report.caution_kinds import Caution, CautionKind, by_kind
from seqmem.analysis.report.cautions import cautions
from seqmem.analysis.tables.capacity_tables import (
    level_table,
    ratio_table,
    stored_fraction,
    winner_table,
)
from seqmem.analysis.tables.summary import finding_words

LADDER = (16, 32, 64, 128, 256, 512)


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame(levels=LADDER, searches=3)


def test_capacity_table_recovers_the_simulated_capacities(frame):
    table = analysis.capacity_table(frame).set_index("cell")
    assert table["relation"].tolist() == ["=", "="]
    assert table.loc["gru", "low"] < 110 < table.loc["gru", "high"]
    assert table.loc["lstm", "low"] < 80 < table.loc["lstm", "high"]
    assert table["runs"].tolist() == [6 * 3 * 4] * 2


def test_only_confirmation_runs_count(frame):
    pd.testing.assert_frame_equal(
        analysis.capacity_table(frame), analysis.capacity_table(confirmed(frame))
    )


def test_each_group_has_its_own_capacity(make_frame):
    frames = [make_frame(budget=budget, seed=i) for i, budget in enumerate(("10 GF", "2 GF"))]
    both = analysis.capacity_table(pd.concat(frames))
    assert both["budget"].tolist() == ["2 GF", "2 GF", "10 GF", "10 GF"]
    alone = analysis.capacity_table(frames[1])
    pd.testing.assert_frame_equal(both.iloc[:2], alone)


def test_equal_search_numbers_of_two_sweeps_are_different_searches(make_frame):
    table = analysis.capacity_table(
        pd.concat([make_frame(sweep="a"), make_frame(sweep="b", seed=1)])
    )
    assert table["searches"].tolist() == [4, 4]


def test_ratio_table_is_the_ratio_of_capacities(frame):
    row = ratio_table(frame).iloc[0]
    medians = analysis.capacity_table(frame).set_index("cell")["capacity"]
    assert (row["numerator"], row["denominator"]) == ("gru", "lstm")
    assert row["ratio"] == pytest.approx(medians["gru"] / medians["lstm"], rel=0.05)
    assert row["low"] < row["ratio"] < row["high"]


def test_level_table_counts_and_charges(frame):
    table = level_table(frame)
    row = table[(table["level"] == 64) & (table["cell"] == "gru")].iloc[0]
    runs = frame[(frame["level"] == 64) & (frame["cell"] == "gru")]
    confirm = runs[runs["role"] == "confirm"]
    assert row["runs"] == len(confirm) == 12
    assert row["memorized"] == confirm["memorized"].sum()
    assert row["stored_fraction"] == pytest.approx(confirm["stored_fraction"].mean())
    assert row["search_train_cpu_seconds"] == pytest.approx(runs["train_cpu_seconds"].sum())


def test_winner_table_has_one_row_per_search(frame):
    table = winner_table(frame)
    assert len(table) == 2 * len(LADDER) * 3
    assert set(table["units"]) == {32, 40, 48}


def test_winners_have_columns_of_other_options_that_were_searched(frame):
    clips = np.where(frame["trial"] % 2, np.nan, 0.5)
    searched = frame.assign(optimizer=np.where(frame["trial"] % 2, "sgd", "adam"), block=False)
    table = winner_table(searched.assign(gradient_clip=clips))
    assert {"optimizer", "gradient_clip"} <= set(table)
    assert not {"block", "heads"} & set(table)


def test_a_diverged_run_without_bits_counts_as_nothing_stored(frame):
    rows = confirmed(frame).head(3).copy()
    rows["status"] = ["diverged", "diverged", "budget_spent"]
    rows["stored_fraction"] = [-np.inf, -30.2, np.nan]
    assert stored_fraction(rows).tolist()[:2] == [0.0, 0.0]
    assert np.isnan(stored_fraction(rows).iloc[2])


def test_lines_say_cell_capacity_interval_and_setting(frame):
    lines = analysis.capacity_lines(frame)
    table = analysis.capacity_table(frame)
    assert [line.split()[0] for line in lines] == ["gru", "lstm"]
    first = table.iloc[0]
    interval = f"95 % interval {first['low']:.0f}–{first['high']:.0f}"
    assert lines[0] == f"gru    {first['capacity']:.0f} codes ({interval}, LZW, 4 symbols, 2 GF)"


def test_lines_of_several_designs_name_each(frame):
    both = pd.concat([frame.assign(design=name) for name in ("own", "matched")], ignore_index=True)
    lines = analysis.capacity_lines(both)
    assert [line.rpartition(", ")[2] for line in lines] == ["matched)", "matched)", "own)", "own)"]
    assert analysis.capacity_lines(frame.assign(design="own")) == analysis.capacity_lines(frame)


@pytest.mark.parametrize(
    ("relation", "finding"),
    [
        ("=", "50 codes"),
        (">=", ">= 40 codes"),
        ("<=", "<= 60 codes"),
        ("unresolved", "not resolved"),
    ],
)
def test_open_sides_state_only_the_limit_that_the_data_set(relation, finding):
    row = pd.Series({"relation": relation, "capacity": 50.0, "low": 40.0, "high": 60.0})
    assert finding_words(row, "codes")[0] == finding


def texts(found):
    return "\n".join(caution.text for caution in found)


def test_a_clean_sweep_has_no_cautions(frame):
    assert cautions(frame, {}) == []


def test_cells_on_different_engines_are_no_change_of_the_environment(make_frame):
    frame = make_frame(levels=(16, 32), searches=1)
    on_torch = frame["cell"] == "gru"
    frame["environment_key"] = frame["engine"] = on_torch.map({True: "torch", False: "fused"})
    assert "environment keys" not in texts(cautions(frame, {}))
    first = frame.index[on_torch][0]
    frame.loc[first, "environment_key"] = "newer torch"
    assert "3 environment keys" in texts(cautions(frame, {}))


def test_cautions_count_what_a_reader_should_know(make_frame):
    frame = make_frame(levels=(16, 32), searches=1)
    confirm = frame.index[frame["role"] == "confirm"]
    frame.loc[confirm[0], "status"] = "failed"
    frame.loc[confirm[1], "status"] = "diverged"
    frame.loc[confirm[2:4], "copies_in_context"] = True
    frame.loc[confirm[3], "environment_key"] = "other"
    frame["given_bits"] = 0.2 * frame["reference_bits"]
    frame["budget_unit"] = "s"
    found = cautions(frame, {"synthetic": {"search": {"units": {"low": 32, "high": 256}}}})
    text = texts(found)
    for sentence in (
        f"1 of {len(frame)} runs failed (1 of them",
        "1 confirmation run diverged",
        "2 of 15 confirmation runs copy",
        "2 environment keys",
        "searched only once",
        "do not bracket the capacity of GRU",
        "prompt alone gives more than 10 %",
        "4 of 4 winners lie within 5 % of an edge of the range searched for units. This is more",
        "cannot be repeated exactly",
    ):
        assert sentence in text
    kinds = [group.kind for group in by_kind(reversed(found))]
    assert kinds == sorted(kinds, key=list(CautionKind).index)
    assert kinds[:2] == [CautionKind.MANY_AT_EDGE, CautionKind.FEW_SEARCHES]
    assert {kind.weight for kind in kinds} == {"serious", "limits", "note"}
    assert sum(len(group.texts) for group in by_kind(found)) == len(found)


@pytest.mark.parametrize(
    ("name", "values", "setting", "count"),
    [
        ("learning_rate", [1.1e-3, 1e-2, 9.5e-2], {"low": 1e-3, "high": 1e-1, "log": True}, 2),
        ("learning_rate", [1.1e-3, 1e-2, 9.6e-2], {"low": 1e-3, "high": 1e-1}, 2),
        ("learning_rate", [1.5e-3, 1e-2], {"low": 1e-3, "high": 1e-1, "log": True}, 0),
        ("units", [8, 16, 64], [8, 16, 32, 64], 2),
        ("units", [8, 16, 64], {"choices": [8, 16, 32, 64]}, 2),
        ("depth", [1, 2, 3], {"low": 1, "high": 3}, 1),
    ],
)
def test_edges(name, values, setting, count):
    assert edge_counts(pd.DataFrame({name: values}), {name: setting}) == {name: count}


@pytest.mark.parametrize("setting", [32, {"low": 8, "high": 8}, [8], ["a", "b"], None])
def test_what_is_not_searched_has_no_edge(setting):
    assert (
        edge_counts(
            pd.DataFrame({"units": [8]}), {"units": setting, "trials": {"low": 1, "high": 2}}
        )
        == {}
    )


def test_all_confirmation_runs_failed_is_said_and_does_not_crash(frame):
    broken = frame.assign(status="failed")
    assert analysis.capacity_lines(broken) == []
    sentence = "There is no usable confirmation run, so nothing can be inferred."
    assert Caution(CautionKind.NO_RESULT, sentence) in cautions(broken, {})


@pytest.mark.parametrize(
    "private",
    [
        {"hostname": "box"},
        {"git": {"path": "x"}},
        {"started_at": "x"},
        {"x": "/home/me/runs"},
        {"x": "file:///a"},
        {"x": "postgresql://me@there/db"},
        {"x": "2026-01-01T10:00:00+00:00"},
        {"x": ["a", "/srv/y"]},
        {"x": [{"user": "me"}]},
    ],
)
def test_provenance_prints_no_host_path_user_or_time(private):
    assert settings(private) == []


def test_provenance_keeps_the_rest_in_sorted_order():
    tree = {
        "versions": {"torch": "2.13.0"},
        "cpu_model": "A (R) @ 2 GHz",
        "budget": "2 GF",
        "git_revision": "abc",
    }
    assert [name for name, _ in settings(tree)] == [
        "budget",
        "cpu_model",
        "git_revision",
        "versions.torch",
    ]


def test_stopping_at_memorization_is_not_read_as_storing_too_little(make_frame):
    frame = make_frame(levels=(16, 32), capacities=(("gru", 1e4),))
    frame["stored_fraction"] = 0.85
    table = analysis.capacity_table(frame)
    assert table["continuous_relation"].tolist() == ["unresolved"]
    assert table["continuous"].isna().all()


def test_level_table_shows_what_was_stored_and_lost_again(make_frame):
    frame = make_frame(levels=(2048,), searches=1, confirm=1, capacities=(("gru", 100.0),))
    run = frame.index[frame["role"] == "confirm"][0]
    best = frame.at[run, "stored_fraction"]
    frame.loc[run, "stored_fraction"] = 0.01
    row = level_table(frame).iloc[0]
    assert row["stored_fraction"] == 0.01
    assert row["best_stored_fraction"] == pytest.approx(best)


def test_sources_are_told_apart_by_their_parameters_and_groups_are_counted(make_frame):
    frame = make_frame(levels=(48,))
    half = frame.index < len(frame) // 2
    markov = ["markov-1f0c9a-k4-lzw48" if first else "markov-77aa00-k4-lzw48" for first in half]
    frame = frame.assign(string_condition=markov, source="markov")
    assert source_labels(frame).tolist() == [condition[:13] for condition in markov]
    assert source_labels(frame.assign(source=frame["source"].where(half)))[~half].isna().all()
    assert source_labels(frame[:0]).tolist() == []
    assert count_groups(frame) == len(list(split_groups(frame))) == 2
    designed = frame.assign(design=frame["search"].astype(str))
    assert count_groups(designed) == len(list(split_groups(designed))) == 4
