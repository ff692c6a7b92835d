"""Losses and gradients of 500 random training steps per instruction set agree with float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from seqmem.study.kernels import FusedTrainer
from seqmem.study.kernels.arrays import MINIMAL_CELLS
from tests.study.kernels.conftest import CELLS

CASES = 500
TOLERANCE = 2e-5  # relative to the size of a gradient, or of its terms where they cancel


@dataclass(frozen=True)
class Case:
    """One network, one batch and how it is trained."""

    cell: str
    candidate: str
    alphabet: int
    units: int
    depth: int
    batch: int
    length: int
    clip: float | None
    last_only: bool
    seed: int


def draw(generator: torch.Generator, largest: int) -> int:
    """From one to the largest, small values more often."""
    return int(largest ** float(torch.rand((), generator=generator)))


def drawn_case(seed: int) -> Case:
    generator = torch.Generator().manual_seed(seed)
    choice = torch.randint(0, 60, (3,), generator=generator).tolist()
    cell = CELLS[choice[0] % len(CELLS)]
    return Case(
        cell=cell,
        candidate="positive" if cell in MINIMAL_CELLS and choice[0] >= 30 else "linear",
        alphabet=1 + draw(generator, 40),
        units=draw(generator, 90),
        depth=1 + choice[1] % 3,
        batch=draw(generator, 45),
        length=draw(generator, 40),
        clip=(None, 1e-3, 1.0, 1e3)[choice[2] % 4],
        last_only=choice[2] >= 45,
        seed=seed,
    )


def exact_losses(
    twin: nn.Module, readout: nn.Linear, tokens: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of every symbol, (batch, length), in float64."""
    logits = readout(twin(tokens)[0])
    return functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")


def gradient_sizes(losses: torch.Tensor, parameters: list[nn.Parameter]) -> list[float]:
    """Return, for each gradient, the sum over symbols of the norms of their contributions.

    Where contributions cancel, a float32 sum is exact to a share of them, not of the result.
    """
    sizes = [0.0] * len(parameters)
    for loss in losses[losses != 0.0]:
        parts = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        sizes = [
            size + (0.0 if part is None else float(part.norm()))
            for size, part in zip(sizes, parts, strict=True)
        ]
    return sizes


def check(case: Case, fused_network: Callable, torch_twin: Callable) -> None:
    # a tanh RNN with large weights is chaotic: rounding errors grow exponentially in time
    bound = min(1.0, 0.9 * case.units**-0.5) if case.cell == "rnn" else None
    recurrence, readout = fused_network(
        case.cell, case.alphabet, case.units, case.depth, case.seed, bound, case.candidate
    )
    generator = torch.Generator().manual_seed(case.seed)
    symbols = torch.randint(0, case.alphabet, (case.batch, case.length + 1), generator=generator)
    tokens = symbols[:, :-1]
    targets = symbols[:, 1:]
    shares = torch.rand(case.batch, generator=generator) + 0.1
    weights = torch.full(tokens.shape, 1.0 / tokens.numel(), dtype=torch.float64)
    if case.last_only:
        weights = torch.zeros(tokens.shape, dtype=torch.float64)
        weights[:, -1] = shares.double()

    twin = torch_twin(recurrence)
    exact_readout = nn.Linear(case.units, case.alphabet).double()
    exact_readout.load_state_dict(
        {name: value.double() for name, value in readout.state_dict().items()}
    )
    exact_parameters = [*twin.parameters(), *exact_readout.parameters()]
    weighted = weights * exact_losses(twin, exact_readout, tokens, targets)
    weighted.sum().backward(retain_graph=True)
    exact = [parameter.grad.clone() for parameter in exact_parameters]
    norm = math.sqrt(sum(float(gradient.norm()) ** 2 for gradient in exact))

    parameters = [*recurrence.parameters(), *readout.parameters()]
    before = [parameter.detach().clone() for parameter in parameters]
    trainer = FusedTrainer(
        case.cell,
        parameters,
        candidate=case.candidate,
        optimizer="sgd",
        learning_rate=1.0,
        max_gradient_norm=case.clip,
    )
    if case.last_only:
        loss = trainer.step_last(tokens, targets[:, -1], shares)
    else:
        loss = trainer.step(tokens, targets)
    assert loss == pytest.approx(float(weighted.detach().sum()), rel=TOLERANCE)

    sizes = [float(gradient.norm()) for gradient in exact]
    errors = [float((f.double() - e).norm()) for f, e in zip(trainer.gradients, exact, strict=True)]
    if any(error >= TOLERANCE * size for error, size in zip(errors, sizes, strict=True)):
        sizes = gradient_sizes(weighted, exact_parameters)
    assert all(
        error <= TOLERANCE * (size + 1e-9) for error, size in zip(errors, sizes, strict=True)
    ), (errors, sizes)

    if case.clip is not None:
        clip_grad_norm_(exact_parameters, case.clip)
    terms = math.sqrt(sum(size**2 for size in sizes))
    assert trainer.gradient_norm == pytest.approx(norm, abs=TOLERANCE * (terms + 1e-9))
    scale = 1.0 if case.clip is None else min(1.0, case.clip / (norm + 1e-6))
    for start, parameter, wanted in zip(before, parameters, exact_parameters, strict=True):
        applied = start.double() - parameter.detach().double()
        rounding = 2e-7 * float(start.norm() + wanted.grad.norm())
        assert (
            float((applied - wanted.grad).norm())
            <= 2 * TOLERANCE * scale * (terms + 1e-9) + rounding
        )


@pytest.mark.slow
def test_random_training_steps_agree_with_torch_in_double(
    isa: str, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    with on_isa(isa):
        for seed in range(CASES):
            case = drawn_case(seed)
            try:
                check(case, fused_network, torch_twin)
            except AssertionError as error:
                raise AssertionError(f"{case}: {error}") from error
