"""The simulations of depth, importance and capacity: their bounds, and the real estimators.

The bounds are those of section 4 of the pre-registration of study 2. Scenarios known to miss one
are named in `SHORT`, and docs/methods.md gives the reason.
"""

from __future__ import annotations

import numpy as np
import pytest

from seqmem.analysis.estimators.contrasts import BONFERRONI, clustered_contrast, max_t_intervals
from seqmem.analysis.estimators.saltelli import jansen
from seqmem.analysis.estimators.stored_bits import log_slope
from seqmem.analysis.simulation import capacity_slopes, depth, indices, parts
from seqmem.analysis.simulation.study_2_tables import DEVIATIONS
from seqmem.core.seeding import generator

COVERAGE = 0.93
# 1.2 times .3 %, and twice the Monte Carlo error of 2,000 studies.
FALSE = 1.2 * (1 - BONFERRONI) / 2 + 2 * 0.0013
SHORT = {"skewed"}


def test_simulated_limits_are_those_of_the_estimators() -> None:
    values = depth.simulate_ratios(depth.SCENARIOS["normal"], (0.1, 0.2, 0.0, -0.3), 0.3, "test", 1)
    limits = depth.study_limits(values, BONFERRONI)
    rows = values.reshape(-1, depth.RATIOS)
    levels = np.repeat(np.arange(depth.LEVELS), depth.SEARCHES).tolist()
    searches = list(range(depth.SEARCHES)) * depth.LEVELS
    _, low, high, freedom = max_t_intervals(rows, levels, searches, BONFERRONI)
    assert freedom == 18
    np.testing.assert_allclose([limits.all_low[0], limits.all_high[0]], [low, high])
    for place, column in enumerate(rows.T):
        alone = clustered_contrast(column, levels, searches).interval(BONFERRONI)
        np.testing.assert_allclose([limits.low[0, place], limits.high[0, place]], alone)


def test_simulated_slopes_are_those_of_the_estimator() -> None:
    sizes = np.log2([300.0, 700, 1500, 4000])
    values = generator("tests", "slopes").normal(size=(2, 4))
    slopes, limits = capacity_slopes.slope_limits(sizes, values, 0.95)
    for study, own in enumerate(values):
        expected = log_slope(2**sizes, 2**own, 0.95)
        np.testing.assert_allclose([slopes[study], *limits[:, study]], expected)


def test_simulated_rows_give_the_known_indices_of_the_ishigami_function() -> None:
    rng = generator("tests", "indices")
    values = indices.saltelli_values(indices.ishigami, 3, 2**12, rng)
    np.testing.assert_allclose(jansen(values)[1], [0.5576, 0.4424, 0.2437], atol=0.02)


def test_budgets_of_simulated_searches_are_as_alike_as_in_study_1() -> None:
    correlation, share = depth.quarter_likeness(200)
    assert 0.7 < correlation < 0.9
    assert 0.75 < share < 0.95


def test_simulated_parts_are_those_of_the_estimator() -> None:
    counts = {"C6": (4, 1, 80), "C7": (20, 1, 80), "C8": (12, 2, 48)}
    for claim, (number, strata, units) in counts.items():
        drawn = parts.DESIGNS[claim].draw(generator("tests", claim), 2, parts.normal)
        assert len(drawn) == number
        assert drawn[0].shape == (2, strata, units)
        for values in (drawn[0], drawn[-1]):
            means, errors, freedom = parts.part_estimates(values)
            levels = np.repeat(np.arange(values.shape[1]), units).tolist()
            own = clustered_contrast(values[1].ravel(), levels, list(range(values[1].size)))
            np.testing.assert_allclose([means[1], errors[1], freedom], own[:3])


def test_simulated_values_have_the_deviations_and_skewness_that_they_name() -> None:
    rng = generator("tests", "standard")
    values = parts.skewed(1.7)(rng, (200_000,))
    assert values.std() == pytest.approx(1, abs=0.02)
    assert (values**3).mean() == pytest.approx(1.7, abs=0.15)
    sizes = [values[:, 0].ravel() for values in parts.volatilities(rng, 500, parts.normal)]
    assert sizes[0].std() == pytest.approx(0.69, abs=0.01)
    assert np.corrcoef(sizes[0], sizes[1])[0, 1] == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(sizes[0], sizes[2])[0, 1] == pytest.approx(0.25, abs=0.02)
    assert np.corrcoef(sizes[10], sizes[12])[0, 1] == pytest.approx(0, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("claim", parts.DESIGNS)
def test_claims_of_several_parts_are_seldom_refuted_by_chance(claim: str) -> None:
    result = parts.parts_result(claim, parts.normal, "normal")
    assert max(result.supported, result.refuted) <= FALSE
    assert result.refuted_by_one > 2 * FALSE or claim == "C6"
    skew = parts.DESIGNS[claim].skew
    other = parts.parts_result(claim, parts.skewed(skew), f"skewness {skew:g}")
    assert min(result.coverage, other.coverage) >= COVERAGE
    assert other.refuted < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("name", depth.SCENARIOS)
def test_ratios_of_depths_are_covered_alone_and_together(name: str) -> None:
    alone, together = depth.ratio_coverage(name)
    assert alone >= COVERAGE
    assert (together >= COVERAGE) == (name not in SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_verdicts_on_depth_are_seldom_false(deviation: float) -> None:
    at_margin = depth.depth_verdicts((0.15,) * 4, deviation, 0.15)
    assert max(at_margin.somewhere, at_margin.gains) <= FALSE
    assert depth.depth_verdicts((0.0, 0.0, 0.0, 0.15), deviation, 0.15).nowhere <= FALSE


@pytest.mark.slow
def test_a_winner_that_is_chosen_again_is_nearly_that_of_a_search_at_its_budget() -> None:
    reference, kept, chosen = depth.quarter_results().values()
    assert reference.loss == 0
    assert chosen.loss < 0.06 < 0.3 < kept.loss
    assert abs(chosen.bias) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("name", indices.RESPONSES)
def test_total_indices_are_covered(name: str) -> None:
    result = indices.index_results(name)
    assert min(result.coverage) >= COVERAGE
    for truth, above, below in zip(result.truth, result.important, result.unimportant, strict=True):
        assert (above if truth < indices.LEAST_INDEX else below) <= FALSE


@pytest.mark.slow
@pytest.mark.parametrize("name", capacity_slopes.STORING)
def test_slopes_are_covered_and_seldom_called_linear_by_mistake(name: str) -> None:
    result = capacity_slopes.slope_results(name, "lstm", 0.9, 1.1)
    assert result.coverage >= COVERAGE
    assert result.linear[-1] <= FALSE
