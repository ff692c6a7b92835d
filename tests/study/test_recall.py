"""Recall: one teacher-forced pass says where a closed loop fails first."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators
from seqmem.core.seeding import generator
from seqmem.study import kernels
from seqmem.study.blocks import Blocks
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.metrics import METRICS
from seqmem.study.protocols.stream import StreamBatches
from seqmem.study.recall import (
    Recall,
    carried_nll_bits,
    closed_loop,
    copy_nll_bits,
    prompt_of,
    teacher_forced,
)
from seqmem.study.runner import TRAINERS, build, clock_for
from seqmem.study.training.loop import train_until_over
from seqmem.study.training.optimization import Optimization
from tests.properties import at_most

ENGINES_HERE = ["fused", "torch"] if kernels.available() else ["torch"]


def trained(
    cell: str,
    string: generators.SymbolString,
    steps: int,
    seed: int,
    depth: int = 1,
    engine: str = "auto",
) -> Memorizer:
    config = RunConfig(
        string=string,
        cell=cell,
        units=12,
        depth=depth,
        budget=f"{max(steps, 1)} steps",
        batch=8,
        length=16,
        seed=seed,
        engine=engine,
    )
    memorizer = build(config)
    if steps:
        batches = StreamBatches(config)
        trainer = TRAINERS[config.engine](memorizer, Optimization(learning_rate=0.03))
        train_until_over(
            trainer, batches, clock_for(config), lambda: teacher_forced(memorizer, string)
        )
    return memorizer


def matching_prefix(predicted: np.ndarray, string: generators.SymbolString) -> int:
    wrong = np.nonzero(predicted != string.symbols)[0]
    return int(wrong[0]) if len(wrong) else string.period


@pytest.mark.slow
@at_most(25)
@given(
    cell=st.sampled_from(["gru", "lstm", "rnn"]),
    engine=st.sampled_from(ENGINES_HERE),
    k=st.integers(2, 5),
    extra=st.integers(0, 12),
    steps=st.sampled_from([0, 5, 40, 120]),
    depth=st.integers(1, 2),
    seed=st.integers(0, 10_000),
)
def test_exact_prefix_is_that_of_a_closed_loop(
    cell: str, engine: str, k: int, extra: int, steps: int, depth: int, seed: int
) -> None:
    string = generators.generate("iid", alphabet_size=k, target=k + extra, seed=seed)
    memorizer = trained(cell, string, steps, seed, depth, engine)
    recall = teacher_forced(memorizer, string)
    assert recall.exact_prefix == matching_prefix(
        closed_loop(memorizer, string, string.period), string
    )
    assert recall.memorized == (recall.correct == string.period)


def test_prompt_ends_at_phase_zero() -> None:
    string = generators.from_text("ABCAB")
    prompt = prompt_of(string)
    assert len(prompt) == 256
    assert (prompt == np.tile(string.symbols, 60)[-256:]).all()
    long = generators.generate("iid", alphabet_size=2, target=20, seed=0)
    doubled = generators.from_symbols(np.concatenate([np.tile(long.symbols, 8), [0]]), 2)
    assert len(prompt_of(doubled)) == 2 * doubled.complexity("min_context") > 256


def test_nll_bits_against_a_step_by_step_sum() -> None:
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    memorizer = trained("lstm", string, 20, 0)
    nats = 0.0
    state = None
    with torch.no_grad():
        for index, token in enumerate([*prompt_of(string), *string.symbols[:-1].tolist()]):
            logits, state = memorizer(torch.tensor([[token]]), state)
            symbol = index - len(prompt_of(string)) + 1
            if symbol >= 0:
                nats -= torch.log_softmax(logits[0, 0].double(), 0)[
                    int(string.symbols[symbol])
                ].item()
    assert teacher_forced(memorizer, string).nll_bits == pytest.approx(nats / np.log(2), rel=1e-5)


def test_a_uniform_network_needs_n_log2_k_bits() -> None:
    string = generators.generate("iid", alphabet_size=4, target=20, seed=0)
    memorizer = Memorizer("gru", 4, 1, 8)
    with torch.no_grad():
        for parameter in memorizer.parameters():
            parameter.zero_()
    uniform = 2 * string.period
    recall = teacher_forced(memorizer, string)
    assert recall.nll_bits == pytest.approx(uniform)
    # Of equal probabilities, the first symbol is predicted.
    assert recall.correct == (string.symbols == 0).sum()
    assert copy_nll_bits(memorizer, string) == pytest.approx(uniform)
    state = memorizer.recurrence.zero_state(3)
    assert carried_nll_bits(memorizer, string, state, torch.tensor([0, 1, 2])) == pytest.approx(
        uniform
    )


def test_carried_state_of_a_prompt_agrees_with_the_prompt() -> None:
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    memorizer = trained("gru", string, 60, 1)
    prompt = torch.as_tensor(prompt_of(string))[None]
    with torch.no_grad():
        _, state = memorizer(prompt[:, :-1])
    # The state before the prompt's last symbol, whose place in the string is n - 1.
    carried = carried_nll_bits(memorizer, string, state, torch.tensor([string.period - 1]))
    assert carried == pytest.approx(teacher_forced(memorizer, string).nll_bits, rel=1e-4)


def test_evaluation_touches_no_training_and_no_random_state() -> None:
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    memorizer = initialize(Memorizer("lstm", 3, 1, 8), 0)
    before = {name: value.clone() for name, value in memorizer.state_dict().items()}
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002
    teacher_forced(memorizer, string)
    copy_nll_bits(memorizer, string)
    closed_loop(memorizer, string, 20)
    assert all(torch.equal(before[name], value) for name, value in memorizer.state_dict().items())
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002
    assert all(parameter.grad is None for parameter in memorizer.parameters())


def test_metrics_known_values() -> None:
    ca = [2, 0]
    abc = [0, 1, 2]
    assert METRICS["osa_similarity"](ca, abc) == pytest.approx(1 - 3 / 3)
    assert METRICS["damerau_levenshtein_similarity"](ca, abc) == pytest.approx(1 - 2 / 3)
    martha = [ord(c) for c in "MARTHA"]
    marhta = [ord(c) for c in "MARHTA"]
    assert METRICS["jaro_winkler_similarity"](martha, marhta) == pytest.approx(0.9611, abs=1e-4)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_conform(name: str) -> None:
    assert METRICS[name]([0, 1, 2], [0, 1, 2]) == 1.0
    assert 0 <= METRICS[name]([0, 0, 0], [1, 2, 1]) <= 1


def test_memorized_is_every_symbol_and_memorized_99_is_99_of_100() -> None:
    whole, most, fewer = (
        Recall(200, prefix, correct, 0.0) for prefix, correct in ((200, 200), (5, 198), (5, 197))
    )
    assert [recall.memorized for recall in (whole, most, fewer)] == [True, False, False]
    assert [recall.memorized_99 for recall in (whole, most, fewer)] == [True, True, False]


def code_length(
    memorizer: Memorizer, tokens: np.ndarray, first: int, state: object = None
) -> float:
    """Bits of the tokens from the place `first` on, one step after the other."""
    bits = 0.0
    with torch.no_grad():
        for index, (token, after) in enumerate(pairwise(tokens.tolist()), start=1):
            logits, state = memorizer(torch.tensor([[token]]), state)
            if index >= first:
                bits -= torch.log_softmax(logits[0, 0].double(), 0)[after].item() / np.log(2)
    return bits


def test_copying_is_measured_on_the_second_period_of_the_same_fresh_string_as_ever() -> None:
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    memorizer = trained("gru", string, 20, 0)
    fresh = generator("copy", string.string_id).integers(3, size=string.period)
    expected = code_length(memorizer, np.tile(fresh, 2), string.period)
    assert copy_nll_bits(memorizer, string) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("chunk", [1, 7, 1024])
def test_carried_code_length_is_the_mean_over_eight_streams_whatever_the_pieces(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqmem.study.recall.PERIOD_CHUNK", chunk)
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    memorizer = trained("gru", string, 20, 0)
    phases = torch.arange(10) * 2 % string.period
    with torch.no_grad():
        _, state = memorizer(torch.arange(10)[:, None] % 3)
    expected = [
        code_length(
            memorizer,
            string.symbols[np.arange(phase, phase + string.period + 1) % string.period],
            1,
            tuple(tensor[:, [stream]].contiguous() for tensor in state),
        )
        for stream, phase in enumerate(phases[:8].tolist())
    ]
    assert carried_nll_bits(memorizer, string, state, phases) == pytest.approx(
        np.mean(expected), rel=1e-5
    )


def test_code_length_in_blocks_is_the_mean_over_eight_phases() -> None:
    string = generators.generate("iid", alphabet_size=3, target=15, seed=4)
    symbols = torch.as_tensor(string.symbols.astype(np.int64))
    memorizer = initialize(Memorizer("transformer", 3, 1, 8, row=8, heads=2), 5)
    blocks = Blocks(context=3, targets=6)
    phases = torch.arange(10) * 2 % string.period
    bits = []
    for phase in phases[:8].tolist():
        for target in range(string.period):
            # The first symbol of a block follows 3 symbols, and each further one follows one more.
            read = torch.arange(-3 - target % 6, 0) + phase + 1 + target
            with torch.no_grad():
                logits, _ = memorizer(symbols[read % string.period][None])
            symbol = symbols[(phase + 1 + target) % string.period]
            bits.append(-torch.log_softmax(logits[-1, 0].double(), 0)[symbol] / np.log(2))
    carried = carried_nll_bits(memorizer, string, None, phases, blocks)
    assert carried == pytest.approx(float(sum(bits)) / 8, rel=1e-5)
