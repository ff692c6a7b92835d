"""Tuning curves of one search and of pairs: against all subsets, and by their laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from seqmem.analysis.estimators.tuning.tuning_curves import (
    CONDITIONAL,
    CROSSED,
    SELECTION,
    Points,
    additive_curve,
    basis,
    efforts,
    paired_curve,
)


def search(rng, strings=2, points=8, finalists=3):
    scores = rng.normal(size=(strings, points))
    return Points(scores, np.argsort(-scores.mean(axis=0))[:finalists])


def winners(ranks, subset):
    return [
        max(slots, key=lambda slot: ranks[slot])
        for slots in combinations(range(len(ranks)), subset)
    ]


def test_values_of_large_subsets_are_those_of_finalists_on_selection_strings():
    rng = np.random.default_rng(0)
    points = search(rng)
    values = rng.normal(size=3)
    curve = additive_curve(points, points.scores, values)
    place = {slot: number for number, slot in enumerate(points.finalists)}
    for at, subset in ((2, 4), (3, 8)):
        won = winners(points.ranks, subset)
        expected = np.mean([values[place.get(slot, 2)] for slot in won])
        assert curve.values[at] == pytest.approx(expected)
        assert curve.beyond[at] == pytest.approx(np.mean([slot not in place for slot in won]))
    assert curve.beyond[3] == 0


def test_values_of_small_subsets_are_those_of_the_other_tuning_strings():
    rng = np.random.default_rng(1)
    points = search(rng, strings=3)
    values = rng.normal(size=(3, 8))
    curve = additive_curve(points, values, np.zeros(3))
    expected = np.mean(
        [
            np.delete(values, ranked, axis=0)[:, slot].mean()
            for ranked in range(3)
            for slot in winners(points.scores[ranked], 2)
        ]
    )
    assert curve.values[1] == pytest.approx(expected)
    assert curve.values[0] == pytest.approx(values.mean())


def test_one_tuning_string_ranks_and_gives_the_values():
    rng = np.random.default_rng(2)
    points = search(rng, strings=1)
    curve = additive_curve(points, points.scores, np.zeros(3))
    expected = np.mean([points.scores[0, slot] for slot in winners(points.scores[0], 2)])
    assert curve.values[1] == pytest.approx(expected)
    assert [basis(8, subset, 1) for subset in (1, 2, 4)] == [CONDITIONAL, CONDITIONAL, SELECTION]
    assert basis(8, 2, 2) == CROSSED


@pytest.mark.parametrize("strings", [1, 2])
def test_pairs_are_those_of_all_subsets_of_slots(strings):
    rng = np.random.default_rng(3)
    first, second = search(rng, strings), search(rng, strings)
    tuning = rng.normal(size=(strings, 8, 8))
    selection = rng.normal(size=(3, 3))
    curve = paired_curve(first, second, tuning, selection)
    small = []
    for ranked in range(strings):
        values = tuning[1 - ranked] if strings == 2 else tuning[0]
        pairs = zip(
            winners(first.scores[ranked], 2), winners(second.scores[ranked], 2), strict=True
        )
        small += [values[pair] for pair in pairs]
    assert curve.values[1] == pytest.approx(np.mean(small))
    places = [
        {slot: number for number, slot in enumerate(points.finalists)} for points in (first, second)
    ]
    pairs = list(zip(winners(first.ranks, 4), winners(second.ranks, 4), strict=True))
    expected = [selection[places[0].get(a, 2), places[1].get(b, 2)] for a, b in pairs]
    assert curve.values[2] == pytest.approx(np.mean(expected))
    outside = [a not in places[0] or b not in places[1] for a, b in pairs]
    assert curve.beyond[2] == pytest.approx(np.mean(outside))


def test_the_curve_of_a_difference_is_the_difference_of_the_curves():
    rng = np.random.default_rng(4)
    first, second = search(rng), search(rng)
    values = [rng.normal(size=(2, 8)) for _ in range(2)]
    chosen = [rng.normal(size=3) for _ in range(2)]
    pairs = paired_curve(
        first,
        second,
        values[0][:, :, None] - values[1][:, None, :],
        chosen[0][:, None] - chosen[1][None, :],
    )
    alone = [
        additive_curve(points, own, best).values
        for points, own, best in zip((first, second), values, chosen, strict=True)
    ]
    assert pairs.values == pytest.approx(alone[0] - alone[1])


def test_pairs_without_a_value_are_left_out_and_counted():
    scores = np.array([[1.0, 2.0], [1.0, 2.0]])
    points = Points(scores, np.array([1, 0]))
    tuning = np.full((2, 2, 2), np.nan)
    curve = paired_curve(points, points, tuning, [[0.4, np.nan], [np.nan, np.nan]])
    # Both searches choose slot 1 in one of the two subsets of one slot.
    assert curve.values == pytest.approx([0.4, 0.4])
    assert curve.known == pytest.approx([0.5, 1.0])
    nothing = paired_curve(points, points, tuning, np.full((2, 2), np.nan))
    assert np.isnan(nothing.values).all()
    assert nothing.known.tolist() == [0, 0]


def test_ties_do_not_depend_on_the_order_of_slots():
    scores = np.array([[0.5, 1.0, 1.0, 0.5]])
    values = np.array([[0.0, 1.0, 3.0, 2.0]])
    curves = [
        additive_curve(
            Points(scores[:, order], np.arange(4)), values[:, order], values[0, order]
        ).values
        for order in ([0, 1, 2, 3], [3, 2, 1, 0])
    ]
    assert curves[0] == pytest.approx(curves[1])
    assert curves[0][-1] == pytest.approx(2.0)


def test_efforts_are_powers_of_two_and_all():
    assert efforts(1) == (1,)
    assert efforts(32) == (1, 2, 4, 8, 16, 32)
    assert efforts(48) == (1, 2, 4, 8, 16, 32, 48)
