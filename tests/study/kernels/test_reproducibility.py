"""The same inputs give the same bits, whatever lies around them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch
from torch import nn

from seqmem.study.kernels import FusedTrainer, evaluate


@pytest.mark.parametrize("units", [3, 16, 40])
def test_a_row_does_not_depend_on_its_neighbours(
    isa: str, cell: str, units: int, on_isa: Callable, fused_network: Callable
) -> None:
    fused, readout = fused_network(cell, 5, units, 2)
    parameters = [*fused.parameters(), *readout.parameters()]
    tokens = torch.randint(0, 5, (23, 9), generator=torch.Generator().manual_seed(0))
    with on_isa(isa):
        together = fused(tokens)[0]
        logits = evaluate(cell, parameters, tokens, want_logits=True).logits
        for rows in (slice(0, 1), slice(4, 9), slice(10, 22), slice(22, 23)):
            assert torch.equal(fused(tokens[rows])[0], together[rows])
            alone = evaluate(cell, parameters, tokens[rows], want_logits=True).logits
            assert torch.equal(alone, logits[rows])


def misaligned(tensor: torch.Tensor, offset: int) -> torch.Tensor:
    """A copy whose memory starts `offset` floats after an allocation."""
    room = torch.empty(tensor.numel() + offset)
    copy = room[offset:].view(tensor.shape)
    copy.copy_(tensor)
    return copy


def train(cell: str, network: tuple[nn.Module, nn.Linear], offset: int) -> list[torch.Tensor]:
    parameters = [misaligned(p.detach(), offset) for module in network for p in module.parameters()]
    trainer = FusedTrainer(cell, parameters)
    symbols = torch.randint(0, 4, (6, 13), generator=torch.Generator().manual_seed(1))
    losses = [trainer.step(symbols[:, :-1], symbols[:, 1:]) for _ in range(5)]
    return [*parameters, torch.tensor(losses, dtype=torch.float64)]


def test_memory_alignment_does_not_matter(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable
) -> None:
    network = fused_network(cell, 4, 18, 2)
    with on_isa(isa):
        expected = train(cell, network, 0)
        for offset in (1, 3, 8):
            assert all(map(torch.equal, train(cell, network, offset), expected))


def test_threads_and_earlier_work_do_not_matter(cell: str, fused_network: Callable) -> None:
    """Concurrent trainers share recycled scratch memory, left dirty by others, and nothing else."""
    network = fused_network(cell, 4, 18, 2)
    expected = train(cell, network, 0)
    trained: list[list[torch.Tensor]] = []
    threads = [
        threading.Thread(target=lambda: trained.append(train(cell, network, 0))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trained) == 4
    assert all(
        torch.equal(a, b) for results in trained for a, b in zip(results, expected, strict=True)
    )
