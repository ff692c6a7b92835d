"""Every source: the conformance laws of the registry, code lengths, and known sequences."""

import json
import random
import subprocess
import sys
from math import isclose, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.complexity.repeats import prime_factors
from seqmem.generators.sources import SOURCES, make_source, parameter_names
from seqmem.generators.sources.lfsr import primitive_polynomial
from seqmem.generators.sources.machine import Machine, row_entropies
from seqmem.generators.sources.markov import MarkovSource, entropy_of, stationary_of
from seqmem.generators.sources.source import Source
from seqmem.generators.targeting import Reader

STOCHASTIC = ["iid", "markov", "automaton", "grammar", "bounded_context", "noisy"]


@pytest.fixture(scope="module")
def required(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the parameters that a source cannot do without."""
    path = tmp_path_factory.mktemp("corpus") / "text.txt"
    path.write_text(
        "".join("abcd"[symbol] for symbol in generator("text").integers(4, size=5000)),
        encoding="utf-8",
    )
    return {"corpus": {"path": str(path)}}


def prefix(source: Source, seed: int, length: int) -> np.ndarray:
    return Reader(source.stream(generator("test", seed))).take(length)


@pytest.mark.parametrize("name", SOURCES)
def test_strings_conform(name: str, required: dict) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    plain_before = random.getstate()
    options: dict[str, Any] = {"measure": "lzw", "target": 60, "parameters": required.get(name, {})}
    first, again, other = (generators.generate(name, seed=seed, **options) for seed in (1, 1, 2))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert random.getstate() == plain_before
    assert first == again
    assert first != other
    assert first.symbols.dtype == np.uint8
    assert not first.symbols.flags.writeable
    assert set(first.symbols.tolist()) == set(range(first.alphabet_size))
    assert first.is_primitive
    assert first.complexity("lzw") == 60
    assert 0 < first.reference_bits < float("inf")
    assert (first.reference_kind == "uniform") == (name not in STOCHASTIC)
    if first.reference_kind == "uniform":
        assert first.reference_bits == pytest.approx(len(first) * log2(first.alphabet_size))


def test_the_same_strings_in_another_process(required: dict) -> None:
    code = (
        "import json, sys\n"
        "from seqmem.generators import SOURCES, generate\n"
        "required = json.loads(sys.argv[1])\n"
        "for name in SOURCES:\n"
        "    string = generate(name, target=40, seed=7, parameters=required.get(name, {}))\n"
        "    print(string.string_id)"
    )
    there = subprocess.run(
        [sys.executable, "-c", code, json.dumps(required)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    here = [
        generators.generate(name, target=40, seed=7, parameters=required.get(name, {}))
        for name in SOURCES
    ]
    assert there == [string.string_id for string in here]


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_one_line_of_help(name: str) -> None:
    assert SOURCES[name].help.strip()
    assert "\n" not in SOURCES[name].help
    assert SOURCES[name].help not in [
        source.help for other, source in SOURCES.items() if other != name
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_streams_are_endless_and_reproducible(name: str, required: dict) -> None:
    source = make_source(name, None, required.get(name, {}))
    wanted = 20_000 if source.is_endless else 500
    taken = prefix(source.again(9), 3, wanted)
    assert len(taken) == wanted
    assert taken.min() >= 0
    assert taken.max() < source.alphabet_size
    assert (taken == prefix(source.again(9), 3, wanted)).all()


@pytest.mark.parametrize("name", SOURCES)
def test_unknown_parameters_are_refused(name: str, required: dict) -> None:
    with pytest.raises(
        InputError, match=f"unknown parameter of source '{name}': 'colour'; .*valid: "
    ):
        generators.generate(
            name, target=40, seed=0, parameters={"colour": 1} | required.get(name, {})
        )
    assert parameter_names(name)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_code_length_is_that_of_the_probabilities(name: str) -> None:
    """The sum of 2**-bits over all strings of a length is one if the source is a machine."""
    parameters: dict[str, Any] = {
        "iid": {"initial_permutation": False, "probabilities": [0.2, 0.3, 0.5]},
        "markov": {"order": 2},
        "automaton": {"states": 3},
        "grammar": {"depth": 2, "rules": 4},
        "bounded_context": {"context": 2, "entropy_rate": 1.2},
        "noisy": {"source": "markov", "probability": 0.2},
    }[name]
    source = make_source(name, 3, parameters)
    total = 0.0
    for code in range(3**6):
        symbols = np.array([code // 3**index % 3 for index in range(6)])
        with np.errstate(divide="ignore"):
            total += 2.0 ** -source.reference_bits(symbols, generator("unused"))
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("k", "order", "rate"), [(4, 1, 1.0), (2, 3, 0.3), (3, 2, log2(3)), (8, 1, 2.9), (4, 1, 0.05)]
)
def test_markov_has_the_entropy_rate_asked_for(k: int, order: int, rate: float) -> None:
    source = MarkovSource(k, order=order, entropy_rate=rate)
    rows, stationary = source.chain
    assert abs(float(stationary @ row_entropies(rows)) - rate) < 1e-9
    moved = (stationary[:, None] * rows).reshape(k, -1, k).sum(axis=0).ravel()
    assert np.abs(moved - stationary).sum() < 1e-12
    symbols = prefix(source, 1, 40_000)
    assert source.reference_bits(symbols) / 40_000 == pytest.approx(rate, rel=0.1)


def test_markov_realized_and_estimated_entropy() -> None:
    """The rates of several strings, and the estimate of a long one, are near the target."""
    source = MarkovSource(4, order=1, entropy_rate=1.0)
    rates = [source.reference_bits(prefix(source, seed, 5000)) / 5000 for seed in range(40)]
    assert abs(np.mean(rates) - 1.0) < 4 * np.std(rates) / np.sqrt(40)
    string = generators.generate(
        "markov",
        alphabet_size=4,
        measure="period",
        target=100_000,
        seed=1,
        parameters={"entropy_rate": 1.0},
    )
    assert string.complexity("entropy_rate") == pytest.approx(1.0, abs=0.02)


def test_stationary_distributions_agree_whichever_way() -> None:
    rng = generator("rows")
    rows = rng.dirichlet(np.ones(2), size=1024)
    stationary = stationary_of(rows)
    moved = (stationary[:, None] * rows).reshape(2, -1, 2).sum(axis=0).ravel()
    assert np.abs(moved - stationary).sum() < 1e-11
    assert entropy_of(np.array([[0.5, 0.5], [1.0, 0.0]])) == pytest.approx(2 / 3)


def test_noise_around_a_known_sequence_costs_its_substitutions() -> None:
    parameters = {"source": "thue_morse", "probability": 0.1, "parameters": {"start": 0}}
    string = generators.generate(
        "noisy", alphabet_size=2, measure="period", target=2000, seed=4, parameters=parameters
    )
    clean = generators.generate(
        "thue_morse",
        alphabet_size=2,
        measure="period",
        target=2000,
        seed=0,
        parameters={"start": 0},
    )
    replaced = int((string.symbols != clean.symbols).sum())
    assert 150 < replaced < 250
    assert string.reference_bits == pytest.approx(
        -replaced * log2(0.1) - (2000 - replaced) * log2(0.9)
    )


def test_noise_around_a_coin_is_a_coin() -> None:
    source = make_source("noisy", 2, {"source": "iid", "probability": 0.3})
    assert source.reference_bits(np.array([0, 1, 1, 0]), generator("unused")) == pytest.approx(4.0)


def slow_noisy_probability(machine: Machine, symbols: list[int], substitution: float) -> float:
    """Return the probability of a string, as a sum over all clean strings."""
    size = machine.probabilities.shape[1]
    total = 0.0
    for code in range(size ** len(symbols)):
        state = 0
        probability = 1.0
        for index, seen in enumerate(symbols):
            clean = code // size**index % size
            probability *= machine.probabilities[state, clean]
            probability *= 1 - substitution if clean == seen else substitution / (size - 1)
            state = machine.successors[state, clean]
        total += probability
    return total


@given(st.lists(st.integers(0, 1), min_size=1, max_size=7), st.floats(0.01, 0.9))
def test_noisy_code_length_against_all_clean_strings(
    symbols: list[int], substitution: float
) -> None:
    for name in ("markov", "automaton", "grammar"):
        machine = make_source(name, 2, {}).machine
        assert machine is not None
        bits = machine.noisy_code_length(np.array(symbols), substitution)
        assert isclose(
            2.0**-bits, slow_noisy_probability(machine, symbols, substitution), rel_tol=1e-9
        )


def test_iid_with_probabilities_has_these_frequencies() -> None:
    source = make_source("iid", None, {"probabilities": [0.7, 0.2, 0.1]})
    assert source.alphabet_size == 3
    counts = np.bincount(prefix(source, 1, 100_000), minlength=3) / 100_000
    assert counts == pytest.approx([0.7, 0.2, 0.1], abs=0.01)


def test_known_sequences() -> None:
    def text(name: str, size: int, k: int = 2, **parameters: object) -> str:
        return "".join(map(str, prefix(make_source(name, k, parameters), 0, size).tolist()))

    assert text("thue_morse", 16, start=0) == "0110100110010110"
    assert text("period_doubling", 16, start=0) == "0100010101000100"
    assert text("rudin_shapiro", 16, start=0) == "0001001000011101"
    assert text("sturmian", 21, intercept="slope") == "010010100100101001010"
    assert text("de_bruijn", 16, order=4, start=0) == "0000100110101111"
    assert text("periodic", 7, motif="AAB", start=1) == "0100100"
    # Rule 30 from a single cell, OEIS A051023.
    assert text("cellular_automaton", 20, begin="single") == "11011100110001011001"
    assert text("cellular_automaton", 6, rule=90, begin="single", width=65) == "100000"
    # At r = 3.5 the orbit has period 4: 0.875, 0.383, 0.827, 0.501 (May 1976).
    assert text("logistic_map", 8, growth=3.5, first=0.3) in {
        "10111011",
        "01110111",
        "11101110",
        "11011101",
    }


@pytest.mark.parametrize(("k", "order"), [(2, 4), (2, 11), (3, 4), (5, 3), (257, 2)])
def test_registers_run_through_every_state(k: int, order: int) -> None:
    cycle = k**order - 1
    symbols = prefix(make_source("lfsr", k, {"order": order}), 2, 2 * cycle + order)
    assert (symbols[:cycle] == symbols[cycle : 2 * cycle]).all()
    codes = sum(symbols[index : index + cycle] * k**index for index in range(order))
    assert len(np.unique(codes)) == cycle
    taps = primitive_polynomial(k, order)
    assert len(taps) == order + 1
    assert not any(
        (symbols[: cycle // p] == symbols[cycle // p : 2 * (cycle // p)]).all()
        for p in prime_factors(cycle)
    )


def test_the_logistic_map_has_its_entropy() -> None:
    string = generators.generate("logistic_map", measure="period", target=100_000, seed=1)
    # Lyapunov exponent at r = 3.9, about 0.496 nats.
    assert string.complexity("entropy_rate") == pytest.approx(0.496 / np.log(2), abs=0.03)


def test_words_of_a_grammar() -> None:
    source = make_source("grammar", 4, {"rules": 4, "depth": 3})
    spelled = {tuple(word) for word in source.words.tolist()}  # type: ignore[attr-defined]
    symbols = prefix(source, 1, 800)
    assert {tuple(word) for word in symbols.reshape(-1, 8).tolist()} <= spelled
    assert set(symbols.tolist()) == {0, 1, 2, 3}
    assert source.reference_bits(symbols, generator("unused")) <= 100 * 2 + 1e-9


@pytest.mark.parametrize("rate", [0.2, 2.0])
@pytest.mark.parametrize("context", [5, 12, 40])
def test_no_word_of_the_bounded_length_recurs(context: int, rate: float) -> None:
    source = make_source(
        "bounded_context", 4, {"context": context, "order": 3, "entropy_rate": rate, "copied": 0.3}
    )
    symbols = prefix(source, 3, 400).tolist()

    def words(length: int) -> list[tuple[int, ...]]:
        return [tuple(symbols[i : i + length]) for i in range(len(symbols) - length + 1)]

    assert len(set(words(context))) == len(words(context))
    assert len(set(words(context - 1))) < len(words(context - 1))


def test_bits_of_copied_words_are_those_of_their_places() -> None:
    # Fair coins cost a bit each while no word is excluded, and copied words almost nothing.
    plain, copying = (
        make_source("bounded_context", 2, {"context": 40, "copied": share}) for share in (0, 0.5)
    )
    assert plain.reference_bits(prefix(plain, 1, 400), generator("test", 1)) == 400
    bits = copying.reference_bits(prefix(copying, 1, 400), generator("test", 1))
    # Five rounds of 39 coins and a word of 39 symbols, from fewer than 400 places each.
    assert 200 < bits < 205 + 5 * log2(400)


def test_a_string_that_the_bounded_source_cannot_make_has_no_code() -> None:
    source = make_source("bounded_context", 2, {"context": 3})
    symbols = np.array([0, 1, 1, 0, 1, 1])
    assert source.reference_bits(symbols, generator("unused")) == float("inf")
    # After all eight words of three symbols, every word may come once more.
    assert len(set(map(tuple, np.lib.stride_tricks.sliding_window_view(
        prefix(source, 0, 30), 3).tolist()))) <= 8  # fmt: skip


@pytest.mark.parametrize(
    ("name", "k", "parameters", "message"),
    [
        ("iid", 2, {"probabilities": [0.5, 0.6]}, "sum to 1.1; valid: a sum of 1"),
        ("iid", 3, {"probabilities": [0.5, 0.5]}, "2 for an alphabet of 3 symbols"),
        ("iid", 2, {"probabilities": [1.0, 0.0]}, "numbers above 0 and below 1"),
        ("iid", 2, {"probabilities": 0.5}, "a list of numbers"),
        (
            "markov",
            4,
            {"entropy_rate": 2.5},
            "entropy_rate 2.5; valid: a number from 0.001 to 2 bits",
        ),
        ("markov", 4, {"entropy_rate": "high"}, "entropy_rate 'high'; valid: a number"),
        ("markov", 4, {"entropy_rate": 0}, "entropy_rate 0; valid: a number from 0.001"),
        (
            "markov",
            4,
            {"order": 20},
            r"order 20: a table of 4\*\*21 entries does not fit; valid: at most 65,536",
        ),
        ("markov", 4, {"order": 0}, "order 0; valid: a whole number from 1"),
        ("automaton", 4, {"states": 2**19}, "does not fit"),
        ("automaton", 4, {"concentration": 0}, "concentration 0; valid"),
        ("grammar", 4, {"depth": 40}, r"depth 40: a table of 2\*\*40 entries does not fit"),
        ("grammar", 8, {"rules": 3}, "rules 3; valid: a whole number from 4"),
        ("periodic", 2, {"motif": "ABC"}, "motif 'ABC' has a symbol beyond the alphabet of 2"),
        ("periodic", 2, {"motif": 3}, "motif 3; valid: letters"),
        ("periodic", 2, {"motif": "AB", "period": 3}, "period 3: the motif given has 2"),
        ("periodic", 4, {"period": 3}, "period 3; valid: a whole number from 4"),
        ("thue_morse", 2, {"start": -1}, "start -1; valid"),
        ("rudin_shapiro", 3, {}, "alphabet_size 3: source 'rudin_shapiro' has 2 symbols"),
        ("sturmian", 2, {"slope": 1.5}, "slope 1.5"),
        ("sturmian", 2, {"slope": "silver"}, "slope 'silver'; valid: golden"),
        ("sturmian", 2, {"intercept": 1}, "intercept 1; valid"),
        ("de_bruijn", 4, {"order": 30}, r"order 30: a table of 4\*\*30 entries does not fit"),
        ("lfsr", 4, {}, "alphabet_size 4: source 'lfsr' needs a prime"),
        ("lfsr", 2, {"order": 99}, "order 99; valid: a whole number from 2 to 40"),
        ("cellular_automaton", 2, {"rule": 256}, "rule 256; valid: a whole number from 0 to 255"),
        ("cellular_automaton", 2, {"begin": "all"}, "begin 'all'; valid: random, single"),
        ("logistic_map", 2, {"growth": 4.1}, "growth 4.1; valid: a number from 0 to 4"),
        ("bounded_context", 2, {"context": 1}, "context 1; valid: a whole number from 2 to 4096"),
        ("bounded_context", 2, {"copied": 1}, "copied 1; valid: a number from 0 to 0.9"),
        ("bounded_context", 4, {"order": 20}, r"order 20: a table of 4\*\*21 entries"),
        ("noisy", 2, {"probability": 1}, "probability 1; valid: a number above 0 and below 1"),
        ("noisy", 2, {"source": "noisy"}, "around source .noisy."),
        ("noisy", 2, {"source": "nosy"}, "unknown source 'nosy'"),
        ("noisy", 2, {"parameters": [1]}, "valid: a JSON object"),
        (
            "noisy",
            2,
            {"source": "iid", "parameters": {"initial_permutation": True}},
            "needs it false",
        ),
        (
            "noisy",
            2,
            {"parameters": {"x": 1}},
            "unknown parameter of source 'thue_morse': 'x'; valid: start",
        ),
    ],
)
def test_bad_parameters(name: str, k: int, parameters: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generators.generate(
            name, alphabet_size=k, measure="period", target=50, seed=0, parameters=parameters
        )


def test_a_source_that_never_shows_a_symbol_says_so() -> None:
    with pytest.raises(InputError, match="no primitive string with lzw = 20 and all 3 symbols"):
        generators.generate(
            "periodic", alphabet_size=3, target=20, seed=0, parameters={"motif": "AAB"}
        )


def test_a_wrong_parameter_lists_the_valid_with_their_defaults() -> None:
    with pytest.raises(
        InputError,
        match=r"'ordr'; did you mean 'order'\? valid: entropy_rate=null, model=0, order=1$",
    ):
        make_source("markov", 4, {"ordr": 2})


@pytest.mark.parametrize("target", ["64", 64.0, True, None])
def test_a_target_that_is_no_whole_number_is_refused(target: object) -> None:
    with pytest.raises(InputError, match=f"target {target!r}; valid: a whole number"):
        generators.generate("iid", target=target, seed=1)  # type: ignore[arg-type]
