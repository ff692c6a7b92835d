"""Laws of targeting: strings are exact, primitive, complete, the first ones, and reproducible."""

from math import factorial, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.generators.complexity import COUNTERS
from seqmem.generators.complexity.lempel_ziv import lzw_code_count
from seqmem.generators.complexity.repeats import is_primitive, smallest_period
from seqmem.generators.targeting import Reader, grow


@given(k=st.integers(2, 12), extra=st.integers(0, 40), seed=st.integers(0, 2**63 - 1))
def test_generate_hits_its_target(k: int, extra: int, seed: int) -> None:
    string = generators.generate("iid", alphabet_size=k, measure="lzw", target=k + extra, seed=seed)
    assert string.complexity("lzw") == k + extra
    assert string.is_primitive
    assert set(string.symbols.tolist()) == set(range(k))
    assert string.symbols.dtype == np.uint8
    assert not string.symbols.flags.writeable


@given(seed=st.integers(0, 1000), target=st.integers(3, 12))
def test_no_shorter_prefix_qualifies(seed: int, target: int) -> None:
    string = generators.generate("iid", alphabet_size=3, target=target, seed=seed)
    for length in range(1, len(string)):
        prefix = string.symbols[:length]
        complete = len(set(prefix.tolist())) == 3
        primitive = smallest_period(prefix) == length
        assert not (complete and primitive and lzw_code_count(prefix) == target)


def test_grow_passes_over_repetitions() -> None:
    # LZW counts 0|1|01 = 3 and 0|1|01|0 = 4. At 3, the first prefixes are 010, and 0101, which is
    # not primitive.
    assert grow(iter([np.array([0, 1, 0, 1, 0, 0])]), 2, "lzw", 3).symbols.tolist() == [0, 1, 0]
    assert grow(iter([np.array([0, 1, 0, 1])]), 2, "period", 4).symbols is None
    # Symbol 1 comes too late.
    assert grow(iter([np.array([0, 0, 0, 1, 1, 1])]), 2, "lzw", 2).symbols is None


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 60))
def test_a_reader_takes_what_the_stream_gives(sizes: list[int], stride: int) -> None:
    blocks = [np.arange(size) for size in sizes]
    reader = Reader(iter(blocks))
    taken = []
    while len(part := reader.take(stride + 1)):
        taken += part.tolist()
    assert taken == np.concatenate(blocks).tolist()


def test_reference_bits_of_iid() -> None:
    string = generators.generate("iid", alphabet_size=4, target=300, seed=1)
    assert string.reference_bits == pytest.approx(log2(factorial(4)) + 2 * (len(string) - 4))
    free = generators.generate(
        "iid", alphabet_size=4, target=300, seed=1, parameters={"initial_permutation": False}
    )
    assert free.reference_bits == 2 * len(free)
    assert string.reference_kind == "iid"


@pytest.mark.parametrize("measure", COUNTERS)
@given(data=st.data())
def test_counters_agree_with_measures_on_every_prefix(measure: str, data: st.DataObject) -> None:
    symbols = np.array(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=30)))
    cuts = data.draw(st.lists(st.integers(0, len(symbols)), max_size=3).map(sorted))
    counter = COUNTERS[measure](3)
    counts = np.concatenate([counter.extend(part) for part in np.split(symbols, cuts)])
    assert len(counts) == len(symbols)
    prefixes = [symbols[:length] for length in range(1, len(symbols) + 1)]
    wanted = [
        generators.MEASURES[measure](prefix, 3)
        for prefix in prefixes
        if measure != "period" or is_primitive(prefix)
    ]
    kept = [
        count
        for count, prefix in zip(counts, prefixes, strict=True)
        if measure != "period" or is_primitive(prefix)
    ]
    assert kept == wanted
    assert (np.diff(counts) >= 0).all()
    if counter.unit_growth:
        assert set(np.diff(counts)) <= {0, 1}
    if counter.counts_symbols:
        assert counts[-1] >= len(set(symbols.tolist()))


