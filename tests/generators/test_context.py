"""Context measures and complexities of machines: known values, oracles and laws."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.generators.complexity.context import (
    ALMOST_DETERMINED,
    context_entropy,
    local_entropy,
)
from seqmem.generators.complexity.entropy import conditional_entropy
from seqmem.generators.complexity.pair_substitution import LONGEST, effort_to_compress
from seqmem.generators.complexity.repeats import min_context
from seqmem.generators.sources.automaton import AutomatonSource
from seqmem.generators.sources.causal_states import causal_states
from seqmem.generators.sources.iid import IidSource
from seqmem.generators.sources.machine import Machine
from seqmem.generators.sources.markov import MarkovSource

some_strings = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array)


def letters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8) - ord("0")


@given(some_strings, st.integers(0, 5))
def test_local_entropy_is_that_of_the_next_symbol(symbols: np.ndarray, context: int) -> None:
    expected = conditional_entropy(symbols, 4, context)
    assert local_entropy(symbols, context) == pytest.approx(expected, abs=1e-9)


@given(some_strings)
def test_context_is_the_first_that_leaves_little(symbols: np.ndarray) -> None:
    needed = context_entropy(symbols)
    assert local_entropy(symbols, needed) < ALMOST_DETERMINED
    assert needed == 0 or local_entropy(symbols, needed - 1) >= ALMOST_DETERMINED
    assert needed <= min_context(symbols)


@given(some_strings)
def test_more_context_leaves_no_more(symbols: np.ndarray) -> None:
    left = [local_entropy(symbols, context) for context in range(6)]
    assert np.all(np.diff(left) <= 1e-9)


def test_de_bruijn_strings_need_their_order() -> None:
    """Of a de Bruijn string of order 5, words of 4 symbols say nothing and words of 5 all."""
    symbols = letters("00000100011001010011101011011111")
    assert [local_entropy(symbols, context) for context in (0, 1, 4)] == [1.0, 1.0, 1.0]
    assert local_entropy(symbols, 5) == 0.0
    assert context_entropy(symbols) == 5


def test_a_single_long_repeat_needs_no_long_context() -> None:
    random = np.random.default_rng(0).integers(0, 4, 4000)
    repeated = np.concatenate([random, [0], random[:200], [1]])
    assert min_context(repeated) > 200
    assert context_entropy(repeated) < 20


def plain_effort(word: str) -> int:
    """Substitute pairs in a text, as in the paper."""
    fresh = ord("a")
    steps = 0
    while len(set(word)) > 1:
        counts = {pair: word.count(pair) for pair in map("".join, pairwise(word))}
        best = max(counts.values())
        first = min((pair for pair in counts if counts[pair] == best), key=word.index)
        word = word.replace(first, chr(fresh))
        fresh += 1
        steps += 1
    return steps


@pytest.mark.parametrize(
    ("text", "steps"), [("11010010", 5), ("00112112", 5), ("0000", 0), ("010101", 1), ("01", 1)]
)
def test_effort_known(text: str, steps: int) -> None:
    assert effort_to_compress(letters(text)) == pytest.approx(steps / (len(text) - 1))


@given(some_strings)
def test_effort_against_substituting_in_a_text(symbols: np.ndarray) -> None:
    text = "".join(map(str, symbols.tolist()))
    assert effort_to_compress(symbols) == pytest.approx(plain_effort(text) / max(len(text) - 1, 1))


def test_effort_of_one_symbol_and_of_too_many() -> None:
    assert effort_to_compress(np.array([3])) == 0
    assert effort_to_compress(np.zeros(LONGEST + 1, dtype=np.uint8)) is None


def machine(successors: list[list[int]], probabilities: list[list[float]]) -> Machine:
    return Machine(np.array(successors), np.array(probabilities))


RANDOM = [0.5, 0.5]
KNOWN = {
    # Crutchfield and Feldman 2003: golden mean, even process, and two random symbols with their
    # exclusive or, whose phase has log2 3 bits and whose memory of a symbol 2/3 bit on average.
    "golden mean": (
        machine([[1, 0], [0, 0]], [RANDOM, [0.0, 1.0]]),
        (2, 2 / 3, 0.918296, 0.251629),
    ),
    "even": (machine([[0, 1], [0, 0]], [RANDOM, [0.0, 1.0]]), (2, 2 / 3, 0.918296, 0.918296)),
    "random, random, exclusive or": (
        machine(
            [[1, 2], [3, 4], [4, 3], [0, 0], [0, 0]],
            [RANDOM, RANDOM, RANDOM, [1.0, 0.0], [0.0, 1.0]],
        ),
        (5, 2 / 3, 2.251629, 2.251629),
    ),
    "period 3": (
        machine([[1, 1], [2, 2], [0, 0]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        (3, 0.0, np.log2(3), np.log2(3)),
    ),
    "a coin in two states": (machine([[1, 0], [0, 1]], [RANDOM, RANDOM]), (1, 1.0, 0.0, 0.0)),
    "a coin after a start": (
        machine([[1, 1], [1, 1]], [[1.0, 0.0], RANDOM]),
        (1, 1.0, 0.0, 0.0),
    ),
    # Constant zeros or constant ones, with equal probability: one bit is remembered for ever.
    "two futures": (
        machine([[1, 2], [1, 1], [2, 2]], [RANDOM, [1.0, 0.0], [0.0, 1.0]]),
        (2, 0.0, 1.0, 1.0),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_complexities_known(name: str) -> None:
    source, expected = KNOWN[name]
    assert causal_states(source) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_markov_chains_hold_the_block_of_their_order(order: int) -> None:
    """E = H(X_1 … X_m) - m h of a chain of order m, whose causal states are its contexts."""
    source = MarkovSource(2, order=order, entropy_rate=0.6, model=4)
    found = causal_states(source.machine)
    assert found is not None
    assert found.excess_entropy is not None
    rows, stationary = source.chain
    entropy = -(stationary * np.log2(stationary)).sum()
    assert found.states == 2**order
    assert found.entropy_rate == pytest.approx(0.6, abs=1e-6)
    assert found.statistical_complexity == pytest.approx(entropy)
    assert found.excess_entropy == pytest.approx(entropy - order * found.entropy_rate, abs=1e-6)
    assert rows.shape[0] == 2**order


def test_excess_entropy_is_the_limit_of_block_entropies() -> None:
    """H(L) - L h of the even process, from all words, tends to E."""
    source, expected = KNOWN["even"]
    shares = np.array([2 / 3, 1 / 3])
    length = 14
    probability = np.zeros(2**length)
    for number, word in enumerate(product((0, 1), repeat=length)):
        weights = shares
        for symbol in word:
            after = weights * source.probabilities[:, symbol]
            weights = np.bincount(source.successors[:, symbol], after, 2)
        probability[number] = weights.sum()
    known = probability[probability > 0]
    assert -(known * np.log2(known)).sum() - length * 2 / 3 == pytest.approx(expected[3], abs=0.02)


def test_sources_without_memory_and_with_too_much() -> None:
    coin = IidSource(4).machine
    if coin is not None:
        assert causal_states(coin) == pytest.approx((1, 2.0, 0.0, 0.0), abs=1e-9)
    random = causal_states(AutomatonSource(4, states=8).machine)
    assert random is not None
    assert random.excess_entropy is None
    assert causal_states(AutomatonSource(2, states=4096, model=1).machine) is None
