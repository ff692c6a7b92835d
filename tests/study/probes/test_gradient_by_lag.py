"""Gradients by lag: finite differences, known factors, and the rule of C8 on new networks."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators
from seqmem.study.config import RunConfig
from seqmem.study.engine import resolve_engine
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.probes.gradient_by_lag import (
    LAGS,
    GradientByLag,
    decay_per_symbol,
    half_life,
    log2_gradient_norms,
)
from seqmem.study.recall import prompt_of
from seqmem.study.runner import build

STRING = generators.generate("iid", alphabet_size=4, target=96, seed=5)
ENGINES = sorted({"torch", resolve_engine("auto", "cpu")})


def fresh(
    cell: str, depth: int = 1, units: int = 32, seed: int = 0, forget_bias: float | None = None
) -> Memorizer:
    return initialize(Memorizer(cell, 4, depth, units), seed, forget_bias).double()


@torch.no_grad()
def by_differences(memorizer: Memorizer, lag: int, start: int) -> float:
    """The same norm from central differences of the loss, component by component."""
    prompt = len(prompt_of(STRING))
    tokens = torch.as_tensor(
        STRING.symbols.astype(np.int64)[(start + np.arange(prompt + 10)) % STRING.period]
    )[None]
    furthest = 9
    _, before = memorizer(tokens[:, : prompt + furthest - lag])

    def loss(index: int, entry: int, change: float) -> float:
        moved = [tensor.clone() for tensor in before]
        moved[index].view(-1)[entry] += change
        logits, _ = memorizer(tokens[:, prompt + furthest - lag : prompt + furthest], tuple(moved))
        return F.cross_entropy(logits[-1], tokens[:, prompt + furthest]).item()

    width = 1e-5
    slopes = [
        (loss(index, entry, width) - loss(index, entry, -width)) / (2 * width)
        for index, tensor in enumerate(before)
        for entry in range(tensor.numel())
    ]
    return math.log2(math.hypot(*slopes))


@pytest.mark.parametrize("cell", [cell for cell in CELLS if CELLS[cell].states])
def test_norms_are_those_of_finite_differences(cell: str) -> None:
    memorizer = fresh(cell, depth=2, units=5)
    log2_norms = log2_gradient_norms(memorizer, STRING, lags=(1, 3, 9), positions=2)
    for row, start in zip(log2_norms, (0, STRING.period // 2), strict=True):
        expected = [by_differences(memorizer, lag, start) for lag in (1, 3, 9)]
        assert row == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("cell", "forget_bias", "factor"),
    [("rnn", None, 0.57), ("gru", None, 0.63), ("lstm", None, 0.64), ("lstm", 1, 0.85)],
)
def test_fresh_networks_decay_as_methods_says(
    cell: str, forget_bias: float | None, factor: float
) -> None:
    strings = [
        generators.generate("iid", alphabet_size=4, target=96, seed=seed) for seed in range(12)
    ]
    norms = [
        log2_gradient_norms(fresh(cell, seed=seed, forget_bias=forget_bias), string).mean(axis=0)
        for seed, string in enumerate(strings)
    ]
    factors = [decay_per_symbol(LAGS, norm) for norm in norms]
    assert np.mean(factors) == pytest.approx(factor, abs=0.02)


def test_a_network_that_halves_the_gradient_has_a_half_life_of_one() -> None:
    memorizer = fresh("rnn", units=6)
    with torch.no_grad():
        for name, parameter in memorizer.recurrence.named_parameters():
            parameter.copy_(
                torch.eye(6) / 2 if name == "weight_hh_l0" else torch.zeros_like(parameter)
            )
    norms = log2_gradient_norms(memorizer, STRING).mean(axis=0)
    assert np.diff(norms) == pytest.approx([-(b - a) for a, b in pairwise(LAGS)])
    assert half_life(decay_per_symbol(LAGS, norms)) == pytest.approx(1)


def test_gradients_that_are_zero_and_networks_that_diverged() -> None:
    memorizer = fresh("gru")
    with torch.no_grad():
        memorizer.readout.weight.zero_()
        vanished = log2_gradient_norms(memorizer, STRING).mean(axis=0)
        assert np.isneginf(vanished).all()
        assert decay_per_symbol(LAGS, vanished) == half_life(decay_per_symbol(LAGS, vanished)) == 0
        memorizer.readout.weight.fill_(math.nan)
    norms = log2_gradient_norms(memorizer, STRING).mean(axis=0)
    assert np.isnan(norms).all()
    assert math.isnan(half_life(decay_per_symbol(LAGS, norms)))


@given(st.floats(0.01, 0.99), st.floats(-50, 50))
def test_the_line_finds_the_factor_whatever_the_scale(factor: float, scale: float) -> None:
    norms = scale + np.array(LAGS) * math.log2(factor)
    norms[:2] += 7  # shorter lags are not fitted
    assert decay_per_symbol(LAGS, norms) == pytest.approx(factor)
    assert half_life(decay_per_symbol(LAGS, norms)) == pytest.approx(-1 / math.log2(factor))


def test_lags_without_a_gradient_are_not_fitted() -> None:
    norms = -np.array(LAGS) / 2
    norms[-2:] = -np.inf
    assert half_life(decay_per_symbol(LAGS, norms)) == pytest.approx(2)
    norms[3:] = -np.inf  # Only lag 4 is left.
    assert half_life(decay_per_symbol(LAGS, norms)) == 0


def test_a_gradient_that_grows_has_no_half_life() -> None:
    assert half_life(decay_per_symbol(LAGS, np.array(LAGS) * 0.1)) == math.inf
    assert half_life(decay_per_symbol([4, 8], np.array([0.0, -8000.0]))) == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("string", ["AB", STRING])
def test_every_engine_is_probed_as_the_reference(
    engine: str, string: str | generators.SymbolString
) -> None:
    config = RunConfig(
        string=string, cell="lstm", depth=2, units=8, budget="1 steps", engine=engine, forget_bias=1
    )
    reference = build(config.model_copy(update={"engine": "torch"})).double()
    probe = GradientByLag()
    memorizer = build(config)
    probe.begin(memorizer, config)
    values = probe.end(memorizer)
    assert (
        values["initial_log2_norms"]
        == log2_gradient_norms(reference, config.string).mean(axis=0).tolist()
    )
    assert values["trained_half_life_symbols"] == values["initial_half_life_symbols"]


def test_places_are_at_most_the_period() -> None:
    two = RunConfig(string="AB", cell="gru", budget="1 steps").string
    assert log2_gradient_norms(initialize(Memorizer("gru", 2, 1, 4), 0).double(), two).shape == (
        2,
        len(LAGS),
    )
