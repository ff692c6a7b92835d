"""Counts of identifiable parameters against the rank of the Jacobian, and exact invariances."""

from __future__ import annotations

import pytest
import torch

from seqmem.core.errors import InputError
from seqmem.study.memorizers.cost import parameter_count
from seqmem.study.memorizers.identifiable import identifiable_parameters, redundant_parameters
from seqmem.study.memorizers.memorizer import Memorizer, initialize


def network(cell: str, symbols: int, depth: int, units: int) -> Memorizer:
    return initialize(Memorizer(cell, symbols, depth, units), seed=1).double()


def tokens(symbols: int, streams: int, length: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randint(symbols, (streams, length), generator=generator)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("symbols", "depth", "units"), [(4, 1, 2), (2, 2, 2)])
def test_the_count_is_the_rank_of_the_jacobian(
    cell: str, symbols: int, depth: int, units: int
) -> None:
    streams = 2 if symbols == 4 else 4
    memorizer = network(cell, symbols, depth, units)
    parameters = list(memorizer.parameters())
    with torch.no_grad():
        for parameter in parameters:
            # Larger weights than the initial ones, so that no direction is nearly flat.
            parameter *= 3
    logits, _ = memorizer(tokens(symbols, streams, length=32))
    differences = (logits[..., 1:] - logits[..., :1]).flatten()
    rows = [
        torch.cat(
            [part.flatten() for part in torch.autograd.grad(one, parameters, retain_graph=True)]
        )
        for one in differences
    ]
    jacobian = torch.stack(rows)
    assert jacobian.shape[1] == parameter_count(cell, symbols, depth, units) < len(jacobian)
    singular = torch.linalg.svdvals(jacobian)
    rank = int((singular > 1e-13 * singular[0]).sum())
    assert rank == identifiable_parameters(cell, symbols, depth, units)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_biases_move_into_the_columns_of_a_one_hot_input(cell: str) -> None:
    memorizer = network(cell, symbols=4, depth=1, units=3)
    inputs = tokens(4, 2, length=20)
    before, _ = memorizer(inputs)
    named = dict(memorizer.recurrence.named_parameters())
    weight, bias, recurrent = (
        next(value for name, value in named.items() if name.startswith(start))
        for start in ("weight_ih", "bias_ih", "bias_hh")
    )
    with torch.no_grad():
        # The recurrent bias of a GRU's candidate cannot be moved.
        summed = recurrent if cell == "lstm" else recurrent[:6]
        weight += bias[:, None]
        weight[: len(summed)] += summed[:, None]
        moved = len(bias) + len(summed)
        bias.zero_()
        summed.zero_()
        memorizer.readout.weight += torch.ones(4, 1, dtype=torch.double) * torch.arange(3)
        memorizer.readout.bias += 5.0
    after, _ = memorizer(inputs)
    change = after.log_softmax(-1) - before.log_softmax(-1)
    assert float(change.detach().abs().max()) < 1e-12
    assert moved + 3 + 1 == redundant_parameters(cell, depth=1, units=3)


def test_other_cells_are_refused_with_the_valid_ones() -> None:
    with pytest.raises(InputError, match=r"'mingru'.*valid: rnn, lstm, gru"):
        identifiable_parameters("mingru", 4, 1, 8)
