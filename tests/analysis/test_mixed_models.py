"""Regression with a random intercept, and of censored values, against known values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from seqmem.analysis.estimators.censored_regression import censored_regression
from seqmem.analysis.estimators.context_effects import context_effects
from seqmem.analysis.estimators.mixed_models import random_intercepts
from seqmem.analysis.simulation import context, context_censored

# Yield of dyestuff of six batches (Davies 1947, table 6.3).
DYESTUFF = [
    [1545, 1440, 1440, 1520, 1580],
    [1540, 1555, 1490, 1560, 1495],
    [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545],
    [1595, 1630, 1515, 1635, 1625],
    [1520, 1455, 1450, 1480, 1445],
]


def test_dyestuff_has_its_published_variances():
    values = np.ravel(DYESTUFF)
    fit = random_intercepts(values, np.ones((30, 1)), np.repeat(list("ABCDEF"), 5))
    # The REML estimates of lme4 (Bates et al. 2015): 1764.05, 2451.25; error of the mean 19.383.
    assert fit.between == pytest.approx(1764.05, rel=1e-5)
    assert fit.within == pytest.approx(2451.25, rel=1e-5)
    mean = fit.effect([1.0])
    assert mean.estimate == pytest.approx(1527.5)
    assert mean.error == pytest.approx(19.383, abs=1e-3)
    assert mean.freedom == pytest.approx(5, rel=1e-6)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_balanced_design_is_regression_on_the_means_of_groups(spread):
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(8), 4)
    own = np.column_stack([np.ones(8), np.arange(8.0)])
    values = (own @ [1.0, 0.5] + spread * rng.normal(size=8))[groups] + rng.normal(size=32)
    fit = random_intercepts(values, own[groups], groups.tolist())
    means = values.reshape(8, 4).mean(axis=1)
    slope = fit.effect([0.0, 1.0])
    coefficients, residual = np.linalg.lstsq(own, means, rcond=None)[:2]
    assert slope.estimate == pytest.approx(coefficients[1])
    # Six degrees of freedom also where the variance between groups is estimated as 0.
    assert slope.freedom == pytest.approx(6, rel=1e-4)
    if fit.between:
        error = np.sqrt(residual[0] / 6 / ((own[:, 1] - 3.5) ** 2).sum())
        assert slope.error == pytest.approx(error, rel=1e-5)
    else:
        plain = np.linalg.lstsq(own[groups], values, rcond=None)[1][0] / 30
        assert fit.within == pytest.approx(plain)


def test_a_regression_on_which_all_known_values_lie_has_no_deviation():
    table = [[1, 0], [1, 0], [0, 1]]
    fit = censored_regression([3.0, 1.0, 2.0], table, [False, True, False])
    assert fit.coefficients == pytest.approx([3.0, 2.0])
    assert fit.deviation == pytest.approx(0.0, abs=1e-6)


def test_too_few_groups_and_dependent_covariates_are_refused():
    with pytest.raises(ValueError, match="4 values in 2 groups for 2 covariates"):
        random_intercepts([1.0, 2, 3, 4], np.eye(4)[:, :2], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="depend on each other"):
        random_intercepts(np.arange(8.0), np.ones((8, 2)), [0, 0, 1, 1, 2, 2, 3, 3])


def test_censored_regression_has_the_greatest_likelihood():
    rng = np.random.default_rng(4)
    table = np.column_stack([np.ones(60), rng.normal(size=60)])
    values = table @ [1.0, 2.0] + rng.normal(size=60)
    censored = values > 1.5
    limited = np.minimum(values, 1.5)
    fit = censored_regression(limited, table, censored)

    def negative(theta):
        fitted, deviation = table @ theta[:2], np.exp(theta[2])
        known = norm.logpdf(limited, fitted, deviation)
        return -np.where(censored, norm.logsf(limited, fitted, deviation), known).sum()

    best = minimize(negative, [1.0, 2.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7})
    assert fit.coefficients == pytest.approx(best.x[:2], abs=1e-3)
    assert fit.deviation == pytest.approx(np.exp(best.x[2]), abs=1e-3)


def test_without_censored_values_it_is_least_squares():
    table = np.column_stack([np.ones(4), np.arange(4.0)])
    fit = censored_regression([0.0, 1.0, 2.0, 5.0], table, [False] * 4)
    assert fit.coefficients == pytest.approx(np.linalg.lstsq(table, [0.0, 1, 2, 5], rcond=None)[0])
    tied = censored_regression([1.0, 1.0, 1.0], np.ones((3, 1)), [False, False, True])
    assert (tied.coefficients[0], tied.deviation) == (1.0, 0.0)
    with pytest.raises(ValueError, match="do not determine"):
        censored_regression([1.0, 2.0], np.eye(2), [False, True])


def test_the_closed_form_of_the_simulation_is_the_estimator():
    values = context.simulate(context.SCENARIOS["equal slopes"], "test", 2)[:, 0]
    coefficients, covariance, freedom = context.slopes(values)
    conditions = np.repeat(np.arange(10), context.SEARCHES)
    for study in range(2):
        table = context.design()[conditions]
        slope = random_intercepts(values[study].ravel(), table, conditions.tolist()).effect(
            [0, 1, 0]
        )
        assert slope.estimate == pytest.approx(coefficients[study, 1])
        assert slope.error == pytest.approx(np.sqrt(covariance[study, 1, 1]), rel=1e-5)
        assert slope.freedom == pytest.approx(freedom, rel=1e-4)


def test_simulated_times_beyond_the_budget_are_those_of_the_estimator():
    name = "slope of context at its margin, no effect of bits"
    truth = context_censored.SCENARIOS[name]
    times = context_censored.simulate_strings(truth, "tests", 1)[0, 0]
    limit = context_censored.budget_of(truth, 0.1)
    beyond = times > limit
    used = beyond.mean(axis=(1, 2)) <= 0.1
    assert 0 < beyond[used].sum() < beyond.sum()
    condition, search, _ = np.indices(times.shape)
    table = context.design()
    strings = pd.DataFrame(
        {
            "condition": [f"{number:02d}" for number in condition.ravel()],
            "search": search.ravel(),
            "log2_time": np.minimum(times, limit).ravel(),
            "censored": beyond.ravel(),
            "context": 2 ** table[condition.ravel(), 1],
            "bits": 2 ** table[condition.ravel(), 2],
        }
    )
    effects = context_effects(strings, (4, 2), 0.1)
    values = context_censored.search_means(
        np.minimum(times, limit)[None, None], beyond[None, None], used[None, None]
    )[0, 0, used]
    coefficients, covariance, freedom = context.slopes(values, table[used])
    assert effects.context.estimate == pytest.approx(coefficients[1], abs=1e-6)
    assert effects.context.error == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-4)
    assert effects.context.freedom == pytest.approx(freedom, rel=1e-3)
    assert len(effects.left_out) == (~used).sum()


@pytest.mark.slow
@pytest.mark.parametrize("share", context_censored.CENSORED)
@pytest.mark.parametrize("name", context_censored.SCENARIOS)
def test_slopes_of_context_are_covered_also_beyond_the_budget(name, share):
    result = context_censored.censored_result(name, share)
    assert result.coverage >= 0.93
    # 1.2 times 1.25 % where nothing is to be found.
    assert result.supported > 0.2 or max(result.supported, result.refuted) <= 0.015
