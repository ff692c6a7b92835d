"""Time to memorize as censored data, aggregates, and where variance comes from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqmem.analysis.estimators.aggregates import interquartile_mean, performance_profile
from seqmem.analysis.estimators.survival import (
    kaplan_meier,
    logrank_table,
    memorized_curves,
    times_to_memorize,
)
from seqmem.analysis.estimators.variance import nested_components, trial_component, variance_table


def test_kaplan_meier_by_hand():
    """Events at 1 and 3 of five, one censored at 2: survival 4/5, then 4/5 * 2/3."""
    curve = kaplan_meier([1, 2, 3, 4, 5], [False, True, False, True, True])
    assert curve.times.tolist() == [1, 3]
    assert curve.memorized.tolist() == pytest.approx([1 - 4 / 5, 1 - 8 / 15])
    assert curve.at_risk.tolist() == [5, 3]
    assert (curve.low < curve.memorized).all()
    assert (curve.memorized < curve.high).all()


def test_all_or_nothing_memorized_is_said_without_a_warning():
    assert kaplan_meier([1.0, 1.0], [True, True]).times.size == 0
    everything = kaplan_meier([0.5, 0.5], [False, False])
    assert everything.memorized.tolist() == [1.0]


def test_runs_are_watched_until_the_budget_or_until_they_were_stopped():
    shared = {"checkpoint_fractions": [0.25, 1.0], "period": 10, "budget_amount": 2.0}
    runs = [
        {"status": "memorized", "checkpoint_exact_prefixes": [10, 10], "spent": 0.5},
        {"status": "budget_spent", "checkpoint_exact_prefixes": [3, 9], "spent": 2.01},
        {"status": "diverged", "checkpoint_exact_prefixes": [0, 0], "spent": 0.2},
        {"status": "stalled", "checkpoint_exact_prefixes": [1, 1], "spent": 1.0},
    ]
    times, censored = times_to_memorize(pd.DataFrame([shared | run for run in runs]))
    assert times.tolist() == [0.25, 1.0, 1.0, 0.5]
    assert censored.tolist() == [0, 1, 1, 1]


def test_curves_and_tests_of_a_sweep(make_frame):
    frame = make_frame(searches=3, confirm=8, capacities=(("gru", 300.0), ("lstm", 60.0)))
    curves = memorized_curves(frame)
    last = curves.groupby(["level", "cell"])["memorized"].last()
    observed = frame[frame["role"] == "confirm"].groupby(["level", "cell"])["memorized"].mean()
    observed = observed[observed > 0]
    assert last.to_dict() == pytest.approx(observed.to_dict())
    table = logrank_table(frame).set_index("level")
    assert table.loc[96, "p_value"] < 0.001
    assert table.loc[96, "first_memorized"] > table.loc[96, "second_memorized"]


def test_logrank_is_scipys_and_not_defined_without_events(make_frame):
    never = logrank_table(make_frame(capacities=(("gru", 1e-3), ("lstm", 1e-3))))
    assert never["p_value"].isna().all()
    frame = make_frame(levels=(96,), confirm=8)
    runs = frame[frame["role"] == "confirm"]
    samples = []
    for cell in ("gru", "lstm"):
        times, censored = times_to_memorize(runs[runs["cell"] == cell])
        samples.append(stats.CensoredData.right_censored(times, censored))
    expected = stats.logrank(*samples)
    assert logrank_table(frame)["p_value"].item() == pytest.approx(expected.pvalue)


def test_interquartile_mean_forgets_the_outer_quarters():
    assert interquartile_mean([0, 1, 2, 3, 4, 5, 6, 1e9]).mean == 3.5
    assert np.isnan(interquartile_mean([1.0, 2.0, 3.0]).low)
    assert interquartile_mean([]).units == 0
    values = np.random.default_rng(0).normal(size=40)
    trimmed = interquartile_mean(values)
    low, high = stats.mstats.trimmed_mean_ci(values, (0.25, 0.25))
    assert (trimmed.low, trimmed.high) == pytest.approx((low, high), rel=0.1)


def test_profiles_fall_and_stay_within_bounds():
    values = np.random.default_rng(1).random(24)
    profile = performance_profile(
        values, np.repeat([0, 1, 2], 8).tolist(), range(24), np.linspace(0, 1, 11)
    )
    assert profile.mean[0] == 1
    assert profile.mean[-1] == 0
    assert (np.diff(profile.mean) <= 0).all()
    assert profile.low.min() >= 0
    assert profile.high.max() <= 1
    assert profile.unit == "search"


def test_components_are_recovered_from_nested_data():
    rng = np.random.default_rng(6)
    searches = 60
    strings = 12
    repeats = 4
    value = (
        2.0 * rng.normal(size=(searches, 1, 1))
        + 1.0 * rng.normal(size=(searches, strings, 1))
        + 0.5 * rng.normal(size=(searches, strings, repeats))
    )
    labels = np.indices(value.shape).reshape(3, -1)
    names = [f"{search}/{string}" for search, string in zip(labels[0], labels[1], strict=True)]
    components = nested_components(value.ravel(), labels[0].tolist(), names)
    assert components["search"] == pytest.approx(4, rel=0.4)
    assert components["string"] == pytest.approx(1, rel=0.15)
    assert components["initialization"] == pytest.approx(0.25, rel=0.1)


def test_a_design_that_cannot_tell_says_nan():
    components = nested_components([1.0, 2.0, 4.0], [0, 0, 0], ["a", "b", "c"])
    assert np.isnan(components["search"])
    assert np.isnan(components["initialization"])
    assert components["string"] == pytest.approx(np.var([1, 2, 4], ddof=1))
    assert np.isnan(trial_component([1.0, 2.0], [0, 1], ["a", "a"]))
    assert all(np.isnan(value) for value in nested_components([], [], []).values())


def test_trials_on_the_same_strings_are_told_from_their_strings():
    rng = np.random.default_rng(3)
    value = (
        3.0 * rng.normal(size=(200, 1))
        + 10.0 * rng.normal(size=(1, 4))
        + 0.3 * rng.normal(size=(200, 4))
    )
    trials, strings = np.indices(value.shape).reshape(2, -1)
    assert trial_component(value.ravel(), trials.tolist(), strings.tolist()) == pytest.approx(
        9, rel=0.2
    )


def test_variance_table_of_a_sweep(make_frame):
    frame = make_frame(
        levels=(256,), searches=3, tau=0.5, spread=0.05, capacities=(("gru", 100.0),)
    )
    table = variance_table(frame).set_index("component")
    assert table["units"].to_dict() == {
        "search": 3,
        "string": 12,
        "initialization": 12,
        "hyper-parameters": 2,
    }
    assert table.loc["search", "share"] > 0.7
    assert table.loc[["search", "string"], "share"].sum() == pytest.approx(1)
    assert table.loc["hyper-parameters", "variance"] >= 0
