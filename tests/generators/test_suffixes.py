"""Sorted suffixes and rotations, and how long they agree, against doing it slowly."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqmem.core.seeding import generator
from seqmem.generators.complexity import ordering
from seqmem.generators.complexity.repeats import is_primitive
from seqmem.generators.complexity.suffixes import Suffixes
from seqmem.generators.complexity.words import Words, dense, places_in_order

pieces = st.lists(st.integers(0, 3), min_size=1, max_size=8)
# Pieces many times over: words that fit into one number repeat, and so do those of words.
repetitive = st.lists(st.tuples(pieces, st.integers(1, 40)), min_size=1, max_size=4).map(
    lambda parts: np.concatenate([np.tile(piece, times) for piece, times in parts])
)
strings = st.one_of(st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array), repetitive)


def fibonacci(size: int) -> np.ndarray:
    shorter, longer = [0], [0, 1]
    while len(longer) < size:
        shorter, longer = longer, longer + shorter
    return np.array(longer[:size])


def twice(size: int) -> np.ndarray:
    """A random string, something else, and the same again."""
    half = generator("twice").integers(2, size=size).tolist()
    return np.array([*half, 2, *half])


def agree(first: list[int], second: list[int]) -> int:
    return next(
        (
            place
            for place, pair in enumerate(zip(first, second, strict=False))
            if pair[0] != pair[1]
        ),
        10**9,
    )


def check(symbols: np.ndarray, *, cyclic: bool) -> None:
    """Compare with sorting lists of symbols."""
    n, found = len(symbols), Suffixes(symbols, cyclic=cyclic)
    text = dense(symbols, last=None if cyclic else int(symbols[-1])).tolist()
    suffixes = [text[place:] + (text[:place] if cyclic else []) for place in range(n)]
    order = sorted(range(n), key=suffixes.__getitem__)
    assert found.order.tolist() == order

    def common(one: int, two: int) -> int:
        return min(agree(suffixes[one], suffixes[two]), len(suffixes[one]), len(suffixes[two]))

    neighbours = [common(one, two) for one, two in pairwise(order)]
    assert sorted(found.repeats.tolist()) == sorted([0, *neighbours])
    if n > 1:
        first = generator("first", n).integers(n, size=20)
        second = (first + generator("second", n).integers(1, n, size=20)) % n
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        assert found.agreement(first, second).tolist() == [common(*pair) for pair in pairs]


@given(strings)
@example(np.array([0]))
@example(np.zeros(200, dtype=int))
@example(np.tile([0, 1], 200))
def test_suffixes_against_sorting_them(symbols: np.ndarray) -> None:
    check(symbols, cyclic=False)


@given(strings.filter(lambda symbols: is_primitive(symbols)))
@example(np.array([0] * 200 + [1]))
@example(np.array([0, 1] * 200 + [1]))
def test_rotations_against_sorting_them(symbols: np.ndarray) -> None:
    check(symbols, cyclic=True)


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize(
    "symbols", [fibonacci(2000), twice(1000), np.repeat(fibonacci(200), 9)[:-1]]
)
def test_words_that_repeat_for_long(symbols: np.ndarray, cyclic: bool) -> None:
    check(symbols, cyclic=cyclic)


@given(strings)
def test_longest_matches_against_trying_all(symbols: np.ndarray) -> None:
    text, n = symbols[:120].tolist(), min(len(symbols), 120)
    for later in (False, True):
        others = [range(place + 1, n) if later else range(place) for place in range(n)]
        slow = [
            max(
                (
                    min(agree(text[place:], text[other:]), n - max(place, other))
                    for other in others[place]
                ),
                default=0,
            )
            for place in range(n)
        ]
        assert Suffixes(symbols[:120]).longest_match(later=later).tolist() == slow


def test_large_alphabets_leave_no_room_for_long_words() -> None:
    """Then words are ranked by doubling; the first word of three symbols is there three times."""
    start = generator("large").permutation(40_000)
    symbols = np.concatenate((start, start[:3000], start[:2000], [0]))
    found = Suffixes(symbols)
    assert found.repeats.max() == 3000
    assert found.agreement(np.array([0, 40_000, 7]), np.array([40_000, 43_000, 8])).tolist() == [
        3000,
        2000,
        0,
    ]


@given(strings, st.integers(2, 20))
def test_chosen_places_are_chosen_by_what_follows(symbols: np.ndarray, reach: int) -> None:
    """The same three stretches of symbols have the same first chosen place; there is one in each stretch."""
    words = Words(symbols, 4, cyclic=True)
    chosen = np.resize(ordering.choose_places(words, reach), len(symbols) + reach)
    text = np.resize(symbols, len(symbols) + 3 * reach).tolist()
    firsts: dict[tuple[int, ...], int] = {}
    for place in range(len(symbols)):
        within = np.flatnonzero(chosen[place : place + reach])
        assert len(within)
        assert (
            firsts.setdefault(tuple(text[place : place + 3 * reach]), int(within[0])) == within[0]
        )


@given(st.lists(st.integers(0, 2**30), min_size=1, unique=True))
def test_places_in_order_with_room_and_without(keys: list[int]) -> None:
    for bound in (2**31, 2**62):
        assert places_in_order(np.array(keys), bound).tolist() == np.argsort(keys).tolist()
