"""Weights of random subsets: against all subsets, with and without ties."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.analysis.estimators.tuning.subset_weights import (
    best_weights,
    pair_weights,
    rank_weights,
)
from seqmem.core.errors import InputError


def by_all_subsets(first, second, subset):
    """Count the winners of every subset; each tie gives equal shares to those that tie."""
    points = len(first)
    weights = np.zeros((points, points))
    chosen = list(combinations(range(points), subset))
    for slots in chosen:
        tops = [
            [slot for slot in slots if scores[slot] == max(scores[c] for c in slots)]
            for scores in (first, second)
        ]
        for a in tops[0]:
            for b in tops[1]:
                weights[a, b] += 1 / len(tops[0]) / len(tops[1])
    return weights / len(chosen)


@st.composite
def searches(draw, values):
    points = draw(st.integers(1, 7))
    scores = st.lists(st.integers(0, values), min_size=points, max_size=points)
    return draw(scores), draw(scores), draw(st.integers(1, points))


@given(searches(values=2))
def test_pairs_of_winners_with_many_ties_are_those_of_all_subsets(case):
    first, second, subset = case
    assert pair_weights(first, second, subset) == pytest.approx(
        by_all_subsets(first, second, subset), abs=1e-12
    )


@given(searches(values=10**6))
def test_pairs_of_winners_are_those_of_all_subsets(case):
    first, second, subset = case
    assert pair_weights(first, second, subset) == pytest.approx(
        by_all_subsets(first, second, subset), abs=1e-12
    )


@given(st.permutations(range(7)), st.permutations(range(7)), st.integers(2, 7))
def test_without_ties_the_weights_are_the_closed_form(first, second, subset):
    from math import comb

    weights = pair_weights(first, second, subset)
    for a in range(7):
        for b in range(7):
            below = sum(first[c] < first[a] and second[c] < second[b] for c in range(7))
            if a == b:
                expected = comb(below, subset - 1)
            else:
                possible = first[b] < first[a] and second[a] < second[b]
                expected = possible * comb(below, subset - 2)
            assert weights[a, b] == pytest.approx(expected / comb(7, subset), abs=1e-12)


@given(searches(values=3))
def test_margins_of_the_pairs_are_the_weights_of_each_search(case):
    first, second, subset = case
    weights = pair_weights(first, second, subset)
    assert weights.sum(axis=1) == pytest.approx(best_weights(first, subset), abs=1e-12)
    assert weights.sum(axis=0) == pytest.approx(best_weights(second, subset), abs=1e-12)
    assert weights.sum() == pytest.approx(1)


def test_expected_best_of_known_sizes():
    """Of 4 points with the values 0 to 3, the best of 2 is 5/3 + 1/3 = 20/12 on average."""
    values = np.arange(4.0)
    assert rank_weights(4, 2) @ values == pytest.approx((1 + 2 * 2 + 3 * 3) / 6 + 0)
    assert rank_weights(4, 1) @ values == pytest.approx(1.5)
    assert rank_weights(4, 4) @ values == 3.0


def test_large_searches_have_exact_weights():
    """All points of 1,024 are tied: every point wins with the same probability."""
    assert best_weights(np.zeros(1024), 512) == pytest.approx(np.full(1024, 1 / 1024))
    assert rank_weights(1024, 512).sum() == pytest.approx(1)
    assert pair_weights(np.zeros(40), np.arange(40.0), 20).sum() == pytest.approx(1)


@pytest.mark.parametrize("subset", [0, 5])
def test_subset_outside_the_search_is_refused(subset):
    with pytest.raises(InputError, match=f"a subset of {subset} points; valid: 1 to 4"):
        pair_weights([1, 2, 3, 4], [1, 2, 3, 4], subset)


def test_unequal_or_missing_scores_are_refused():
    with pytest.raises(InputError, match="2 and 3 scores"):
        pair_weights([1, 2], [1, 2, 3], 1)
    with pytest.raises(InputError, match="finite"):
        best_weights([1.0, float("nan")], 1)
