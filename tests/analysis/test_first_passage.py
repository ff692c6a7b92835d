"""Running maxima over checkpoints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.passages import FRACTIONS, first_passage, memorized_at, stored_at, value_at

values = st.lists(st.floats(-1, 1), min_size=1, max_size=13)
budgets = st.lists(st.floats(0.001, 1), min_size=1, max_size=5)


@given(values, budgets)
def test_value_at_is_the_best_checkpoint_at_or_before(curve, at):
    fractions = FRACTIONS[: len(curve)]
    for budget, found in zip(at, value_at(at, fractions, curve), strict=True):
        seen = [v for f, v in zip(fractions.tolist(), curve, strict=True) if f <= budget * (1 + 1e-9)]
        assert (np.isnan(found) and not seen) or found == max(seen)


@given(values)
def test_value_at_never_falls_with_the_budget(curve):
    found = value_at(FRACTIONS[: len(curve)], FRACTIONS[: len(curve)], curve)
    assert (np.diff(found) >= 0).all()
    assert found[-1] == max(curve)


@given(values, st.floats(-1, 1))
def test_first_passage_is_where_value_at_first_reaches_the_threshold(curve, threshold):
    fractions = FRACTIONS[: len(curve)]
    reached = value_at(fractions, fractions, curve) >= threshold
    expected = fractions[np.argmax(reached)] if reached.any() else np.nan
    np.testing.assert_equal(first_passage(fractions, curve, threshold), expected)


def test_fractions_rounded_elsewhere_still_match():
    assert value_at(FRACTIONS, FRACTIONS * (1 + 1e-13), np.arange(13.0)).tolist() == list(range(13))


def test_stored_at_keeps_the_best_and_counts_a_diverged_start_as_nothing():
    found = stored_at(
        [0.25, 0.5, 1.0],
        fractions=[[0.5, 1.0], [0.25, 0.5], [0.5], [], [0.25, 1.0]],
        nll_bits=[[60.0, 80.0], [50.0, np.inf], [10.0], [], [3000.0, 2000.0]],
        reference_bits=[100.0] * 5,
        diverged=[False, True, False, True, True],
    )
    expected = [[np.nan, 0.4, 0.4], [0.5, 0.5, 0.5], [np.nan, 0.9, 0.9], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(found, expected)


def test_memorized_at_turns_true_once():
    found = memorized_at([0.25, 0.5, 1.0], [[0.25, 0.5], [0.5, 1.0]], [[3, 11], [2, 10]], [11, 11])
    assert found.tolist() == [[0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "function", [lambda: stored_at([1.0], [], [], [], []), lambda: memorized_at([1.0], [], [], [])]
)
def test_no_runs_give_an_empty_table(function):
    assert function().shape == (0, 1)
