"""Jansen's estimators on a function whose indices are known, and against SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import qmc, sobol_indices

from seqmem.analysis.estimators.saltelli import jansen, saltelli_indices, saltelli_table
from seqmem.analysis.estimators.saltelli_rows import responses

# Ishigami and Homma (1990), with a = 7 and b = .1: the variances of the parts in closed form.
_A, _B = 7.0, 0.1
_ALONE = np.array([0.5 * (1 + _B * np.pi**4 / 5) ** 2, _A**2 / 8, 0.0])
_ONE_AND_THREE = _B**2 * np.pi**8 * (1 / 18 - 1 / 50)
_VARIANCE = _ALONE.sum() + _ONE_AND_THREE
FIRST = _ALONE / _VARIANCE
TOTAL = (_ALONE + _ONE_AND_THREE * np.array([1, 0, 1])) / _VARIANCE


def ishigami(x: np.ndarray) -> np.ndarray:
    """Return the response to points, shape (n, 3)."""
    return np.sin(x[:, 0]) + _A * np.sin(x[:, 1]) ** 2 + _B * x[:, 2] ** 4 * np.sin(x[:, 0])


def design(rows: int, seed: int) -> np.ndarray:
    """Return the responses at Saltelli's points, shape (rows, 5)."""
    unit = qmc.Sobol(6, rng=np.random.default_rng(seed)).random(rows)
    first, second = np.hsplit(np.pi * (2 * unit - 1), 2)
    mixed = [np.where(np.arange(3) == i, second, first) for i in range(3)]
    return np.stack([ishigami(points) for points in (first, second, *mixed)], axis=1)


def test_known_indices_of_the_ishigami_function() -> None:
    assert np.round(FIRST, 4).tolist() == [0.3139, 0.4424, 0.0]
    assert np.round(TOTAL, 4).tolist() == [0.5576, 0.4424, 0.2437]
    first, total = jansen(design(2**13, seed=1))
    np.testing.assert_allclose(first, FIRST, atol=0.02)
    np.testing.assert_allclose(total, TOTAL, atol=0.01)


def test_intervals_cover_the_known_indices() -> None:
    covered = np.zeros((2, 3))
    designs = 20
    for seed in range(designs):
        found = saltelli_indices(design(256, seed), resamples=100)
        for part, (known, ends) in enumerate(
            ((FIRST, found.first_interval), (TOTAL, found.total_interval))
        ):
            covered[part] += (ends[0] <= known) & (known <= ends[1])
    # Points of a Sobol sequence vary less than the resampled rows, so coverage is above nominal.
    assert (covered >= 0.9 * designs).all()


def test_total_indices_are_those_of_scipy() -> None:
    values = design(64, seed=5)
    f_ab = values[:, 2:].T[:, None, :]
    expected = sobol_indices(
        func={"f_A": values[:, :1].T, "f_B": values[:, 1:2].T, "f_AB": f_ab}, n=64
    )
    np.testing.assert_allclose(jansen(values)[1], expected.total_order, rtol=1e-12)


def test_indices_do_not_depend_on_the_scale_and_are_0_without_variance() -> None:
    values = design(64, seed=2)
    np.testing.assert_allclose(jansen(3 * values - 8), jansen(values), rtol=1e-9)
    assert jansen(np.ones((8, 5))).tolist() == [[0.0] * 3, [0.0] * 3]


def test_equal_responses_repeat_their_intervals() -> None:
    values = design(32, seed=3)
    one, other = (saltelli_indices(values, resamples=50) for _ in range(2))
    assert np.array_equal(one.total_interval, other.total_interval)
    with pytest.raises(ValueError, match="two rows and two inputs"):
        saltelli_indices(values[:1])


def test_the_response_is_the_best_stored_fraction_and_0_if_diverged() -> None:
    runs = pd.DataFrame(
        {
            "checkpoint_nll_bits": [[90.0, 20.0, 60.0], [120.0], [10.0, np.nan], None],
            "reference_bits": [100.0, 100.0, 100.0, np.nan],
            "status": ["budget_spent", "budget_spent", "diverged", "failed"],
        }
    )
    assert responses(runs).to_numpy() == pytest.approx([0.8, -0.2, 0.0, np.nan], nan_ok=True)


def test_other_sweeps_have_no_rows() -> None:
    assert saltelli_table(pd.DataFrame({"sweep": ["a"], "role": ["tune"]}), {"a": {}}).empty
