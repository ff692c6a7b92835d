"""The affine recurrence of the minimal cells: the scan, the sequential form, and the definition."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seqmem.study.memorizers.cells.affine import FORMS, affine_states
from seqmem.study.memorizers.cells.candidate import candidate_states
from seqmem.study.memorizers.cells.mingru import run_mingru
from seqmem.study.memorizers.cells.minlstm import run_minlstm
from tests.properties import at_most

RUNS = {"mingru": (run_mingru, 2), "minlstm": (run_minlstm, 3)}


def pre_activations(length: int, rows: int, spread: float, dtype: torch.dtype) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    values = spread * torch.randn(length, 2, 4 * rows, generator=rng, dtype=torch.float64)
    # The candidate stays of the size of a state.
    values[..., 4 * (rows - 1) :] /= spread
    return values.to(dtype)


def definition(cell: str, inputs: Tensor, start: Tensor, candidate: str) -> Tensor:
    """The states as the equations say, in float64 and one step after another."""
    state = start.double()
    states = []
    for step in inputs.double():
        if cell == "mingru":
            update, proposed = step.chunk(2, dim=1)
            entering = torch.sigmoid(update)
            keeping = 1 - entering
        else:
            forget, enter, proposed = (part.sigmoid() for part in step.chunk(3, dim=1))
            keeping = forget / (forget + enter)
            entering = enter / (forget + enter)
            proposed = step.chunk(3, dim=1)[2]
        state = keeping * state + entering * candidate_states(proposed, candidate)
        states.append(state)
    return torch.stack(states)


@pytest.mark.parametrize("cell", RUNS)
@pytest.mark.parametrize("candidate", ["linear", "positive"])
@pytest.mark.parametrize("form", FORMS)
def test_states_are_those_of_the_definition(cell: str, candidate: str, form: str) -> None:
    run, rows = RUNS[cell]
    inputs = pre_activations(300, rows, 3.0, torch.float64)
    start = torch.linspace(-1, 1, 8, dtype=torch.float64).view(2, 4)
    outputs, (final,) = run(inputs, (start,), candidate=candidate, form=form)
    torch.testing.assert_close(
        outputs, definition(cell, inputs, start, candidate), rtol=1e-12, atol=1e-12
    )
    assert torch.equal(final, outputs[-1])


@pytest.mark.parametrize("cell", RUNS)
@pytest.mark.parametrize("candidate", ["linear", "positive"])
@pytest.mark.parametrize("length", [500, pytest.param(4096, marks=pytest.mark.slow)])
@pytest.mark.parametrize("spread", [1.0, 30.0, 1e4], ids=lambda spread: f"spread {spread:g}")
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=str
)
def test_scan_and_sequential_form_agree(
    cell: str, candidate: str, spread: float, length: int, dtype: torch.dtype, tolerance: float
) -> None:
    """Over long blocks, with gates that are saturated at both ends; gradients too."""
    run, rows = RUNS[cell]
    results = []
    for form in FORMS:
        inputs = pre_activations(length, rows, spread, dtype).requires_grad_()
        start = torch.ones(2, 4, dtype=dtype, requires_grad=True)
        outputs, _ = run(inputs, (start,), candidate=candidate, form=form)
        gradients = torch.autograd.grad(outputs.square().mean(), (inputs, start))
        results.append((outputs, *gradients))
    for one, other in zip(*results, strict=True):
        assert one.isfinite().all()
        assert (one - other).abs().max() <= tolerance * max(1.0, one.abs().max().item())


@at_most(25)
@given(length=st.integers(1, 40), batch=st.integers(1, 3), units=st.integers(1, 4))
def test_every_length_is_scanned(length: int, batch: int, units: int) -> None:
    rng = torch.Generator().manual_seed(length)
    factors, terms = torch.randn(2, length, batch, units, generator=rng, dtype=torch.float64)
    start = torch.randn(batch, units, generator=rng, dtype=torch.float64)
    scanned, stepped = (affine_states(factors, terms, start, form) for form in FORMS)
    torch.testing.assert_close(scanned, stepped, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_factors_may_be_zero_and_terms_of_any_sign(form: str) -> None:
    factors = torch.tensor([0.0, 1.0, 0.0, -1.0, 0.5]).view(5, 1, 1)
    terms = torch.tensor([-1.0, 2.0, -3.0, 0.0, 1.0]).view(5, 1, 1)
    states = affine_states(factors, terms, torch.full((1, 1), 9.0), form)
    assert states.flatten().tolist() == [-1.0, 1.0, -3.0, 3.0, 2.5]


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_factors_terms_and_start(form: str) -> None:
    rng = torch.Generator().manual_seed(0)
    arguments = [
        torch.randn(*size, generator=rng, dtype=torch.float64, requires_grad=True)
        for size in ((7, 2, 3), (7, 2, 3), (2, 3))
    ]
    assert torch.autograd.gradcheck(lambda *given: affine_states(*given, form), arguments)


def of_gates(run: Callable, *gates: float) -> float:
    """Return the state after one step from 1, with a candidate of 0."""
    inputs = torch.tensor([*gates, 0.0]).view(1, 1, -1)
    return run(inputs, (torch.ones(1, 1),))[0].item()


def test_gates_that_underflow() -> None:
    """Both gates of the minimal LSTM are below the smallest number, and their ratio is not."""
    assert of_gates(run_minlstm, -1000.0, -1000.0) == 0.5
    assert of_gates(run_minlstm, -1000.0, -1002.0) == pytest.approx(0.880797, abs=1e-6)
    assert of_gates(run_minlstm, 1000.0, -1000.0) == 1.0
    assert of_gates(run_minlstm, -1000.0, 1000.0) == 0.0
    # 1 - z keeps its digits where z rounds to 1.
    assert of_gates(run_mingru, 30.0) == pytest.approx(9.357623e-14, rel=1e-6)
