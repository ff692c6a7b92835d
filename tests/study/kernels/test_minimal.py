"""minGRU and minLSTM on the fused kernels: both candidates, saturated gates, long recurrences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmem.study.kernels import FusedRecurrence, FusedTrainer, continue_greedily, evaluate
from seqmem.study.kernels.arrays import CANDIDATES, GATES, MINIMAL_CELLS
from tests.study.kernels.test_agreement import (
    SHAPES,
    Shape,
    check_agreement,
    relative_error,
    run_through,
    shrunk_to_cap,
)

TOLERANCE = 1e-5
LONG = 4096

cells = pytest.mark.parametrize("which", MINIMAL_CELLS)
candidates = pytest.mark.parametrize("candidate", CANDIDATES)


def worst_error(fused: FusedRecurrence, twin: torch.nn.Module, tokens: torch.Tensor) -> float:
    """The largest relative error of outputs, final state and gradients from a random state."""
    rng = torch.Generator().manual_seed(7)
    shape = fused.shape
    size = (shape.depth, len(tokens), shape.units)
    state = torch.randn(size, generator=rng)
    weights = [
        torch.randn(*tokens.shape, shape.units, generator=rng),
        torch.randn(size, generator=rng),
    ]
    computed = run_through(fused, tokens, [state], weights)
    exact = run_through(twin, tokens, [state.double()], weights)
    assert all(tensor.isfinite().all() for tensor in computed)
    return max(map(relative_error, computed, exact))


@cells
@settings(max_examples=12)
@given(shape=SHAPES, seed=st.integers(0, 2**31))
def test_the_positive_candidate_agrees_with_torch_in_double(
    isa: str,
    which: str,
    shape: Shape,
    seed: int,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    with on_isa(isa):
        check_agreement(
            shrunk_to_cap(shape, which), which, seed, fused_network, torch_twin, "positive"
        )


@cells
@candidates
@pytest.mark.parametrize("depth", [1, 2])
def test_a_recurrence_of_4096_symbols_agrees_with_torch_in_double(
    isa: str,
    which: str,
    candidate: str,
    depth: int,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    """The units of a layer remember 20 to 400 symbols."""
    fused, _ = fused_network(which, 4, 5, depth, candidate=candidate)
    sign = -1 if which == "mingru" else 1
    with torch.no_grad():
        for layer in range(depth):
            getattr(fused, f"bias_ih_l{layer}")[:5] = sign * torch.linspace(3.0, 6.0, 5)
    tokens = torch.randint(0, 4, (2, LONG), generator=torch.Generator().manual_seed(0))
    with on_isa(isa):
        assert worst_error(fused, torch_twin(fused), tokens) < TOLERANCE


@cells
@candidates
@pytest.mark.parametrize("spread", [3.0, 30.0, 1e4], ids=lambda spread: f"spread {spread:g}")
def test_saturated_gates_agree_with_torch_in_double(
    isa: str,
    which: str,
    candidate: str,
    spread: float,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    """Gates at both ends, of a first layer and of an upper one, on a candidate of usual size."""
    units = 12
    fused, _ = fused_network(which, 6, units, 2, candidate=candidate)
    gates = (GATES[which] - 1) * units
    rng = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for layer in range(2):
            bias = getattr(fused, f"bias_ih_l{layer}")
            bias[:gates] = spread * torch.randn(gates, generator=rng)
    tokens = torch.randint(0, 6, (3, 60), generator=rng)
    with on_isa(isa):
        assert worst_error(fused, torch_twin(fused), tokens) < TOLERANCE


@cells
@candidates
def test_candidates_over_their_whole_range(
    isa: str,
    which: str,
    candidate: str,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    """One token for each pre-activation of the candidate, with gates half open."""
    values = torch.cat([torch.linspace(-100, 100, 801), torch.tensor([-1e-30, 0.0, 1e30])])
    fused, _ = fused_network(which, len(values), 1, 1, bound=0.0, candidate=candidate)
    with torch.no_grad():
        fused.weight_ih_l0[-1] = values
    twin = torch_twin(fused)
    tokens = torch.arange(len(values)).view(-1, 1)
    with on_isa(isa):
        computed = fused(tokens)[0]
    computed.sum().backward()
    exact = twin(tokens)[0]
    exact.sum().backward()
    torch.testing.assert_close(computed.double(), exact, rtol=1e-6, atol=1e-37)
    torch.testing.assert_close(
        fused.weight_ih_l0.grad.double(), twin.inner.weight_ih_l0.grad, rtol=1e-6, atol=1e-37
    )


def after_one_step(which: str, *gates: float) -> float:
    """Return the state after one step from 1, with a candidate of 0."""
    fused = FusedRecurrence(which, 2, 1)
    with torch.no_grad():
        fused.bias_ih_l0.copy_(torch.tensor([*gates, 0.0]))
    return fused(torch.tensor([[0]]), torch.ones(1, 1, 1))[0].item()


def test_gates_that_underflow(isa: str, on_isa: Callable) -> None:
    """Both gates of the minimal LSTM are below the smallest number, and their ratio is not."""
    with on_isa(isa):
        assert after_one_step("minlstm", -1000.0, -1000.0) == 0.5
        assert after_one_step("minlstm", -1000.0, -1002.0) == pytest.approx(0.8807970, rel=1e-6)
        assert after_one_step("minlstm", 1000.0, -1000.0) == 1.0
        assert after_one_step("minlstm", -1000.0, 1000.0) == 0.0
        # 1 - z keeps its digits where z rounds to 1.
        assert after_one_step("mingru", 30.0) == pytest.approx(9.357623e-14, rel=1e-6)


@cells
@candidates
def test_training_and_both_evaluations_use_the_candidate(
    isa: str,
    which: str,
    candidate: str,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    fused, readout = fused_network(which, 4, 9, 2, bound=1.0, candidate=candidate)
    parameters = [*fused.parameters(), *readout.parameters()]
    symbols = torch.randint(0, 4, (3, 30), generator=torch.Generator().manual_seed(0))
    tokens = symbols[:, :-1]
    targets = symbols[:, 1:]
    with on_isa(isa):
        evaluation = evaluate(
            which, parameters, tokens, targets, want_logits=True, candidate=candidate
        )
        continued = continue_greedily(which, parameters, tokens, 1, candidate=candidate)
        trainer = FusedTrainer(which, parameters, candidate=candidate, learning_rate=0.0)
        loss = trainer.step(tokens, targets)
    exact = readout.double()(torch_twin(fused)(tokens)[0])
    torch.testing.assert_close(evaluation.logits.double(), exact, rtol=1e-5, atol=1e-5)
    assert evaluation.nll.double().mean().item() == pytest.approx(loss, rel=1e-6)
    assert torch.equal(continued[:, 0], evaluation.argmax[:, -1])


def test_a_candidate_that_a_cell_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="cell 'gru' has no candidate 'positive'; valid: linear"):
        FusedRecurrence("gru", 4, 8, candidate="positive")
    with pytest.raises(ValueError, match="no candidate 'cubic'; valid: linear, positive"):
        FusedTrainer("mingru", [torch.zeros(2, 2)] * 4, candidate="cubic")
    with pytest.raises(ValueError, match="got 3 parameters; expected 2 per layer of a mingru"):
        FusedTrainer("mingru", [torch.zeros(2, 2)] * 3)
