"""Clustered contrasts and simultaneous intervals: against scipy and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from seqmem.analysis.estimators.contrasts import (
    BONFERRONI,
    PLAIN,
    Contrast,
    cluster_means,
    clustered_contrast,
    clustered_mean,
    largest_t,
    max_t_intervals,
)

RNG = np.random.default_rng(8)
STRATA = np.repeat(["k2 16", "k2 64", "k4 16", "k4 64"], 24).tolist()
CLUSTERS = (np.arange(96) // 8 % 3).tolist()
VALUES = RNG.normal(size=96)


def test_one_stratum_is_the_t_interval_of_cluster_means():
    values = VALUES[:24]
    clusters = CLUSTERS[:24]
    contrast = clustered_contrast(values, ["x"] * 24, clusters)
    means = values.reshape(3, 8).mean(axis=1)
    for confidence in (0.95, BONFERRONI):
        expected = stats.ttest_1samp(means, 0).confidence_interval(confidence)
        assert contrast.interval(confidence) == pytest.approx(tuple(expected))
    assert (contrast.clusters, contrast.strata, contrast.freedom, contrast.values) == (3, 1, 2, 24)


def test_eight_claims_share_the_confidence():
    assert PLAIN == 0.95
    assert pytest.approx(0.99375) == BONFERRONI


def test_one_degree_of_freedom_is_enough_for_an_interval():
    contrast = clustered_contrast([1.0, 2.0], ["x", "x"], [0, 1])
    assert (contrast.freedom, contrast.error) == (1, 0.5)
    assert contrast.interval() == pytest.approx((1.5 - 12.7062 / 2, 1.5 + 12.7062 / 2), abs=1e-4)


def test_an_error_that_is_not_finite_gives_no_interval():
    assert np.isnan(Contrast(1.0, np.inf, 4, 6, 2, 48).interval()).all()


def test_without_a_value_nothing_is_counted():
    contrast = clustered_contrast([np.nan], ["a"], [0])
    assert np.isnan([contrast.estimate, contrast.error]).all()
    assert (contrast.freedom, contrast.clusters, contrast.strata, contrast.values) == (0, 0, 0, 0)


def test_every_value_needs_its_labels():
    with pytest.raises(ValueError, match="argument"):
        cluster_means([1.0, 2.0], ["a", "a", "a"], [0, 1])
    with pytest.raises(ValueError, match="argument"):
        cluster_means([1.0, 2.0, 3.0], ["a", "a"], [0, 1])


def test_balanced_strata_are_the_residuals_of_a_one_way_layout():
    contrast = clustered_contrast(VALUES, STRATA, CLUSTERS)
    means = VALUES.reshape(4, 3, 8).mean(axis=2)
    pooled = means.var(axis=1, ddof=1).mean()
    assert contrast.freedom == 12 - 4
    assert contrast.estimate == pytest.approx(VALUES.mean())
    assert contrast.error == pytest.approx(np.sqrt(pooled / 12))


def test_a_difference_between_levels_is_no_noise():
    shifted = VALUES + np.repeat([0, 50, -20, 7], 24)
    assert clustered_contrast(shifted, STRATA, CLUSTERS).error == pytest.approx(
        clustered_contrast(VALUES, STRATA, CLUSTERS).error
    )


def test_strata_weigh_the_same_whatever_their_clusters():
    values = [0.0, 2.0, 4.0, 10.0, 12.0]
    contrast = clustered_contrast(values, ["a", "a", "a", "b", "b"], [0, 1, 2, 0, 1])
    assert contrast.estimate == pytest.approx((2 + 11) / 2)
    pooled = (8 + 2) / 3
    assert contrast.error == pytest.approx(np.sqrt(pooled * (1 / 3 + 1 / 2)) / 2)


def test_unknown_values_are_left_out_and_counted():
    values = VALUES.copy()
    values[:8] = np.nan
    contrast = clustered_contrast(values, STRATA, CLUSTERS)
    assert (contrast.clusters, contrast.values) == (11, 88)


@pytest.mark.parametrize(
    ("values", "strata", "clusters"),
    [
        ([], [], []),
        ([np.nan], ["a"], [0]),
        ([1.0, 2.0], ["a", "a"], [0, 0]),
        ([1.0, 2.0], ["a", "b"], [0, 0]),
    ],
)
def test_without_two_clusters_in_a_stratum_there_is_no_interval(values, strata, clusters):
    contrast = clustered_contrast(values, strata, clusters)
    assert contrast.freedom == 0
    assert np.isnan(contrast.interval()).all()


def test_order_does_not_matter():
    order = RNG.permutation(96)
    shuffled = cluster_means(
        VALUES[order], np.array(STRATA)[order].tolist(), np.array(CLUSTERS)[order].tolist()
    )
    first = cluster_means(VALUES, STRATA, CLUSTERS)
    np.testing.assert_allclose(shuffled.means, first.means, rtol=1e-12)
    assert shuffled.strata.tolist() == first.strata.tolist()


def test_one_contrast_alone_is_the_t_interval():
    estimate, low, high, freedom = max_t_intervals(VALUES[:, None], STRATA, CLUSTERS)
    expected = clustered_contrast(VALUES, STRATA, CLUSTERS)
    assert freedom == expected.freedom
    assert estimate[0] == pytest.approx(expected.estimate)
    assert (low[0], high[0]) == pytest.approx(expected.interval(), abs=0.003)


def test_max_t_lies_between_one_t_and_bonferroni_and_agrees_with_dunnett():
    shared = RNG.normal(size=96)
    values = np.column_stack([RNG.normal(size=96) - shared for _ in range(3)])
    estimate, low, high, freedom = max_t_intervals(values, STRATA, CLUSTERS)
    single = [clustered_contrast(column, STRATA, CLUSTERS) for column in values.T]
    for index, contrast in enumerate(single):
        width = high[index] - low[index]
        assert estimate[index] == pytest.approx(contrast.estimate)
        assert width > np.ptp(contrast.interval())
        assert width < np.ptp(contrast.interval(1 - 0.05 / 3))
    assert freedom == 8


def test_independent_contrasts_have_the_known_critical_value():
    """Three uncorrelated contrasts with many degrees of freedom: 2.388 (Sidak)."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3000, 3))
    estimate, _, high, _ = max_t_intervals(values, ["x"] * 3000, range(3000))
    errors = values.std(axis=0, ddof=1) / np.sqrt(3000)
    np.testing.assert_allclose(
        (high - estimate) / errors, stats.norm.ppf(0.5 + 0.5 * 0.95 ** (1 / 3)), rtol=0.01
    )


