"""The cells against torch.nn in float64: outputs, final states and every gradient."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.memorizers.recurrence import Recurrence
from tests.cells import TORCH_MODULES
from tests.properties import at_most


def reference_for(recurrence: Recurrence, cell: str, alphabet_size: int) -> nn.Module:
    module = TORCH_MODULES[cell](alphabet_size, recurrence.units, recurrence.depth).to(
        torch.float64
    )
    module.load_state_dict(recurrence.state_dict())
    return module


@pytest.mark.parametrize("cell", TORCH_MODULES)
@at_most(15)
@given(
    alphabet_size=st.integers(2, 12),
    depth=st.integers(1, 3),
    units=st.integers(1, 20),
    batch=st.integers(1, 6),
    length=st.integers(1, 12),
    seed=st.integers(0, 2**31),
)
def test_equals_torch_nn(
    cell: str, alphabet_size: int, depth: int, units: int, batch: int, length: int, seed: int
) -> None:
    rng = torch.Generator().manual_seed(seed)
    memorizer = initialize(Memorizer(cell, alphabet_size, depth, units), seed).double()
    recurrence = memorizer.recurrence
    reference = reference_for(recurrence, cell, alphabet_size)
    tokens = torch.randint(alphabet_size, (batch, length), generator=rng)
    state = tuple(
        torch.randn(depth, batch, units, dtype=torch.float64, generator=rng).requires_grad_()
        for _ in range(CELLS[cell].states)
    )
    outputs, final = recurrence(tokens, state)
    one_hot = F.one_hot(tokens.t(), alphabet_size).double()
    outputs_there, final_there = reference(one_hot, state if cell == "lstm" else state[0])
    final_there = final_there if cell == "lstm" else (final_there,)
    torch.testing.assert_close(outputs, outputs_there)
    torch.testing.assert_close(final, final_there)
    weights = torch.randn(outputs.shape, dtype=torch.float64, generator=rng)

    def scalar(outputs: torch.Tensor, final: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return (outputs * weights).sum() + sum((tensor**2).sum() for tensor in final)

    ours = torch.autograd.grad(scalar(outputs, final), [*recurrence.parameters(), *state])
    theirs = torch.autograd.grad(
        scalar(outputs_there, final_there), [*reference.parameters(), *state]
    )
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("cell", TORCH_MODULES)
@pytest.mark.parametrize("value", [1e4, -1e4, 0.0, 1e-42, float("nan"), float("inf")])
def test_extreme_inputs_as_torch(cell: str, value: float) -> None:
    recurrence = Recurrence(CELLS[cell], NetworkShape(2, 1, 3))
    with torch.no_grad():
        for parameter in recurrence.parameters():
            parameter.fill_(value)
    reference = TORCH_MODULES[cell](2, 3)
    reference.load_state_dict(recurrence.state_dict())
    tokens = torch.tensor([[0, 1, 1]])
    outputs, _ = recurrence(tokens)
    there, _ = reference(F.one_hot(tokens.t(), 2).float())
    torch.testing.assert_close(outputs, there, equal_nan=True)
    if value != value:
        assert outputs.isnan().all()


def test_parameters_are_named_and_shaped_as_in_torch() -> None:
    for cell, module in TORCH_MODULES.items():
        ours = {
            name: tuple(value.shape)
            for name, value in Recurrence(CELLS[cell], NetworkShape(5, 2, 7)).named_parameters()
        }
        theirs = {name: tuple(value.shape) for name, value in module(5, 7, 2).named_parameters()}
        assert ours == theirs
        assert list(ours) == list(theirs)


def test_initialization_is_seeded_and_bounded() -> None:
    first, again, other = (initialize(Memorizer("gru", 4, 2, 16), seed) for seed in (1, 1, 2))
    for one, two, three in zip(
        first.parameters(), again.parameters(), other.parameters(), strict=True
    ):
        assert torch.equal(one, two)
        assert not torch.equal(one, three)
        assert one.abs().max() <= 0.25
    weights = torch.cat([parameter.detach().flatten() for parameter in first.parameters()])
    assert weights.std() == pytest.approx(0.25 / 3**0.5, rel=0.05)
