"""The native training step against torch's loss, clipping and optimizers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from seqmem.study.kernels import FusedTrainer

OPTIMIZERS = {
    "adam": (torch.optim.Adam, {}),
    "adam, decay": (torch.optim.Adam, {"weight_decay": 0.1}),
    "adam, betas": (torch.optim.Adam, {"betas": (0.8, 0.9), "eps": 1e-4}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 0.1}),
    "sgd": (torch.optim.SGD, {"weight_decay": 0.01}),
    "sgd, momentum": (torch.optim.SGD, {"momentum": 0.9}),
}
SPELLING = {"eps": "epsilon"}


def batch_of(
    rows: int, length: int, alphabet: int, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    symbols = torch.randint(0, alphabet, (rows, length + 1), generator=generator)
    return symbols[:, :-1], symbols[:, 1:]


def parameters_of(network: tuple[nn.Module, nn.Linear]) -> list[nn.Parameter]:
    return [p for module in network for p in module.parameters()]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("max_norm", [None, 0.05])
def test_optimizer_follows_torch_over_100_steps(
    isa: str, name: str, max_norm: float | None, on_isa: Callable, fused_network: Callable
) -> None:
    """torch's optimizer, fed the trainer's own gradients, ends at the same parameters."""
    network = parameters_of(fused_network("gru", 4, 9, 1))
    twins = [nn.Parameter(p.detach().clone()) for p in network]
    build, settings = OPTIMIZERS[name]
    optimizer = build(twins, lr=1e-2, **settings)
    with on_isa(isa):
        trainer = FusedTrainer(
            "gru",
            network,
            optimizer=name.split(",")[0],
            max_gradient_norm=max_norm,
            **{SPELLING.get(k, k): v for k, v in settings.items()},
        )
    for step in range(100):
        learning_rate = 1e-2 / (1 + step // 30)
        trainer.step(*batch_of(3, 7, 4, step), learning_rate)
        for twin, gradient in zip(twins, trainer.gradients, strict=True):
            twin.grad = gradient
        norm = nn.utils.clip_grad_norm_(twins, math.inf if max_norm is None else max_norm)
        assert trainer.gradient_norm == pytest.approx(norm.item(), rel=1e-5)
        optimizer.param_groups[0]["lr"] = learning_rate
        optimizer.step()
    for mine, theirs in zip(network, twins, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=1e-6)


def test_loss_gradients_and_state_agree_with_torch_in_double(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    fused, readout = fused_network(cell, 7, 21, 2)
    twin = torch_twin(fused)
    twin_readout = nn.Linear(21, 7).double()
    twin_readout.load_state_dict({n: p.double() for n, p in readout.state_dict().items()})
    with on_isa(isa):
        trainer = FusedTrainer(cell, parameters_of((fused, readout)), learning_rate=0.0)
    state = None
    for seed in range(3):
        tokens, targets = batch_of(5, 11, 7, seed)
        loss = trainer.step(tokens, targets)
        outputs, state = twin(tokens, state)
        state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
        exact = nn.functional.cross_entropy(twin_readout(outputs).flatten(0, 1), targets.flatten())
        exact.backward()
        assert loss == pytest.approx(exact.item(), rel=1e-6)
        for mine, p in zip(trainer.gradients, parameters_of((twin, twin_readout)), strict=True):
            assert float((mine - p.grad).norm() / p.grad.norm()) < 1e-5
            p.grad = None
    carried = trainer.state if cell == "lstm" else (trainer.state,)
    for mine, theirs in zip(carried, state if cell == "lstm" else (state,), strict=True):
        torch.testing.assert_close(mine, theirs.float(), rtol=1e-5, atol=1e-6)


def test_weighted_last_position_agrees_with_torch_in_double(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    fused, readout = fused_network(cell, 4, 10, 2)
    twin = torch_twin(fused)
    twin_readout = nn.Linear(10, 4).double()
    twin_readout.load_state_dict({n: p.double() for n, p in readout.state_dict().items()})
    tokens, targets = batch_of(19, 6, 4)
    weights = torch.rand(19, generator=torch.Generator().manual_seed(2))
    with on_isa(isa):
        trainer = FusedTrainer(cell, parameters_of((fused, readout)), learning_rate=0.0)
        loss = trainer.step_last(tokens, targets[:, -1], weights)
    logits = twin_readout(twin(tokens)[0][:, -1])
    exact = (weights * nn.functional.cross_entropy(logits, targets[:, -1], reduction="none")).sum()
    exact.backward()
    assert loss == pytest.approx(exact.item(), rel=1e-6)
    for mine, p in zip(trainer.gradients, parameters_of((twin, twin_readout)), strict=True):
        assert float((mine - p.grad).norm() / p.grad.norm()) < 1e-5
    assert trainer.state is None


def test_counting_distinct_rows_gives_the_gradient_of_all_rows(fused_network: Callable) -> None:
    network = parameters_of(fused_network("lstm", 4, 12, 1))
    trainer = FusedTrainer("lstm", network, learning_rate=0.0)
    tokens, targets = batch_of(3, 8, 4)
    repeated = torch.tensor([0, 1, 1, 2, 2, 2])
    trainer.step_last(tokens[repeated], targets[repeated, -1], torch.full((6,), 1 / 6))
    all_rows = trainer.gradients
    trainer.step_last(tokens, targets[:, -1], torch.tensor([1 / 6, 2 / 6, 3 / 6]))
    for a, b in zip(all_rows, trainer.gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-8)


def test_training_learns(cell: str, fused_network: Callable) -> None:
    network = parameters_of(fused_network(cell, 3, 16, 1))
    trainer = FusedTrainer(cell, network, learning_rate=1e-2)
    symbols = torch.tensor([[0, 1, 2, 2, 1] * 8])
    losses = [trainer.step(symbols[:, :-1], symbols[:, 1:]) for _ in range(150)]
    assert losses[-1] < 0.1 < losses[0]


def test_divergence_is_seen(cell: str, fused_network: Callable) -> None:
    network = parameters_of(fused_network(cell, 4, 8, 1))
    trainer = FusedTrainer(cell, network)
    tokens, targets = batch_of(2, 5, 4)
    with torch.no_grad():
        network[-1][0] = float("nan")
    assert math.isnan(trainer.step(tokens, targets))
    assert math.isnan(trainer.gradient_norm)
    assert all(p.isnan().any() for p in network)


def test_state_is_carried_and_can_be_reset(cell: str, fused_network: Callable) -> None:
    trainer = FusedTrainer(cell, parameters_of(fused_network(cell, 4, 8, 2)), learning_rate=0.0)
    tokens, targets = batch_of(2, 5, 4)
    first = trainer.step(tokens, targets)
    carried = trainer.state
    second = trainer.step(tokens, targets)
    assert first != second
    trainer.state = carried
    assert trainer.step(tokens, targets) == second
    trainer.reset_state()
    assert trainer.step(tokens, targets) == first
    with pytest.raises(ValueError, match="hidden has shape"):
        trainer.step(tokens[:1], targets[:1])


def test_a_refused_first_step_leaves_the_trainer_as_it_was(fused_network: Callable) -> None:
    trainer = FusedTrainer("gru", parameters_of(fused_network("gru", 4, 8, 1)))
    tokens, targets = batch_of(2, 5, 4)
    with pytest.raises(ValueError, match="targets"):
        trainer.step(tokens, targets + 4)
    assert trainer.state is None
    assert math.isfinite(trainer.step(tokens[:1], targets[:1]))


def test_parameters_changed_in_place_are_read_again(fused_network: Callable) -> None:
    network = parameters_of(fused_network("gru", 4, 8, 1))
    trainer = FusedTrainer("gru", network, learning_rate=0.0)
    tokens, targets = batch_of(2, 5, 4)
    before = trainer.step(tokens, targets)
    with torch.no_grad():
        network[0].mul_(2)
    trainer.reset_state()
    assert trainer.step(tokens, targets) != before