def test_the_critical_value_is_that_of_ever():
    """Shipped intervals rest on it; by Hochberg and Tamhane 1987, table 7, it is 2.83."""
    assert largest_t(3, 10, 0.95) == pytest.approx(2.82846, abs=1e-6)


def test_equal_contrasts_and_constant_ones_are_no_trouble():
    values = np.column_stack([VALUES, VALUES, np.zeros(96)])
    _, low, high, _ = max_t_intervals(values, STRATA, CLUSTERS)
    assert high[0] == pytest.approx(high[1])
    assert low[2] == high[2] == 0
    estimate, low, high, freedom = max_t_intervals(np.empty((0, 3)), [], [])
    assert np.isnan([estimate, low, high]).all()
    assert freedom == 0


def test_without_degrees_of_freedom_there_are_estimates_and_no_simultaneous_intervals():
    estimate, low, high, freedom = max_t_intervals([[1.0, 5.0], [3.0, 7.0]], ["a", "a"], [0, 0])
    assert estimate.tolist() == [2.0, 6.0]
    assert np.isnan([low, high]).all()
    assert freedom == 0


def test_interval_over_searches_is_the_t_interval_of_search_means():
    values = np.array([[0.1], [0.3], [0.4], [0.6], [0.9], [0.9]])
    searches = [0, 0, 1, 1, 2, 2]
    result = clustered_mean(values, searches, range(6))
    low, high = stats.ttest_1samp([0.2, 0.5, 0.9], 0).confidence_interval(0.95)
    assert (result.unit, result.units) == ("search", 3)
    np.testing.assert_allclose([result.low[0], result.high[0]], [low, high])


def test_one_search_falls_back_to_its_strings_and_not_to_their_repeats():
    values = np.array([[0.1], [0.3], [0.4], [0.6]])
    result = clustered_mean(values, ["a"] * 4, ["x", "x", "y", "y"])
    low, high = stats.ttest_1samp([0.2, 0.5], 0).confidence_interval(0.95)
    assert (result.unit, result.units) == ("string", 2)
    np.testing.assert_allclose([result.low[0], result.high[0]], [low, high])


def test_a_single_string_has_no_interval():
    result = clustered_mean([[0.4, 0.5]], [0], [0])
    assert result.mean.tolist() == [0.4, 0.5]
    assert np.isnan([*result.low, *result.high]).all()


def test_wider_confidence_is_wider():
    values = np.random.default_rng(0).normal(size=(8, 3))
    narrow, wide = (clustered_mean(values, range(8), range(8), interval=p) for p in (0.95, 0.994))
    assert (wide.high > narrow.high).all()
    assert narrow.mean == pytest.approx(values.mean(axis=0))
