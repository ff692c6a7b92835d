"""Known values, oracles and laws of the complexity measures."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.core.seeding import generator
from seqmem.generators import COUNTERS, MEASURES, generate
from seqmem.generators.complexity.compressors import bz2_bytes, lzma_bytes, zlib_bytes
from seqmem.generators.complexity.entropy import (
    block_entropy,
    conditional_entropy,
    entropy_rate,
    entropy_rate_lz76,
    excess_entropy,
    floor_bits,
    ngram_bits,
)
from seqmem.generators.complexity.lempel_ziv import (
    DENSE_ALPHABET,
    Lz78Counter,
    LzwCounter,
    PhraseCounter,
    lz76_phrase_count,
    lz78_phrase_count,
    lzw_code_count,
)
from seqmem.generators.complexity.linear import linear_complexity
from seqmem.generators.complexity.repeats import (
    is_primitive,
    min_context,
    prime_factors,
    smallest_period,
)
from seqmem.generators.complexity.subwords import (
    distinct_substrings,
    subword_complexity,
    subwords_of,
)
from seqmem.workflows.reproduce.reference import published

some_strings = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_one_line_of_help(name: str) -> None:
    assert MEASURES[name].title.strip()
    assert "\n" not in MEASURES[name].title


def test_every_counter_is_one_of_a_measure() -> None:
    assert set(COUNTERS) <= set(MEASURES)


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
    """Encode with a textbook encoder, which keeps its dictionary as words."""
    dictionary = {(symbol,) for symbol in symbols}
    codes = []
    word = ()
    for symbol in symbols:
        longer = (*word, symbol)
        if longer in dictionary:
            word = longer
        else:
            codes.append(word)
            dictionary.add(longer)
            word = (symbol,)
    return [*codes, word]


def decoded(codes: list[int], alphabet: list[int]) -> list[int]:
    """Decode with a textbook decoder, which knows only the codes and the distinct symbols."""
    dictionary = [(symbol,) for symbol in alphabet]
    previous = ()
    symbols = []
    for code in codes:
        word = dictionary[code] if code < len(dictionary) else (*previous, previous[0])
        if previous:
            dictionary.append((*previous, word[0]))
        symbols += word
        previous = word
    return symbols


@given(some_strings)
def test_lzw_round_trip(symbols: np.ndarray) -> None:
    codes = plain_lzw_codes(symbols.tolist())
    alphabet = sorted(set(symbols.tolist()))
    numbers: dict[tuple[int, ...], int] = {
        (symbol,): index for index, symbol in enumerate(alphabet)
    }
    sent = []
    for index, word in enumerate(codes):
        sent.append(numbers[word])
        if index + 1 < len(codes):
            numbers[(*word, codes[index + 1][0])] = len(numbers)
    assert lzw_code_count(symbols) == len(sent)
    assert decoded(sent, alphabet) == symbols.tolist()


def slow_lz76(symbols: list[int]) -> int:
    """Count words one by one, each the shortest that does not occur before its last symbol."""
    phrases = 0
    start = 0
    while start < len(symbols):
        size = 1
        while start + size < len(symbols) and occurs(
            symbols[start : start + size], symbols[: start + size - 1]
        ):
            size += 1
        phrases += 1
        start += size
    return phrases


def occurs(word: list[int], text: list[int]) -> bool:
    return any(
        text[index : index + len(word)] == word for index in range(len(text) - len(word) + 1)
    )


def slow_lz78(symbols: list[int]) -> int:
    seen = set()
    word = ()
    phrases = 0
    for symbol in symbols:
        phrases += not word
        word = (*word, symbol)
        if word not in seen:
            seen.add(word)
            word = ()
    return phrases


@given(some_strings)
def test_lempel_ziv_measures_against_their_definitions(symbols: np.ndarray) -> None:
    assert lz76_phrase_count(symbols) == slow_lz76(symbols.tolist())
    assert lz78_phrase_count(symbols) == slow_lz78(symbols.tolist())


@pytest.mark.parametrize("alphabet_size", [DENSE_ALPHABET, DENSE_ALPHABET + 1])
def test_the_tree_of_phrases_grows_with_the_string(alphabet_size: int) -> None:
    symbols = generator("tree", alphabet_size).integers(alphabet_size, size=16_000)
    whole = symbols.tolist()
    counts = {LzwCounter: len(plain_lzw_codes(whole)), Lz78Counter: slow_lz78(whole)}
    # The first table holds about 1,000 phrases, and is doubled more than once.
    assert min(counts.values()) > 4000
    kind: type[PhraseCounter]
    for kind, count in counts.items():
        assert kind(alphabet_size).extend(symbols)[-1] == count
        growing = kind(alphabet_size)
        assert [growing.extend(piece)[-1] for piece in np.split(symbols, 20)][-1] == count


def test_what_libraries_call_lempel_ziv_complexity() -> None:
    symbols = letters("1001111011000010")
    assert lz76_phrase_count(symbols) == 6  # Kaspar and Schuster 1987, antropy
    assert lz78_phrase_count(symbols) == 8
    assert lzw_code_count(symbols) == 10


def test_lz76_of_the_paper() -> None:
    # Lempel and Ziv 1976: 0 · 001 · 10 · 100 · 1000 · 101.
    assert lz76_phrase_count(letters("0001101001000101")) == 6
    assert lz76_phrase_count(letters("AAAAAAAA")) == 2


def test_the_published_strings() -> None:
    """All 40 strings published with arXiv 2107.02248 have their complexity and length."""
    rows = list(published("strings").itertuples())
    assert len(rows) == 40
    assert all(lzw_code_count(letters(row.string)) == row.complexity for row in rows)
    assert all(len(row.string) == row.length for row in rows)


RENAMED = [
    "lzw",
    "lz78",
    "lz76",
    "period",
    "min_context",
    "distinct_substrings",
    "subwords_of_4",
    "subwords_of_8",
    "context_entropy",
    "effort_to_compress",
]
ENTROPIES = [
    *(f"block_entropy_{size}" for size in (1, 2, 3, 4)),
    "entropy_rate",
    "entropy_rate_lz76",
    "excess_entropy",
    *(f"local_entropy_{context}" for context in (1, 2, 4, 8)),
]


@pytest.mark.parametrize("name", [*RENAMED, *ENTROPIES])
@given(symbols=some_strings, names=st.permutations(range(4)))
def test_names_of_symbols_do_not_matter(name: str, symbols: np.ndarray, names: list[int]) -> None:
    before = MEASURES[name](symbols, 4)
    after = MEASURES[name](np.array(names)[symbols], 4)
    assert after == pytest.approx(before, abs=1e-9)


@pytest.mark.parametrize("measure", ["lzw", "lz78", "lz76"])
@given(symbols=some_strings)
def test_phrases_lie_between_the_symbols_and_the_length(measure: str, symbols: np.ndarray) -> None:
    assert len(set(symbols.tolist())) <= MEASURES[measure](symbols, 4) <= len(symbols)


@given(some_strings)
def test_lz76_parses_into_no_more_phrases_than_lz78(symbols: np.ndarray) -> None:
    # Phrases of LZ76 may repeat any earlier word, and those of LZ78 only earlier phrases.
    assert lz76_phrase_count(symbols) <= lz78_phrase_count(symbols)


def substrings(symbols: list[int]) -> set[tuple[int, ...]]:
    return {
        tuple(symbols[i:j]) for i in range(len(symbols)) for j in range(i + 1, len(symbols) + 1)
    }


@given(some_strings)
def test_substrings_against_listing_them(symbols: np.ndarray) -> None:
    listed = substrings(symbols.tolist())
    by_length = np.bincount([len(word) for word in listed], minlength=len(symbols) + 1)[1:]
    assert distinct_substrings(symbols) == len(listed)
    assert subword_complexity(symbols).tolist() == by_length.tolist()
    assert [subwords_of(symbols, size) for size in (1, 4)] == [
        by_length[0],
        by_length[3] if len(symbols) > 3 else 0,
    ]


def slow_linear_complexity(symbols: list[int], prime: int) -> int:
    """Return the smallest L for which a register of length L solves its linear equations."""
    for length in range(len(symbols) + 1):
        rows = [[*symbols[t - length : t], symbols[t]] for t in range(length, len(symbols))]
        if solvable(rows, length, prime):
            return length
    raise AssertionError


def solvable(rows: list[list[int]], unknowns: int, prime: int) -> bool:
    rows = [row[:] for row in rows]
    done = 0
    for column in range(unknowns):
        pivot = next((r for r in range(done, len(rows)) if rows[r][column] % prime), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        inverse = pow(rows[done][column], -1, prime)
        rows[done] = [value * inverse % prime for value in rows[done]]
        for r in range(len(rows)):
            if r != done:
                rows[r] = [
                    (a - rows[r][column] * b) % prime
                    for a, b in zip(rows[r], rows[done], strict=True)
                ]
        done += 1
    return all(row[-1] % prime == 0 for row in rows[done:])


@given(
    st.sampled_from([2, 3, 5]).flatmap(
        lambda p: st.tuples(st.just(p), st.lists(st.integers(0, p - 1), min_size=1, max_size=14))
    )
)
def test_linear_complexity_against_solving_for_the_register(case: tuple[int, list[int]]) -> None:
    prime, symbols = case
    assert linear_complexity(np.array(symbols), prime) == slow_linear_complexity(symbols, prime)


def test_linear_complexity_is_for_fields() -> None:
    assert linear_complexity(np.array([0, 1, 2, 3]), 4) is None
    assert linear_complexity(np.zeros(2**16 + 1, dtype=int), 2) is None
    assert linear_complexity(np.array([0, 0, 0, 1]), 2) == 4


@pytest.mark.parametrize("order", [2, 5, 10])
@pytest.mark.parametrize("prime", [2, 3])
def test_linear_complexity_of_an_m_sequence_is_its_order(prime: int, order: int) -> None:
    string = generate(
        "lfsr",
        alphabet_size=prime,
        measure="period",
        target=4 * order + 9,
        seed=3,
        parameters={"order": order},
    )
    assert string.complexity("linear_complexity") == order


def test_known_subword_complexities() -> None:
    thue_morse = generate(
        "thue_morse",
        alphabet_size=2,
        measure="period",
        target=4000,
        seed=0,
        parameters={"start": 0},
    )
    # Brlek 1989, de Luca and Varricchio 1989.
    known = [2, 4, 6, 10, 12, 16, 20, 22, 24, 28]
    assert subword_complexity(thue_morse.symbols)[:10].tolist() == known
    for slope in ("golden", 0.1234):
        sturmian = generate(
            "sturmian", measure="period", target=4000, seed=5, parameters={"slope": slope}
        )
        assert subword_complexity(sturmian.symbols)[:40].tolist() == list(range(2, 42))
    doubling = generate(
        "period_doubling", measure="period", target=4000, seed=0, parameters={"start": 0}
    )
    # Allouche and Shallit 2003: 2, 3, 5, 6, 8, 10, 11, 12.
    assert subword_complexity(doubling.symbols)[:8].tolist() == [2, 3, 5, 6, 8, 10, 11, 12]
    shapiro = generate(
        "rudin_shapiro", measure="period", target=4000, seed=0, parameters={"start": 0}
    )
    # Allouche and Shallit 1993: 8 (m - 1) from m = 8 on.
    assert subword_complexity(shapiro.symbols)[7:30].tolist() == [8 * (m - 1) for m in range(8, 31)]


@pytest.mark.parametrize(("k", "order"), [(2, 5), (3, 3), (5, 2)])
def test_a_de_bruijn_cycle_has_every_word_once(k: int, order: int) -> None:
    string = generate(
        "de_bruijn",
        alphabet_size=k,
        measure="period",
        target=k**order,
        seed=1,
        parameters={"order": order},
    )
    cycle = string.symbols.tolist() * 2
    assert len({tuple(cycle[index : index + order]) for index in range(k**order)}) == k**order
    assert string.complexity("min_context") == order
    assert block_entropy(string.symbols, order) == pytest.approx(order * np.log2(k))


def test_entropies_known() -> None:
    coin = generator("coin").integers(2, size=100_000)
    assert entropy_rate(coin) == pytest.approx(1.0, abs=1e-3)
    assert excess_entropy(coin) == pytest.approx(0.0, abs=1e-2)
    assert 1.0 <= entropy_rate_lz76(coin) < 1.2
    of_period_4 = np.tile([0, 1, 1, 1], 1000)
    assert entropy_rate(of_period_4) == pytest.approx(0.0, abs=1e-6)
    assert excess_entropy(of_period_4) == pytest.approx(2.0, abs=1e-2)
    assert [block_entropy(of_period_4, size) for size in (2, 3, 70)] == pytest.approx(
        [1.5, 2.0, 2.0]
    )
    # Crutchfield and Feldman 2003: the golden mean process has no two zeros in a row. With p = 1/2,
    # h = 2/3 bit and E = H(1) - h = 0.2516 bit.
    golden = generate("markov", alphabet_size=2, measure="period", target=50, seed=0)
    assert golden.complexity("entropy_rate") <= 1.0
    draws = generator("golden").integers(2, size=200_000).tolist()
    symbols = [1]
    for draw in draws:
        symbols.append(1 if symbols[-1] == 0 else draw)
    assert entropy_rate(np.array(symbols)) == pytest.approx(2 / 3, abs=5e-3)
    assert excess_entropy(np.array(symbols)) == pytest.approx(0.2516, abs=2e-2)


def test_bias_correction_helps() -> None:
    """For short coin strings, the corrected entropy is nearer to the truth on average."""
    strings = [generator("bias", index).integers(2, size=300) for index in range(50)]
    plain = np.mean([conditional_entropy(string, 2, 3) for string in strings])
    assert abs(np.mean([entropy_rate(string) for string in strings]) - 1) < abs(plain - 1)


def test_compressors_tell_order_from_chance() -> None:
    ordered = np.tile([0, 1, 2, 3], 2500)
    random = generator("bytes").integers(4, size=10_000)
    for measure in (zlib_bytes, bz2_bytes, lzma_bytes):
        assert measure(ordered) < 150
        # At least the entropy of 2 bits per symbol.
        assert 2500 <= measure(random) < 3600
    assert zlib_bytes(np.arange(1000)) > 1000


@given(st.integers(1, 5000))
def test_prime_factors(value: int) -> None:
    slow = [
        p
        for p in range(2, value + 1)
        if value % p == 0 and all(p % q for q in range(2, int(p**0.5) + 1))
    ]
    assert prime_factors(value) == slow


@given(some_strings)
def test_smallest_period_against_trying_all(symbols: np.ndarray) -> None:
    n = len(symbols)
    tried = next(
        p for p in range(1, n + 1) if n % p == 0 and (symbols == np.tile(symbols[:p], n // p)).all()
    )
    assert smallest_period(symbols) == tried
    assert is_primitive(symbols) == (tried == n)


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


@given(some_strings)
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
    # A de Bruijn cycle is uniform over all words up to length n.
    de_bruijn = letters("0000100110101111") - ord("0")
    assert conditional_entropy(de_bruijn, 2, order=3) == pytest.approx(1.0)


def test_floor_bits_by_hand() -> None:
    alternating = np.array([0, 1] * 8)
    # Order 1 costs only its penalty, 0.5 * 2 * 1 * log2 16 = 4 bits of 16.
    assert ngram_bits(alternating, 2, order=1) == pytest.approx(4.0)
    assert floor_bits(alternating, 2) == pytest.approx(12.0)


@given(st.lists(st.integers(0, 2), min_size=2, max_size=60).map(np.array))
def test_conditional_entropy_falls_with_order(symbols: np.ndarray) -> None:
    entropies = [conditional_entropy(symbols, 3, order) for order in range(4)]
    assert all(low <= high + 1e-12 for high, low in pairwise(entropies))
    assert -1e-12 <= min(entropies)
    assert max(entropies) <= np.log2(3) + 1e-12