@pytest.mark.parametrize("measure", ["distinct_substrings", "linear_complexity"])
@given(seed=st.integers(0, 50))
def test_measures_that_leap_reach_their_target_first(measure: str, seed: int) -> None:
    string = generators.generate("iid", alphabet_size=3, measure=measure, target=30, seed=seed)
    assert string.complexity(measure) >= 30
    for length in range(3, len(string)):
        prefix = string.symbols[:length]
        complete = len(set(prefix.tolist())) == 3 and is_primitive(prefix)
        assert not (complete and generators.MEASURES[measure](prefix, 3) >= 30)


def test_the_same_strings_as_ever() -> None:
    """Stored sweeps rely on these strings, so they must never change."""
    known = {
        (4, 300, 1): "65a11ec913b9a5dd",
        (2, 50, 7): "21157c45403981a3",
        (8, 20, 3): "7b20ae1cc26c9b20",
    }
    for (k, target, seed), name in known.items():
        assert (
            generators.generate("iid", alphabet_size=k, target=target, seed=seed).string_id == name
        )


@pytest.mark.parametrize("measure", COUNTERS)
@given(data=st.data())
def test_no_string_exceeds_the_bound_of_a_measure(measure: str, data: st.DataObject) -> None:
    """Random strings and de Bruijn cycles, the most complex strings, are tried."""
    k = data.draw(st.integers(2, 3))
    cycle = generators.generate(
        "de_bruijn", alphabet_size=k, measure="period", target=k**4, seed=1, parameters={"order": 4}
    )
    symbols = data.draw(
        st.one_of(
            st.lists(st.integers(0, k - 1), min_size=1, max_size=60).map(np.array),
            st.just(cycle.symbols),
        )
    )
    limited = type("Limited", (COUNTERS[measure],), {"longest": len(symbols)})
    assert COUNTERS[measure](k).extend(symbols)[-1] <= limited.bound(k) <= max(len(symbols), k) ** 2


def test_targets_beyond_every_string_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are refused before a symbol is read."""
    monkeypatch.setattr("seqmem.generators.targeting.grow", None)
    beyond = {
        "lz76": (10**6, "138,781 in the 2,097,152 symbols"),
        "lz78": (10**9, "3,395,387 in the 67,108,864 symbols"),
        "lzw": (10**9, "3,565,155 in the 67,108,864 symbols"),
        "period": (10**9, "67,108,864 in the"),
        "distinct_substrings": (10**14, "2,198,984,458,428 in the"),
        "linear_complexity": (10**6, "65,536 in the"),
    }
    for measure, (target, most) in beyond.items():
        with pytest.raises(InputError, match=f"{measure} over 2 symbols is at most {most}"):
            generators.generate(
                "thue_morse", alphabet_size=2, measure=measure, target=target, seed=0
            )


def test_impossible_targets_say_what_is_reached() -> None:
    with pytest.raises(InputError, match=r"the largest value reached is 9 \(in 65,"):
        generators.generate(
            "lfsr", measure="linear_complexity", target=10, seed=0, parameters={"order": 9}
        )
    with pytest.raises(InputError, match="no primitive string with period = 4 and all 2 symbols"):
        generators.generate(
            "periodic",
            alphabet_size=2,
            measure="period",
            target=4,
            seed=0,
            parameters={"motif": "AB"},
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "idd"}, "unknown source 'idd'; did you mean 'iid'"),
        (
            {"measure": "lz"},
            "unknown measure to target 'lz'; did you mean 'lzw'",
        ),
        (
            {"measure": "entropy_rate"},
            "set by parameter entropy_rate of source 'markov'; valid: dis",
        ),
        ({"measure": "linear_complexity"}, "alphabet_size 4: linear_complexity needs a prime"),
        ({"alphabet_size": 1}, "alphabet_size 1; valid: 2 to 65536"),
        ({"target": 3}, "target 3 is smaller than the alphabet"),
        ({"target": 2**60}, "target 1152921504606846976: lzw over 4 symbols is at most "),
        ({"parameters": {"bias": 1}}, "bias"),
        (
            {"parameters": {"initial_permutation": "no"}},
            "initial_permutation 'no'; valid: true, false",
        ),
        ({"seed": -1}, "seed -1; valid: 0 to"),
        ({"seed": 2**63}, "valid: 0 to"),
    ],
)
def test_impossible_requests(arguments: dict, message: str) -> None:
    request = {"source": "iid", "alphabet_size": 4, "target": 20, "seed": 0} | arguments
    with pytest.raises(InputError, match=message):
        generators.generate(**request)
