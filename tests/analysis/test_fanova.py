"""fANOVA agrees with Optuna's evaluator, and with what is known of simple functions."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from optuna.importance import FanovaImportanceEvaluator

from analysis.fanova import fanova
from analysis.importance import Points, variance_shares

NAMES = ("units", "learning_rate", "depth")


def by_optuna(inputs, scores):
    """Importances by name, from a study with the same points."""
    space = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in NAMES}
    optuna_study = optuna.create_study(direction="maximize", storage=optuna.storages.InMemoryStorage())
    for row, score in zip(inputs.tolist(), scores.tolist(), strict=True):
        params = dict(zip(NAMES, row, strict=True))
        optuna_study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=score))
    return optuna.importance.get_param_importances(optuna_study, evaluator=FanovaImportanceEvaluator(seed=0))


@pytest.mark.parametrize("steps", [3, 64])
def test_it_is_optunas(steps):
    """On a few values of each input, which tie, and on as many as points."""
    rng = np.random.default_rng(steps)
    inputs = np.ceil(steps * rng.random((64, 3))) / steps
    scores = np.sin(6 * inputs[:, 1]) + inputs[:, 0] * inputs[:, 2] + 0.1 * rng.normal(size=64)
    ranks = np.argsort(np.argsort(inputs, axis=0, kind="stable"), axis=0) / 63
    found = variance_shares(Points(ranks, scores, NAMES, 64))["fANOVA"]
    expected = by_optuna((1 + 63 * ranks) / 64, scores)
    assert found == pytest.approx([expected[name] for name in NAMES], rel=1e-9)


def test_a_constant_tree_has_no_share():
    """Of two points, a tree may hold one alone."""
    assert fanova(np.array([[0.0, 0.5], [1.0, 0.5]]), np.array([0.0, 1.0])).tolist() == [1.0, 0.0]
