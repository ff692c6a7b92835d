"""Tables of tuning curves and of arms: against all subsets, and what they leave out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import seqmem.analysis.tables.tuning_table as module
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.time_ratios import learning_curves, time_ratios
from seqmem.analysis.records.arms import second_arms, without_second_arms
from seqmem.analysis.tables.arms_table import arms_table
from seqmem.analysis.tables.effort_words import other_efforts
from seqmem.analysis.tables.tuning_table import BITS, ONE_SEARCH, RHO, SCORE, tuning_table
from seqmem.core.errors import InputError
from tests.analysis.conftest import SOBOL_CONFIG, paired_frame

CONFIGS = {"paired": SOBOL_CONFIG}
SECOND = {"second": SOBOL_CONFIG | {"training": {"first_repeat": 1}}}


@pytest.fixture(scope="module")
def records():
    return paired_frame()


@pytest.fixture(scope="module")
def table(records):
    return tuning_table(records, CONFIGS)


def curve(table, quantity, level=48, first="gru"):
    chosen = table[(table["quantity"] == quantity) & (table["level"] == level)]
    return chosen[chosen["first"] == first].set_index("n")


def of_search(records, cell, search, role):
    rows = records[(records["cell"] == cell) & (records["search"] == search)]
    return rows[(rows["level"] == 48) & (rows["role"] == role)]


def rho_of(first, second):
    """Return rho of two single records."""
    curves = [learning_curves(row.to_frame().T) for row in (first, second)]
    return float(time_ratios(*curves).rho[0])


def test_rho_of_half_of_the_points_is_that_of_all_subsets(records, table):
    expected = []
    for search in range(4):
        tops, finals = [], []
        for cell in ("gru", "lstm"):
            tune = of_search(records, cell, search, "tune").groupby("trial")["score"].mean()
            select = of_search(records, cell, search, "select")
            best = select["tune_trial"].drop_duplicates()
            last = min(best, key=lambda slot, tune=tune: tune[slot])
            tops.append(
                [
                    slot if (slot := max(some, key=lambda c: tune[c])) in set(best) else last
                    for some in combinations(range(8), 4)
                ]
            )
            finals.append({key: row for key, row in select.groupby(["tune_trial", "replicate"])})
        pairs = {
            (a, b): np.mean(
                [rho_of(finals[0][a, r].iloc[0], finals[1][b, r].iloc[0]) for r in (0, 1)]
            )
            for a, b in set(zip(*tops, strict=True))
        }
        expected.append(np.mean([pairs[pair] for pair in zip(*tops, strict=True)]))
    assert curve(table, RHO)["value"][4] == pytest.approx(np.mean(expected))


def test_scores_of_small_subsets_come_from_the_other_string(records, table):
    expected = []
    for search in range(4):
        scores = of_search(records, "lstm", search, "tune").pivot(
            index="replicate", columns="trial", values="score"
        )
        for ranked, other in ((0, 1), (1, 0)):
            for some in combinations(range(8), 2):
                expected.append(scores.loc[other, max(some, key=lambda c: scores.loc[ranked, c])])
    lstm = curve(table, SCORE, first="lstm")
    assert lstm["value"][2] == pytest.approx(np.mean(expected))
    assert lstm["basis"].tolist() == [
        "other tuning strings",
        "other tuning strings",
        "selection strings",
        "confirmation strings",
    ]


def test_all_points_have_the_value_of_the_confirmed_winner(records, table):
    scores, ratios = [], []
    for search in range(4):
        gru, lstm = (of_search(records, cell, search, "confirm") for cell in ("gru", "lstm"))
        scores.append(gru["score"].mean())
        pairs = zip(gru.iterrows(), lstm.iterrows(), strict=True)
        ratios.append(np.mean([rho_of(one, other) for (_, one), (_, other) in pairs]))
    assert curve(table, SCORE)["value"][8] == pytest.approx(np.mean(scores))
    assert curve(table, RHO)["value"][8] == pytest.approx(np.mean(ratios))
    assert curve(table, RHO)["beyond"][8] == 0


def test_without_confirmation_runs_selection_strings_value_all_points(records):
    table = tuning_table(records[records["role"] != "confirm"], CONFIGS)
    assert set(curve(table, RHO)["basis"][[4, 8]]) == {"selection strings"}


def test_a_search_with_a_failed_confirmation_run_is_left_out_and_counted(records):
    failed = records.copy()
    place = of_search(records, "gru", 0, "confirm").index[0]
    failed.loc[place, ["status", "score"]] = ["failed", np.nan]
    rows = curve(tuning_table(failed, CONFIGS), SCORE)
    assert (rows["searches"].unique(), rows["left_out"].unique()) == ([3], [1])


def test_bands_hold_the_curve_and_grow_with_the_number_of_efforts(table):
    for quantity in (SCORE, BITS, RHO):
        rows = curve(table, quantity)
        assert rows.index.tolist() == [1, 2, 4, 8]
        assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
        assert rows["searches"].eq(4).all()
    assert curve(table, BITS)["value"].is_monotonic_increasing


def test_the_faster_cell_is_sooner(table):
    """Capacities of 110 and 80 codes differ by .46 octaves."""
    assert curve(table, RHO, 96)["value"].mean() == pytest.approx(np.log2(110 / 80), abs=0.25)


@pytest.mark.parametrize(
    "search",
    [{"sampler": "tpe"}, {"trials": 24}, {"enqueue": [{"depth": 1}]}, {}],
    ids=["tpe", "no power of two", "enqueued", "fresh"],
)
def test_other_designs_have_no_curve(records, search):
    config = {"search": SOBOL_CONFIG["search"] | search}
    if not search:
        config["strings"] = {"fresh": True}
    assert tuning_table(records, {"paired": config}).empty
    assert tuning_table(records, {}).empty


def test_searches_with_failed_runs_are_left_out_and_counted(records):
    failed = records.copy()
    place = of_search(records, "gru", 0, "tune").index[0]
    failed.loc[place, ["status", "score"]] = ["failed", np.nan]
    table = tuning_table(failed, CONFIGS)
    for quantity in (SCORE, RHO):
        rows = curve(table, quantity)
        assert (rows["searches"].unique(), rows["left_out"].unique()) == ([3], [1])
    assert curve(table, SCORE, first="lstm")["searches"].eq(4).all()


def test_other_strings_are_not_paired(records):
    changed = records.copy()
    gru = changed["cell"] == "gru"
    changed.loc[gru, "string_id"] = "other " + changed.loc[gru, "string_id"]
    table = tuning_table(changed, CONFIGS)
    assert RHO not in set(table["quantity"])
    assert SCORE in set(table["quantity"])


def test_random_search_has_exact_bands_by_search(records, monkeypatch):
    pytest.importorskip("opda")
    configs = {"paired": {"search": {"sampler": "random", "trials": 8}}}
    table = tuning_table(records, configs)
    alone = table[table["quantity"] == ONE_SEARCH]
    assert len(alone) == 2 * 2 * 4 * 4  # cells, levels, searches, efforts
    assert alone["search"].nunique() == 4
    assert ((alone["low"] < alone["value"]) & (alone["value"] < alone["high"])).all()
    assert not (tuning_table(records, CONFIGS)["quantity"] == ONE_SEARCH).any()
    monkeypatch.setattr(module, "missing_bands", lambda: "opda")
    assert not (tuning_table(records, configs)["quantity"] == ONE_SEARCH).any()


@pytest.fixture(scope="module")
def arms(records):
    """Two arms: same strings and points, other runs."""
    again = paired_frame(seed=6).assign(
        sweep="second", repeat=1, run_id=lambda rows: "second/" + rows["run_id"]
    )
    # The strings of a synthetic sweep are named after it, and so are those of its arm.
    assert set(again["string_id"]) == set(records["string_id"])
    return pd.concat([records, again], ignore_index=True)


def test_arms_are_sweeps_that_differ_in_the_first_repeat_alone():
    assert second_arms(CONFIGS | SECOND) == {"second": "paired"}
    other = {"second": SECOND["second"] | {"seed": 3}}
    assert second_arms(CONFIGS | other) == {}
    assert second_arms({"paired": SOBOL_CONFIG, "copy": SOBOL_CONFIG}) == {}


def test_a_cell_against_itself_agrees(arms):
    table = arms_table(arms, CONFIGS | SECOND)
    assert table[["level", "cell"]].to_numpy().tolist() == [
        [48, "gru"],
        [48, "lstm"],
        [96, "gru"],
        [96, "lstm"],
    ]
    assert (table["first"] == "paired").all()
    assert table["searches"].eq(4).all()
    assert table["verdict"].eq("agrees").all()
    assert (table["low_bonferroni"] < table["low"]).all()
    assert arms_table(arms, CONFIGS).empty


def test_arms_with_a_run_in_common_are_refused(records):
    copy = pd.concat([records, records.assign(sweep="second")], ignore_index=True)
    with pytest.raises(InputError, match="sweeps paired and second share"):
        arms_table(copy, CONFIGS | SECOND)


def test_second_arms_count_in_no_other_estimate(arms):
    configs = CONFIGS | SECOND
    assert set(without_second_arms(arms, configs)["sweep"]) == {"paired"}
    assert set(Evidence(arms, configs).runs["sweep"]) == {"paired"}
    assert set(Evidence(arms, configs).designed["sweep"]) == {"paired"}
    some = arms[(arms["level"] == 48) & (arms["search"] < 2)]
    alone = tuning_table(some[some["sweep"] == "paired"], CONFIGS)
    pd.testing.assert_frame_equal(tuning_table(some, configs), alone)
    alone = arms[arms["sweep"] == "second"]
    assert len(without_second_arms(alone, configs)) == len(alone)


def test_words_name_the_efforts_with_another_answer():
    rows = pd.DataFrame(
        {
            "n": [1, 2, 4],
            "low": [-0.4, -0.1, 0.1],
            "high": [-0.1, 0.2, 0.3],
            "basis": ["conditional on its tuning strings", "x", "x"],
        }
    ).assign(first="gru", second="lstm")
    assert other_efforts(rows) == (
        "With the best of 4 points, the GRU is sooner. With fewer, the answer would be another: "
        "n = 1 (conditional on its tuning strings, no claim), the LSTM is sooner; "
        "n = 2, no difference is found."
    )
    same = "With the best of 4 points, the GRU is sooner. With fewer, the answer would be the same."
    assert other_efforts(rows.tail(1)) == same
