"""Known values, oracles and laws of the complexity measures."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.complexity.entropy import conditional_entropy, floor_bits, ngram_bits
from generators.complexity.lempel_ziv import lzw_code_count
from generators.complexity.repeats import PeriodTracker, min_context, smallest_period

words = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array)


def letters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # Strings and code counts published with arXiv 2107.02248.
        ("BAAABAAAAABAAAAAAABAB", 10),
        ("CBDABBBADBDB", 10),
        ("FCBDAEFEDD", 10),
        ("BABAABBBAABAABABBBABABABBAAAABAAABBBBABBABAAAABBBABAAABBBAABABBBABAABBBBAABAAA", 30),
        ("CBDABDCDCADCBADCCDCDCBDDABDCCCADCAADCBCBBCBAACDACB", 30),
        ("DHFGCBAEEEHDGEHBACHGHHDFCFFFGCFBFDHBEHDCBAEGGDCFFDCHHHEHABGHDDFAA", 50),
        ("A", 1),
        ("ABABABA", 4),  # A B AB ABA,
    ],
)
def test_lzw_code_count_known(text: str, codes: int) -> None:
    assert lzw_code_count(letters(text)) == codes


def plain_lzw_codes(symbols: list[int]) -> list[tuple[int, ...]]:
    """Textbook encoder that keeps its dictionary as words."""
    dictionary = {(symbol,) for symbol in symbols}
    codes, word = [], ()
    for symbol in symbols:
        longer = (*word, symbol)
        if longer in dictionary:
            word = longer
        else:
            codes.append(word)
            dictionary.add(longer)
            word = (symbol,)
    return [*codes, word]


@given(words)
def test_lzw_equals_a_plain_encoder(symbols: np.ndarray) -> None:
    codes = plain_lzw_codes(symbols.tolist())
    assert lzw_code_count(symbols) == len(codes)
    assert [symbol for code in codes for symbol in code] == symbols.tolist()


@given(words, st.permutations(range(4)))
def test_lzw_ignores_names_of_symbols(symbols: np.ndarray, names: list[int]) -> None:
    assert lzw_code_count(np.array(names)[symbols]) == lzw_code_count(symbols)


@given(words)
def test_lzw_grows_by_at_most_one(symbols: np.ndarray) -> None:
    counts = [lzw_code_count(symbols[:length]) for length in range(1, len(symbols) + 1)]
    assert set(np.diff(counts)) <= {0, 1}


@given(words)
def test_smallest_period_against_trying_all(symbols: np.ndarray) -> None:
    n = len(symbols)
    tried = next(p for p in range(1, n + 1) if n % p == 0 and (symbols == np.tile(symbols[:p], n // p)).all())
    assert smallest_period(symbols) == tried
    tracker = PeriodTracker()
    for symbol in symbols.tolist():
        tracker.push(symbol)
    assert tracker.is_primitive == (tried == n)


def slow_min_context(symbols: list[int]) -> int:
    n = len(symbols)
    for m in range(n + 1):
        followers: dict[tuple[int, ...], set[int]] = {}
        for start in range(n):
            context = tuple(symbols[(start + offset) % n] for offset in range(m))
            followers.setdefault(context, set()).add(symbols[(start + m) % n])
        if all(len(symbols_after) == 1 for symbols_after in followers.values()):
            return m
    raise AssertionError


@given(words)
def test_min_context_against_its_definition(symbols: np.ndarray) -> None:
    assert min_context(symbols) == slow_min_context(symbols.tolist())


def test_min_context_known() -> None:
    assert min_context(letters("AB")) == 1
    assert min_context(letters("ABRACADABRA")) == 5  # ABRA occurs twice in the cycle
    assert min_context(letters("AAAA")) == 0
    # A de Bruijn cycle of order n contains every word of length n once.
    assert min_context(letters("0000100110101111")) == 4


def test_conditional_entropy_known() -> None:
    alternating = np.array([0, 1] * 8)
    assert conditional_entropy(alternating, 2, order=0) == 1.0
    assert conditional_entropy(alternating, 2, order=1) == 0.0
    # de Bruijn: uniform over all words up to length n.
    de_bruijn = letters("0000100110101111") - ord("0")
    assert conditional_entropy(de_bruijn, 2, order=3) == pytest.approx(1.0)


def test_floor_bits_by_hand() -> None:
    alternating = np.array([0, 1] * 8)
    # order 1 costs nothing but its penalty, 0.5 * 2 * 1 * log2 16 = 4 bits of 16.
    assert ngram_bits(alternating, 2, order=1) == pytest.approx(4.0)
    assert floor_bits(alternating, 2) == pytest.approx(12.0)


@given(st.lists(st.integers(0, 2), min_size=2, max_size=60).map(np.array))
def test_conditional_entropy_falls_with_order(symbols: np.ndarray) -> None:
    entropies = [conditional_entropy(symbols, 3, order) for order in range(4)]
    assert all(low <= high + 1e-12 for high, low in pairwise(entropies))
    assert -1e-12 <= min(entropies)
    assert max(entropies) <= np.log2(3) + 1e-12
