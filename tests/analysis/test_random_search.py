"""Bands of random search: those of opda, from the ranks alone."""

from __future__ import annotations

import numpy as np
import pytest

import seqmem.analysis.estimators.tuning.random_search as module
from seqmem.analysis.estimators.tuning.random_search import missing_bands, random_search_band
from seqmem.core.seeding import generator

EFFORTS = [1, 2, 4, 8, 12]


@pytest.fixture(scope="module")
def scores():
    return np.random.default_rng(5).uniform(-1, 2, 12)


def test_bands_are_those_of_opda(scores):
    opda = pytest.importorskip("opda.nonparametric")
    direct = opda.EmpiricalDistribution.confidence_bands(
        scores,
        0.95,
        a=-1.0,
        b=2.0,
        method="ld_equal_tailed",
        generator=generator("analysis", "random search band", 12),
        n_jobs=1,
    )
    high, value, low = (one.average_tuning_curve(EFFORTS) for one in direct)
    band = random_search_band(scores, EFFORTS, -1.0, 2.0)
    assert band.value == pytest.approx(value)
    assert band.low == pytest.approx(low)
    assert band.high == pytest.approx(high)
    assert (band.low < band.value).all()
    assert (band.value < band.high).all()


def test_the_estimate_is_the_expected_best_with_replacement(scores):
    pytest.importorskip("opda")
    band = random_search_band(scores, [1, 2], -1.0, 2.0)
    pairs = np.maximum(scores[:, None], scores[None, :])
    assert band.value == pytest.approx([scores.mean(), pairs.mean()])


def test_without_opda_the_command_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert missing_bands() == "opda: pip install 'seqmem[analysis]'"
