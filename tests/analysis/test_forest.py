"""The forest equals scikit-learn's to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from seqmem.analysis.estimators import forest
from seqmem.analysis.estimators.forest import Forest, direct_growth


@pytest.mark.parametrize("has_inner_classes", [True, False])
@pytest.mark.parametrize("seed", [0, 3, 2**31 - 1])
@pytest.mark.parametrize("least", [1, 2])
def test_trees_and_predictions_are_those_of_the_ensemble(
    seed, least, has_inner_classes, monkeypatch
):
    assert direct_growth(least) is not None
    if not has_inner_classes:
        monkeypatch.setattr(forest, "direct_growth", lambda least: None)
    rng = np.random.default_rng(seed)
    inputs = np.column_stack(
        [rng.random(90), rng.choice([8, 16, 32], 90), np.exp(rng.uniform(-7, -2, 90))]
    )
    scores = inputs[:, 0] + np.log(inputs[:, 2])
    asked = rng.random((40, 3)) * inputs.max(axis=0)
    theirs = RandomForestRegressor(
        n_estimators=7, min_samples_leaf=least, random_state=seed, n_jobs=1
    )
    theirs.fit(inputs, scores)
    ours = Forest(trees=7, least=least, seed=seed).fit(inputs, scores)
    np.testing.assert_array_equal(ours.predict(asked), theirs.predict(asked))
    assert ours.score(inputs, scores) == theirs.score(inputs, scores)


def test_fitted_again_it_is_another_forest():
    inputs = np.arange(40.0)[:, None]
    scores = np.arange(40.0)
    fitted = Forest(trees=3, least=2, seed=0).fit(inputs, scores)
    before = fitted.predict(inputs)
    assert np.array_equal(fitted.fit(inputs, -scores).predict(inputs), -before)
