"""Saturation, denormals, NaN and infinity give what torch gives; the process is left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from seqmem.study import kernels
from seqmem.study.kernels.arrays import GATES, MINIMAL_CELLS

TOKENS = torch.tensor([[0, 1, 2, 3, 0, 1], [3, 3, 2, 0, 1, 1]])


def tensors_of(state: object) -> list[torch.Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def results(module: torch.nn.Module) -> list[torch.Tensor]:
    """Outputs, final states and gradients."""
    outputs, final = module(TOKENS)
    outputs.sum().backward()
    return [outputs.detach(), *(t.detach() for t in tensors_of(final))] + [
        p.grad for p in module.parameters()
    ]


@pytest.mark.parametrize(
    "value", [1e4, -1e4, 90.0, -90.0, 88.5, -88.5, 44.25, -44.25, 30.0, -30.0, 0.0, 1e-40]
)
def test_extreme_pre_activations(
    isa: str,
    cell: str,
    value: float,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    fused, _ = fused_network(cell, 4, 5, 2)
    # Only the forget gate of the minimal cells: a candidate is as large as its pre-activation,
    # and two large gates of a minLSTM may have any ratio. See test_minimal.
    gates = 1 if cell in MINIMAL_CELLS else GATES[cell]
    with torch.no_grad():
        for name, parameter in fused.named_parameters():
            if "bias" in name or abs(value) < 1:
                parameter[: 5 * gates].fill_(value)
    twin = torch_twin(fused, torch.float32)
    with on_isa(isa):
        computed = results(fused)
    for mine, theirs in zip(computed, results(twin), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-37 if value == 1e-40 else 1e-6)


@pytest.mark.parametrize("value", [1e-40, 1e-44])
def test_a_denormal_passes_through_tanh(
    isa: str, value: float, on_isa: Callable, fused_network: Callable
) -> None:
    fused, _ = fused_network("rnn", 2, 1, 1, bound=0.0)
    with torch.no_grad():
        fused.bias_ih_l0.fill_(value)
    with on_isa(isa):
        output = fused(torch.tensor([[0]]))[0]
    assert output.item() == torch.tanh(torch.tensor(value)).item() != 0.0


@pytest.mark.parametrize("poison", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["bias_ih_l0", "weight_hh_l0", "bias_hh_l1", "weight_ih_l1"])
def test_non_finite_values_propagate(
    isa: str,
    cell: str,
    poison: float,
    name: str,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    fused, _ = fused_network(cell, 4, 5, 2)
    # The minimal cells have no recurrent weights.
    poisoned = name if hasattr(fused, name) else name.replace("_hh_", "_ih_")
    with torch.no_grad():
        getattr(fused, poisoned).view(-1)[1] = poison
    twin = torch_twin(fused, torch.float32)
    with on_isa(isa):
        computed = fused(TOKENS)[0].detach()
    expected = twin(TOKENS)[0].detach()
    torch.testing.assert_close(computed, expected, rtol=1e-5, atol=1e-6, equal_nan=True)


def test_a_nan_input_weight_acts_from_its_token_on(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable
) -> None:
    """A look-up touches no other token's weights, where a product with one-hots would spoil all."""
    fused, _ = fused_network(cell, 4, 5, 1)
    with torch.no_grad():
        fused.weight_ih_l0[0, 2] = float("nan")
    with on_isa(isa):
        spoiled = fused(TOKENS)[0].isnan().any(-1)
    assert spoiled.tolist() == [[False, False, True, True, True, True]] * 2


