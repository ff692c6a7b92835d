"""Sorted suffixes and rotations, and how long they agree, against slow definitions."""

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
# Repeated pieces: words that fit into one number repeat, and so do words of such words.
repetitive = st.lists(st.tuples(pieces, st.integers(1, 40)), min_size=1, max_size=4).map(
    lambda parts: np.concatenate([np.tile(piece, times) for piece, times in parts])
)
strings = st.one_of(st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array), repetitive)


def fibonacci(size: int) -> np.ndarray:
    shorter = [0]
    longer = [0, 1]
    while len(longer) < size:
        shorter, longer = longer, longer + shorter
    return np.array(longer[:size])


def twice(size: int) -> np.ndarray:
    """Return a random string, another symbol, and the random string again."""
    half = generator("twice").integers(2, size=size).tolist()
    return np.array([*half, 2, *half])


def agree(first: list[int], second: list[int]) -> int:
    return next(
        (
            length
            for length, pair in enumerate(zip(first, second, strict=False))
            if pair[0] != pair[1]
        ),
        10**9,
    )


def check(symbols: np.ndarray, *, cyclic: bool) -> None:
    """Compare with sorting lists of symbols."""
    n = len(symbols)
    suffix_order = Suffixes(symbols, cyclic=cyclic)
    text = dense(symbols, last=None if cyclic else int(symbols[-1])).tolist()
    suffixes = [text[start:] + (text[:start] if cyclic else []) for start in range(n)]
    order = sorted(range(n), key=suffixes.__getitem__)
    assert suffix_order.order.tolist() == order

    def common(one: int, two: int) -> int:
        return min(agree(suffixes[one], suffixes[two]), len(suffixes[one]), len(suffixes[two]))

    neighbours = [common(one, two) for one, two in pairwise(order)]
    assert sorted(suffix_order.repeats.tolist()) == sorted([0, *neighbours])
    if n > 1:
        first = generator("first", n).integers(n, size=20)
        second = (first + generator("second", n).integers(1, n, size=20)) % n
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        agreements = suffix_order.agreement(first, second).tolist()
        assert agreements == [common(*pair) for pair in pairs]


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
    text = symbols[:120].tolist()
    n = len(text)
    for later in (False, True):
        others = [range(start + 1, n) if later else range(start) for start in range(n)]
        slow = [
            max(
                (
                    min(agree(text[start:], text[other:]), n - max(start, other))
                    for other in others[start]
                ),
                default=0,
            )
            for start in range(n)
        ]
        assert Suffixes(symbols[:120]).longest_match(later=later).tolist() == slow


def test_large_alphabets_leave_no_room_for_long_words() -> None:
    """Then words are ranked by doubling. The first word of three symbols occurs three times."""
    beginning = generator("large").permutation(40_000)
    symbols = np.concatenate((beginning, beginning[:3000], beginning[:2000], [0]))
    suffixes = Suffixes(symbols)
    assert suffixes.repeats.max() == 3000
    agreements = suffixes.agreement(np.array([0, 40_000, 7]), np.array([40_000, 43_000, 8]))
    assert agreements.tolist() == [3000, 2000, 0]


@given(strings, st.integers(2, 20))
def test_chosen_places_are_chosen_by_what_follows(symbols: np.ndarray, reach: int) -> None:
    """Every stretch has a chosen position. The next three stretches determine the first one."""
    packed = Words(symbols, 4, cyclic=True)
    chosen = np.resize(ordering.choose_places(packed, reach), len(symbols) + reach)
    text = np.resize(symbols, len(symbols) + 3 * reach).tolist()
    firsts: dict[tuple[int, ...], int] = {}
    for start in range(len(symbols)):
        within = np.flatnonzero(chosen[start : start + reach])
        assert len(within)
        assert (
            firsts.setdefault(tuple(text[start : start + 3 * reach]), int(within[0])) == within[0]
        )


@given(st.lists(st.integers(0, 2**30), min_size=1, unique=True))
def test_places_in_order_with_room_and_without(keys: list[int]) -> None:
    for bound in (2**31, 2**62):
        assert places_in_order(np.array(keys), bound).tolist() == np.argsort(keys).tolist()
