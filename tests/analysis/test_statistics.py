"""Means and their t intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from seqmem.analysis.estimators.contrasts import clustered_mean


def test_interval_over_searches_is_the_t_interval_of_search_means():
    values, searches = np.array([[0.1], [0.3], [0.4], [0.6], [0.9], [0.9]]), [0, 0, 1, 1, 2, 2]
    found = clustered_mean(values, searches, range(6))
    low, high = stats.ttest_1samp([0.2, 0.5, 0.9], 0).confidence_interval(0.95)
    assert (found.unit, found.units) == ("search", 3)
    np.testing.assert_allclose([found.low[0], found.high[0]], [low, high])


def test_one_search_falls_back_to_its_strings_and_not_to_their_repeats():
    values = np.array([[0.1], [0.3], [0.4], [0.6]])
    found = clustered_mean(values, ["a"] * 4, ["x", "x", "y", "y"])
    low, high = stats.ttest_1samp([0.2, 0.5], 0).confidence_interval(0.95)
    assert (found.unit, found.units) == ("string", 2)
    np.testing.assert_allclose([found.low[0], found.high[0]], [low, high])


def test_a_single_string_has_no_interval():
    found = clustered_mean([[0.4, 0.5]], [0], [0])
    assert found.mean.tolist() == [0.4, 0.5]
    assert np.isnan([*found.low, *found.high]).all()


def test_wider_confidence_is_wider():
    values = np.random.default_rng(0).normal(size=(8, 3))
    narrow, wide = (clustered_mean(values, range(8), range(8), interval=p) for p in (0.95, 0.994))
    assert (wide.high > narrow.high).all()
    assert narrow.mean == pytest.approx(values.mean(axis=0))
