"""Importance from Sobol points: known functions, agreement with known indices, honest refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.estimators.forest_indices import permutation, sobol_indices
from seqmem.analysis.estimators.importance import importance_table
from seqmem.analysis.estimators.importance_points import Points, enough_points, sobol_points

NAMES = ("depth", "units", "learning_rate", "batch")


def points(function, count: int = 256, noise: float = 0.01) -> Points:
    rng = np.random.default_rng(4)
    inputs = rng.random((count, len(NAMES)))
    return Points(inputs, function(*inputs.T) + noise * rng.normal(size=count), NAMES, count)


def test_total_indices_of_a_sum_are_its_shares_of_variance():
    sobol = sobol_indices(points(lambda depth, units, rate, batch: units + 2 * rate), refits=6)
    assert sobol.total[1:3] == pytest.approx([0.2, 0.8], abs=0.06)
    assert sobol.total[[0, 3]] == pytest.approx([0, 0], abs=0.01)
    assert sobol.r_squared > 0.9
    assert abs(sobol.interaction) < 0.03
    assert sobol.refits.shape == (6, 4)


def test_a_product_is_an_interaction():
    """(u - 1/2)(r - 1/2) has no main effects: both total indices and the interaction are 1."""
    sobol = sobol_indices(
        points(lambda depth, units, rate, batch: (units - 0.5) * (rate - 0.5), 512, 0.001), refits=2
    )
    assert sobol.interaction > 0.6
    assert sobol.total[1:3].min() > 0.7


def test_the_same_points_give_the_same_indices():
    made = points(lambda depth, units, rate, batch: units)
    first = sobol_indices(made, refits=2)
    second = sobol_indices(made._replace(strings=1), refits=2)
    np.testing.assert_array_equal(first.refits, second.refits)


def test_noise_alone_is_not_explained():
    sobol = sobol_indices(points(lambda *inputs: 0 * inputs[0], noise=1.0), refits=2)
    assert sobol.r_squared < 0.1


def test_permutation_ranks_as_the_function_does():
    falls = permutation(points(lambda depth, units, rate, batch: units + 3 * rate), repeats=3)
    assert falls.argsort()[::-1][:2].tolist() == [2, 1]


def records(count: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    inputs = pd.DataFrame(
        {"depth": rng.integers(1, 4, count), "units": rng.choice([8, 16, 32, 64], count)}
    )
    inputs["learning_rate"] = np.exp(rng.uniform(-7, -2, count))
    score = np.log(inputs["learning_rate"]) + 0.1 * inputs["depth"]
    return inputs.assign(
        score=score,
        cell="gru",
        trial=range(count),
        string_id=[str(i) for i in range(count)],
        sweep="s",
        condition="c",
        search=0,
        role="tune",
        status="budget_spent",
        generation=0,
        level=64,
        source="iid",
        alphabet_size=4,
        measure="lzw",
        protocol="stream",
        budget="1 cal-s",
        budget_unit="cal-s",
        budget_amount=1.0,
    )


def test_only_sobol_points_count():
    frame = records()
    assert len(sobol_points(frame, {}).scores) == 80
    tpe = frame.assign(generation=np.repeat([0, 1], 40))
    assert len(sobol_points(tpe, {}).scores) == 40
    assert len(sobol_points(tpe, {"s": {"search": {"sampler": "sobol"}}}).scores) == 80
    assert len(sobol_points(frame, {"s": {"search": {"sampler": "random"}}}).scores) == 0


def test_a_point_is_the_mean_over_its_strings():
    frame = records()
    twice = pd.concat(
        [frame, frame.assign(score=frame["score"] + 1, string_id="other" + frame["string_id"])]
    )
    averaged = sobol_points(twice, {})
    assert averaged.scores == pytest.approx(frame["score"] + 0.5)
    assert averaged.strings == 160


def test_names_and_clips_without_a_limit_become_numbers():
    frame = records()
    runs = frame.assign(
        optimizer=np.where(frame["trial"] % 2, "sgd", "adam"),
        gradient_clip=np.where(frame["trial"] % 4 == 0, np.nan, 0.5 + frame["trial"] % 2),
    )
    found = sobol_points(runs, {})
    columns = dict(zip(found.names, found.inputs.T, strict=True))
    assert set(columns["optimizer"]) == {1.0, 2.0}
    assert set(columns["gradient_clip"]) == {0.5, 1.5, 3.0}


@pytest.mark.parametrize(
    "frame", [records(30), records().assign(score=1.0), records().drop(columns="score")]
)
def test_too_few_points_or_equal_scores_are_left_out(frame):
    assert list(enough_points(frame, {})) == []
    assert importance_table(frame, {}).empty


def test_without_scikit_learn_there_is_no_importance_and_the_claim_says_what_is_missing(
    monkeypatch,
):
    import seqmem.analysis.estimators.importance as module
    from seqmem.analysis.claims.rules.evidence import Evidence
    from seqmem.analysis.claims.study_1.c4_importance import test

    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert importance_table(records(), {}).empty
    assert (
        test(Evidence(records())).words()
        == "not tested: needs scikit-learn: pip install 'seqmem[analysis]'"
    )


def test_every_evaluator_is_named_and_all_agree_on_what_is_plain(monkeypatch):
    import seqmem.analysis.estimators.importance as module

    original = module.sobol_indices
    monkeypatch.setattr(module, "sobol_indices", lambda points: original(points, 4))
    table = importance_table(records(), {})
    by_evaluator = table[table["hyper_parameter"] != "learning_rate x units"].set_index(
        "hyper_parameter"
    )
    assert set(by_evaluator["evaluator"]) == {
        "total Sobol index",
        "PED-ANOVA",
        "fANOVA",
        "permutation",
    }
    for _, rows in by_evaluator.groupby("evaluator"):
        assert rows["importance"].idxmax() == "learning_rate"
    assert table["points"].eq(80).all()


@pytest.mark.slow
def test_a_description_may_be_of_the_level_alone_whose_scores_differ_most(monkeypatch):
    import seqmem.analysis.estimators.importance as module

    original = module.sobol_indices
    monkeypatch.setattr(module, "sobol_indices", lambda points: original(points, 2))
    monkeypatch.setattr("seqmem.analysis.estimators.forest_indices.TREES", 8)
    hard = records()
    hard = hard.assign(
        level=2 * hard["level"], score=0.1 * hard["score"], sweep=hard["sweep"] + " hard"
    )
    both = pd.concat([records(), hard], ignore_index=True)
    assert importance_table(both, {})["level"].nunique() == 2
    assert set(importance_table(both, {}, all_levels=False)["level"]) == set(records()["level"])