def test_nan_reaches_every_gradient_that_torch_spoils(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    fused, _ = fused_network(cell, 4, 5, 2)
    with torch.no_grad():
        poisoned = fused.weight_ih_l1 if cell in MINIMAL_CELLS else fused.weight_hh_l0
        poisoned[0, 0] = float("nan")
    twin = torch_twin(fused, torch.float32)
    with on_isa(isa):
        computed = results(fused)
    for mine, theirs in zip(computed, results(twin), strict=True):
        assert bool((theirs.isnan() <= mine.isnan()).all())


ACTIVATION_RANGE = torch.cat(
    [torch.linspace(-12, 12, 20_001), torch.logspace(-20, 0, 401), -torch.logspace(-20, 0, 401)]
)


def test_tanh_is_accurate_to_a_few_units_in_the_last_place(
    isa: str, on_isa: Callable, fused_network: Callable
) -> None:
    fused, _ = fused_network("rnn", len(ACTIVATION_RANGE), 1, 1, bound=0.0)
    with torch.no_grad():
        fused.weight_ih_l0[0] = ACTIVATION_RANGE
    with on_isa(isa):
        computed = fused(torch.arange(len(ACTIVATION_RANGE)).view(-1, 1))[0].detach().flatten()
    exact = torch.tanh(ACTIVATION_RANGE.double())
    assert float(((computed - exact) / exact).nan_to_num().abs().max()) < 4e-7


def test_sigmoid_is_accurate_to_a_few_units_in_the_last_place(
    isa: str, on_isa: Callable, fused_network: Callable
) -> None:
    """The GRU's update gate, read off as the new state when n = 0 and the old state is one."""
    fused, _ = fused_network("gru", len(ACTIVATION_RANGE), 1, 1, bound=0.0)
    with torch.no_grad():
        fused.weight_ih_l0[1] = ACTIVATION_RANGE
    state = torch.ones(1, len(ACTIVATION_RANGE), 1)
    with on_isa(isa):
        tokens = torch.arange(len(ACTIVATION_RANGE)).view(-1, 1)
        computed = fused(tokens, state)[0].detach().flatten()
    exact = torch.sigmoid(ACTIVATION_RANGE.double())
    assert float(((computed - exact) / exact).abs().max()) < 4e-7


# Every hundredth, and densely where e^|x| or e^2|x| leaves the range of float.
EXTREMES = torch.cat(
    [
        torch.linspace(-110, 110, 22_001),
        torch.linspace(-89.5, -87, 5_001),
        torch.linspace(87, 89.5, 5_001),
    ]
)


@pytest.mark.parametrize(
    ("which", "gate", "function"), [("gru", 1, torch.sigmoid), ("rnn", 0, torch.tanh)]
)
def test_activations_are_finite_and_right_over_their_whole_range(
    isa: str, which: str, gate: int, function: Callable, on_isa: Callable, fused_network: Callable
) -> None:
    """The GRU's update gate as above; the plain network's output is tanh itself."""
    fused, _ = fused_network(which, len(EXTREMES), 1, 1, bound=0.0)
    with torch.no_grad():
        fused.weight_ih_l0[gate] = EXTREMES
    state = torch.ones(1, len(EXTREMES), 1)
    if which == "rnn":
        state.zero_()
    with on_isa(isa):
        computed = fused(torch.arange(len(EXTREMES)).view(-1, 1), state)[0].detach().flatten()
    exact = function(EXTREMES.double())
    assert bool(computed.isfinite().all())
    assert float((computed - exact).abs().max()) < 4e-7
    normal = exact.abs() > 1e-37
    assert float(((computed - exact) / exact)[normal].abs().max()) < 4e-7


def test_large_logits_give_the_loss_of_torch(
    isa: str, on_isa: Callable, fused_network: Callable
) -> None:
    """Differences of logits of up to 200, and a small loss beside large logits."""
    fused, readout = fused_network("rnn", 2, 1, 1, bound=0.0)
    for gap in (0.5, 14.0, 87.5, 88.5, 89.5, 200.0):
        with torch.no_grad():
            readout.bias.copy_(torch.tensor([30.0, 30.0 - gap]))
        parameters = [*fused.parameters(), readout.weight, readout.bias]
        with on_isa(isa):
            trainer = kernels.FusedTrainer("rnn", parameters, learning_rate=0.0)
            losses = [
                trainer.step(torch.tensor([[0]]), torch.tensor([[target]])) for target in (0, 1)
            ]
        logits = readout.bias.detach()[None].double()
        exact = [
            torch.nn.functional.cross_entropy(logits, torch.tensor([t])).item() for t in (0, 1)
        ]
        assert losses == pytest.approx(exact, rel=1e-6, abs=1e-7)
        assert losses[0] > 0 or gap > 16


DENORMAL_PRODUCT = """
import numpy as np
def product():
    return float(np.float32(1e-30) * np.float32(1e-10))
before = product()
import seqmem.study.kernels._fused as fused
after_import = product()
import seqmem.study.kernels, torch
network = seqmem.study.kernels.FusedRecurrence("gru", 4, 8)
network(torch.zeros(2, 3, dtype=torch.int64))[0].sum().backward()
assert before == after_import == product() != 0.0, (before, after_import, product())
"""


@pytest.mark.slow
def test_the_floating_point_mode_is_left_alone() -> None:
    subprocess.run([sys.executable, "-c", DENORMAL_PRODUCT], check=True)
