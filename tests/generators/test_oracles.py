"""LZ76 against antropy, an independent library. Its import compiles, so the test is slow."""

import numpy as np
import pytest

from seqmem.core.seeding import generator
from seqmem.generators.complexity.lempel_ziv import lz76_phrase_count

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lziv_complexity():
    from antropy import lziv_complexity

    return lziv_complexity


def test_lz76_equals_antropy(lziv_complexity) -> None:
    assert (
        lziv_complexity("1001111011000010")
        == lz76_phrase_count(np.array(list("1001111011000010"), dtype=int))
        == 6
    )
    for number in range(300):
        rng = generator("antropy", number)
        symbols = rng.integers(rng.integers(2, 9), size=rng.integers(2, 200))
        if number % 3 == 0:
            symbols = np.tile(symbols[:7], 20)
        assert lziv_complexity(
            "".join("ABCDEFGH"[symbol] for symbol in symbols)
        ) == lz76_phrase_count(symbols)
