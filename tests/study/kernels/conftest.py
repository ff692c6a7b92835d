"""Oracles and helpers for the fused kernels; tests that name `isa` run on every one supported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
import torch
from torch import nn

from seqmem.study import kernels
from seqmem.study.kernels.arrays import Shape
from seqmem.study.memorizers.cells import CELLS as FAMILIES
from seqmem.study.memorizers.contract import NetworkShape
from tests.cells import TORCH_MODULES

CELLS = ("lstm", "gru", "rnn", "mingru", "minlstm")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "isa" in metafunc.fixturenames:
        # Without kernels `_need_kernels` skips the test, and says why.
        metafunc.parametrize("isa", kernels.supported_isas() if kernels.available() else ("none",))
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", CELLS)


@pytest.fixture(autouse=True, scope="session")
def _need_kernels() -> None:
    if not kernels.available():
        pytest.skip(f"no fused kernels: {kernels.unavailable_reason()}")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def on_isa() -> Callable[[str], object]:
    """Context manager that forces an instruction set."""

    @contextmanager
    def force(isa: str) -> Iterator[None]:
        with patch.dict(os.environ, {"SEQMEM_ISA": isa}):
            yield

    return force


def _fill(module: nn.Module, generator: torch.Generator, bound: float) -> None:
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -bound, bound, generator=generator)


@pytest.fixture(scope="session")
def fused_network() -> Callable[..., tuple[nn.Module, nn.Linear]]:
    """Builds a fused recurrence and a readout with uniform parameters."""

    def build(
        cell: str,
        alphabet: int,
        units: int,
        depth: int,
        seed: int = 0,
        bound: float | None = None,
        candidate: str = "linear",
    ) -> tuple[nn.Module, nn.Linear]:
        generator = torch.Generator().manual_seed(seed)
        recurrence = kernels.FusedRecurrence(cell, alphabet, units, depth, candidate)
        readout = nn.Linear(units, alphabet)
        for module in (recurrence, readout):
            _fill(module, generator, units**-0.5 if bound is None else bound)
        return recurrence, readout

    return build


class OneHotTwin(nn.Module):
    """A module of torch.nn, called with tokens instead of one-hots."""

    def __init__(self, shape: Shape, dtype: torch.dtype) -> None:
        super().__init__()
        build = TORCH_MODULES[shape.cell]
        self.inner = build(shape.alphabet_size, shape.units, shape.depth, batch_first=True)
        self.inner.to(dtype)
        self._dtype = dtype
        self._alphabet_size = shape.alphabet_size

    def forward(self, tokens: torch.Tensor, state: object = None) -> object:
        one_hot = nn.functional.one_hot(tokens, self._alphabet_size).to(self._dtype)
        return self.inner(one_hot, state)


class FamilyTwin(nn.Module):
    """The network of the torch engine for a cell that torch.nn lacks."""

    def __init__(self, shape: Shape, dtype: torch.dtype) -> None:
        super().__init__()
        size = NetworkShape(shape.alphabet_size, shape.depth, shape.units, shape.candidate)
        self.inner = FAMILIES[shape.cell].make_network(size).to(dtype)

    def forward(self, tokens: torch.Tensor, state: torch.Tensor | None = None) -> object:
        outputs, (final,) = self.inner(tokens, None if state is None else (state,))
        return outputs.transpose(0, 1), final


@pytest.fixture(scope="session")
def torch_twin() -> Callable[..., nn.Module]:
    """Builds the network of torch with the same parameters."""

    def build(recurrence: kernels.FusedRecurrence, dtype: torch.dtype = torch.float64) -> nn.Module:
        shape = recurrence.shape
        twin = (OneHotTwin if shape.cell in TORCH_MODULES else FamilyTwin)(shape, dtype)
        twin.inner.load_state_dict({n: p.to(dtype) for n, p in recurrence.state_dict().items()})
        return twin

    return build
