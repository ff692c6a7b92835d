"""Laws of the capacity posterior, and its likelihood against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.analysis.estimators.capacity import (
    capacity_ratio,
    continuous_reading,
    estimate_capacity,
)
from seqmem.analysis.estimators.psychometric import (
    LAPSES,
    Cluster,
    log_likelihoods,
    make_grid,
    probability,
)
from tests.properties import at_most

LADDER = np.array([16.0, 32, 64, 128, 256])
runs = st.lists(
    st.tuples(st.sampled_from([32.0, 64.0, 128.0]), st.integers(0, 2), st.booleans()),
    min_size=1,
    max_size=15,
)


def estimate(rows):
    levels, searches, memorized = zip(*rows, strict=True)
    return estimate_capacity(levels, searches, memorized)


def separated(copies: int):
    """Every string up to 64 memorized, none above, `copies` strings in each of 3 searches."""
    levels = np.repeat(LADDER, 3 * copies)
    return estimate_capacity(
        levels, np.tile(np.repeat([0, 1, 2], copies), len(LADDER)), levels <= 64
    )


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def plain_likelihood(theta, spread, tau, lapse, cluster) -> float:
    """The likelihood as its definition reads, one loop over 15 Gauss-Hermite nodes of exp(-v^2)."""
    nodes, weights = np.polynomial.hermite.hermgauss(15)
    total = 0.0
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        shift = math.sqrt(2) * tau * node
        z = (theta + shift - math.log2(cluster.level)) / spread
        hit = (1 - lapse) * logistic(z)
        miss = logistic(-z) + lapse * logistic(z)
        total += (
            weight
            / math.sqrt(math.pi)
            * hit**cluster.memorized
            * miss ** (cluster.runs - cluster.memorized)
        )
    return total


@pytest.mark.parametrize("cluster", [Cluster(32.0, 3, 1), Cluster(45.0, 4, 4), Cluster(64.0, 2, 0)])
def test_likelihood_equals_plain_loops(cluster):
    grid = make_grid(32, 64, spreads=5, taus=3)
    table = np.exp(log_likelihoods(grid, [cluster])[0])
    for t in range(0, len(grid.theta), 9):
        for s, spread in enumerate(grid.spread):
            for u, tau in enumerate(grid.tau):
                for column, lapse in enumerate(LAPSES):
                    expected = plain_likelihood(grid.theta[t], spread, tau, lapse, cluster)
                    assert table[t, s, u, column] == pytest.approx(expected, rel=1e-9, abs=1e-290)


@pytest.mark.slow
def test_posterior_equals_plain_loops():
    """Whole posterior of a tiny design: prior times likelihood, summed in loops."""
    capacity = estimate_capacity(
        [32, 32, 32, 64, 64], [0, 0, 1, 0, 0], [True, True, False, False, True]
    )
    clusters = [Cluster(32.0, 2, 2), Cluster(32.0, 1, 0), Cluster(64.0, 2, 1)]
    grid = make_grid(32, 64)
    chosen = [8, 30, 50, 70]
    masses = []
    for t in chosen:
        mass = 0.0
        for spread in grid.spread.tolist():
            for u, tau in enumerate(grid.tau.tolist()):
                for lapse, weight in zip(LAPSES.tolist(), (0.3, 0.3, 0.2, 0.15, 0.05), strict=True):
                    prior = (
                        math.exp(
                            -0.5 * (math.log(spread / 0.25) / 0.8) ** 2 - 0.5 * (tau / 0.4) ** 2
                        )
                        * weight
                    )
                    prior *= 0.5 if u in (0, len(grid.tau) - 1) else 1.0
                    likelihood = [
                        plain_likelihood(grid.theta[t], spread, tau, lapse, c) for c in clusters
                    ]
                    mass += prior * math.prod(likelihood)
        masses.append(mass)
    measured = capacity.posterior.mass[chosen]
    np.testing.assert_allclose(measured / measured.sum(), np.array(masses) / sum(masses), rtol=1e-9)


def test_finer_grid_moves_no_quantile_by_more_than_two_thousandths_of_an_octave():
    clusters = [
        Cluster(level, 8, hits) for level, hits in zip(LADDER, (8, 8, 5, 1, 0), strict=True)
    ]

    def quantiles(spreads: int, taus: int) -> np.ndarray:
        grid = make_grid(16, 256, spreads, taus)
        weights = np.exp(grid.log_prior + log_likelihoods(grid, clusters).sum(axis=0))
        mass = weights.sum(axis=(1, 2, 3))
        return np.interp([0.025, 0.5, 0.975], np.cumsum(mass) / mass.sum(), grid.theta)

    np.testing.assert_allclose(quantiles(11, 9), quantiles(25, 21), atol=0.002)


@at_most(8)
@given(runs, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(rows, random):
    shuffled = [(level, f"search {2 - search}", hit) for level, search, hit in rows]
    random.shuffle(shuffled)
    first = estimate(rows)
    second = estimate(shuffled)
    np.testing.assert_array_equal(first.posterior.mass, second.posterior.mass)
    assert first.relation == second.relation


@at_most(6)
@given(runs)
def test_an_octave_up_moves_the_posterior_an_octave_up(rows):
    first = estimate(rows)
    second = estimate([(2 * level, search, hit) for level, search, hit in rows])
    np.testing.assert_allclose(second.posterior.grid, first.posterior.grid + 1, atol=1e-9)
    np.testing.assert_allclose(second.posterior.mass, first.posterior.mass, atol=1e-9)
    assert second.median == pytest.approx(2 * first.median, rel=1e-9)


@at_most(8)
@given(runs)
def test_a_posterior_is_a_distribution_with_ordered_quantiles(rows):
    capacity = estimate(rows)
    assert capacity.posterior.mass.sum() == pytest.approx(1)
    assert (capacity.posterior.mass >= 0).all()
    assert capacity.low < capacity.median < capacity.high
    assert capacity.runs == len(rows)
    assert capacity.memorized == sum(hit for _, _, hit in rows)
    above = capacity.high >= capacity.highest
    below = capacity.low <= capacity.lowest
    relations = {(0, 0): "=", (1, 0): ">=", (0, 1): "<=", (1, 1): "unresolved"}
    assert capacity.relation == relations[above, below]


@at_most(5)
@given(runs)
def test_memorizing_one_string_more_never_lowers_the_median(rows):
    better = [(level, search, hit or i == 0) for i, (level, search, hit) in enumerate(rows)]
    assert estimate(better).median >= estimate(rows).median * (1 - 1e-9)


def test_more_data_give_a_narrower_interval():
    widths = [math.log2(capacity.high / capacity.low) for capacity in map(separated, (1, 4, 16))]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 1.2 * widths[-1]


def test_separated_data_put_the_capacity_between_the_levels():
    capacity = separated(8)
    assert capacity.relation == "="
    assert 64 < capacity.median < 128
    assert capacity.median == pytest.approx(math.sqrt(64 * 128), rel=0.05)
    assert capacity.clusters == 15


@pytest.mark.parametrize(
    ("levels", "memorized", "relation"),
    [
        (LADDER, [True] * 5, ">="),
        (LADDER, [False] * 5, "<="),
        ([64.0] * 4, [True, True, False, False], "unresolved"),
        ([64.0], [True], "unresolved"),
        ([8.0] * 40 + [16.0] * 9 + [64.0] * 3 + [128.0] * 2, [True] * 49 + [False] * 5, "="),
    ],
)
def test_degenerate_data_get_an_honest_relation(levels, memorized, relation):
    capacity = estimate_capacity(levels, [0] * len(levels), memorized)
    assert capacity.relation == relation
    assert np.isfinite([capacity.low, capacity.median, capacity.high]).all()


@pytest.mark.parametrize(
    ("levels", "searches", "memorized", "message"),
    [
        ([], [], [], "no runs"),
        ([16], [0], [True, False], "unequal lengths"),
        ([0.0], [0], [True], "positive"),
        ([float("nan")], [0], [True], "positive"),
    ],
)
def test_bad_input_is_refused_in_one_line(levels, searches, memorized, message):
    with pytest.raises(ValueError, match=message) as raised:
        estimate_capacity(levels, searches, memorized)
    assert "\n" not in str(raised.value)


def test_curve_falls_and_its_band_holds_it():
    mean, low, high = separated(4).curve(np.geomspace(8, 512, 40))
    assert (np.diff(mean) < 0).all()
    assert ((low <= mean) & (mean <= high)).all()
    assert mean[0] > 0.9
    assert mean[-1] < 0.1


def test_curve_is_the_posterior_mean_of_the_psychometric_function():
    """Against the full grid instead of the even sample of it."""
    capacity = estimate_capacity([32, 32, 64, 64], [0, 0, 0, 0], [True, True, False, True])
    grid = make_grid(32, 64)
    clusters = [Cluster(32.0, 2, 2), Cluster(64.0, 2, 1)]
    weights = np.exp(grid.log_prior + log_likelihoods(grid, clusters).sum(axis=0))
    axes = np.meshgrid(grid.theta, grid.spread, grid.tau, LAPSES, indexing="ij")
    values = probability(*(axis.ravel() for axis in axes), np.array([32.0, 64.0]))
    expected = weights.ravel() @ values / weights.sum()
    np.testing.assert_allclose(capacity.curve([32.0, 64.0])[0], expected, atol=0.002)


def test_ratio_of_a_capacity_with_itself_is_one_and_symmetric():
    ratio = capacity_ratio(separated(4), separated(4))
    assert ratio.median == pytest.approx(1)
    assert ratio.low * ratio.high == pytest.approx(1)
    assert ratio.relation == "="


@at_most(5)
@given(runs, runs)
def test_ratio_inverts_with_its_arguments(a, b):
    forth = capacity_ratio(estimate(a), estimate(b))
    back = capacity_ratio(estimate(b), estimate(a))
    assert forth.median * back.median == pytest.approx(1)
    assert forth.low * back.high == pytest.approx(1)
    assert {forth.relation, back.relation} in ({"="}, {">=", "<="}, {"unresolved"})


def test_ratio_equals_a_double_loop():
    a = separated(1)
    b = estimate_capacity([16, 64], [0, 0], [True, False])
    values = []
    weights = []
    for x, p in zip(a.posterior.grid, a.posterior.mass, strict=True):
        for y, q in zip(b.posterior.grid, b.posterior.mass, strict=True):
            values.append(x - y)
            weights.append(p * q)
    ratio = capacity_ratio(a, b)
    below = np.average(np.array(values) < ratio.log2.grid[60] + 0.025, weights=weights)
    assert ratio.log2.mass[:61].sum() == pytest.approx(below)


@pytest.mark.parametrize(
    ("fractions", "level", "relation"),
    [
        ([1.0, 0.95, 0.85], 128.0, "="),
        ([1.0, 0.95, 0.92], 256.0, ">="),
        ([0.8, 0.5, 0.1], 16.0, "<="),
        ([0.9, 0.5, 0.1], 16.0, "="),
        ([1.0, 0.8, 0.95], 256.0, ">="),
        ([0.89, 0.95, 0.85], 128.0, "="),
    ],
)
def test_continuous_reading(fractions, level, relation):
    reading = continuous_reading([16, 64, 256], fractions)
    assert reading.level == pytest.approx(level)
    assert reading.relation == relation


def test_continuous_reading_averages_within_levels_and_refuses_nan():
    assert continuous_reading([16, 16, 64, 64], [1.0, 1.0, 1.0, 0.6]).level == pytest.approx(32)
    assert math.isnan(continuous_reading([], []).level)
    with pytest.raises(ValueError, match="finite"):
        continuous_reading([16], [math.nan])
