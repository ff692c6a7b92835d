"""Laws of targeting: exact, primitive, complete, first, reproducible."""

import subprocess
import sys
from math import factorial, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import generators
from generators.complexity import COUNTERS
from generators.complexity.lempel_ziv import lzw_code_count
from generators.complexity.repeats import smallest_period
from generators.errors import InputError
from generators.seeding import generator
from generators.sources import SOURCES
from generators.targeting import grow


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
        complete, primitive = len(set(prefix.tolist())) == 3, smallest_period(prefix) == length
        assert not (complete and primitive and lzw_code_count(prefix) == target)


def test_grow_passes_over_repetitions() -> None:
    # LZW counts 0|1|01 = 3 and 0|1|01|0 = 4; at 3 the first prefixes are 010 and, not primitive, 0101.
    assert grow(iter([0, 1, 0, 1, 0, 0]), 2, "lzw", 3).tolist() == [0, 1, 0]
    assert grow(iter([0, 0, 0, 1, 1, 1]), 2, "lzw", 2) is None  # 1 comes too late


def test_reference_bits_of_iid() -> None:
    string = generators.generate("iid", alphabet_size=4, target=300, seed=1)
    assert string.reference_bits == pytest.approx(log2(factorial(4)) + 2 * (len(string) - 4))
    free = generators.generate("iid", alphabet_size=4, target=300, seed=1, parameters={"initial_permutation": False})
    assert free.reference_bits == 2 * len(free)
    assert string.reference_kind == "iid"


def test_same_string_in_another_process() -> None:
    code = "import generators; print(generators.generate('iid', alphabet_size=4, target=50, seed=7).text)"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert there.strip() == generators.generate("iid", alphabet_size=4, target=50, seed=7).text


@pytest.mark.parametrize("source", SOURCES)
def test_sources_conform(source: str) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (generators.generate(source, alphabet_size=5, target=40, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert hash(first) == hash(again)
    assert first != other
    assert 0 < first.reference_bits <= len(first) * log2(5)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("measure", COUNTERS)
def test_counters_agree_with_measures(measure: str) -> None:
    symbols = generator("counters").integers(4, size=200)
    counter = COUNTERS[measure]()
    counts = [counter.push(symbol) for symbol in symbols.tolist()]
    assert counts[-1] == generators.MEASURES[measure](symbols)
    assert set(np.diff(counts)) <= {0, 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "idd"}, "unknown source 'idd'; valid: iid"),
        ({"measure": "lz"}, "unknown measure to target 'lz'; valid: lzw"),
        ({"alphabet_size": 1}, "alphabet_size 1; valid: 2 to 65536"),
        ({"target": 3}, "target 3 is smaller than the alphabet"),
        ({"parameters": {"bias": 1}}, "bias"),
        ({"parameters": {"initial_permutation": "no"}}, "initial_permutation 'no'; valid: true, false"),
        ({"seed": -1}, "seed -1; valid: 0 to"),
        ({"seed": 2**63}, "valid: 0 to"),
    ],
)
def test_impossible_requests(arguments: dict, message: str) -> None:
    request = {"source": "iid", "alphabet_size": 4, "target": 20, "seed": 0} | arguments
    with pytest.raises(InputError, match=message):
        generators.generate(**request)
