"""Strings of different sources with equal complexity, and with equal length on request."""

import pytest

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.sources import make_source

SIX = [
    "iid",
    "markov",
    "thue_morse",
    "grammar",
    ("noisy", {"source": "de_bruijn"}),
    ("iid", {"probabilities": [0.4, 0.3, 0.2, 0.1]}),
]


@pytest.mark.parametrize(
    "measure",
    [
        *("lzw", "lz78", "lz76", "period", "subwords_of_4"),
        pytest.param("distinct_substrings", marks=pytest.mark.slow),
    ],
)
def test_all_have_the_value(measure: str) -> None:
    sources = [source for source in SIX if (source, measure) != ("thue_morse", "lz76")]
    # A Thue–Morse sequence over 4 symbols has 40 words of 4.
    target = 40 if measure == "subwords_of_4" else 100
    strings = generators.match(sources, alphabet_size=4, measure=measure, target=target, seed=5)
    values = {string.complexity(measure) for string in strings}
    assert len(strings) == len(sources)
    assert len(values) == 1
    assert min(values) >= target
    assert measure == "distinct_substrings" or values == {target}
    assert all(
        string.is_primitive and set(string.symbols.tolist()) == {0, 1, 2, 3} for string in strings
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equal_length_too(seed: int) -> None:
    sources = ["iid", "markov", ("noisy", {"source": "thue_morse"})]
    strings = generators.match(sources, alphabet_size=4, target=110, length=260, seed=seed)
    assert [len(string) for string in strings] == [260] * 3
    assert [string.complexity("lzw") for string in strings] == [110] * 3
    assert [string.source for string in strings] == ["iid", "markov", "noisy"]
    assert strings == generators.match(sources, alphabet_size=4, target=110, length=260, seed=seed)


def test_the_dial_turned_is_told_and_gives_the_code_length() -> None:
    (markov,) = generators.match(["markov"], alphabet_size=4, target=80, length=260, seed=0)
    source = make_source("markov", 4, markov.parameters)
    assert 0.5 < markov.parameters["entropy_rate"] < 1.9
    assert source.reference_bits(markov.symbols, generator("unused")) == pytest.approx(
        markov.reference_bits
    )
    with pytest.raises(InputError, match="length 260: no string of source 'markov' with lzw = 80"):
        generators.match(
            [("markov", {"entropy_rate": 0.1})], alphabet_size=4, target=80, length=260, seed=0
        )


def test_what_cannot_be_matched() -> None:
    with pytest.raises(
        InputError,
        match=r"no string of source 'thue_morse' with lzw = 110 .* is 7\d, the smallest",
    ):
        generators.match(["iid", "thue_morse"], alphabet_size=4, target=110, length=260, seed=0)
    with pytest.raises(InputError, match="no source to match"):
        generators.match([], target=10, seed=0)
    with pytest.raises(InputError, match="length 3; valid: 4 to"):
        generators.match(["iid"], alphabet_size=4, target=10, length=3, seed=0)
    with pytest.raises(InputError, match="'rudin_shapiro' has 2 symbols"):
        generators.match(["iid", "rudin_shapiro"], alphabet_size=4, target=10, seed=0)
