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

CELLS = ("lstm", "gru", "rnn")
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


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
        cell: str, alphabet: int, units: int, depth: int, seed: int = 0, bound: float | None = None
    ) -> tuple[nn.Module, nn.Linear]:
        generator = torch.Generator().manual_seed(seed)
        recurrence = kernels.FusedRecurrence(cell, alphabet, units, depth)
        readout = nn.Linear(units, alphabet)
        for module in (recurrence, readout):
            _fill(module, generator, units**-0.5 if bound is None else bound)
        return recurrence, readout

    return build


@pytest.fixture(scope="session")
def torch_twin() -> Callable[..., Callable[..., tuple[torch.Tensor, object]]]:
    """Builds torch's module with the same parameters; called with tokens instead of one-hots."""

    def build(recurrence: kernels.FusedRecurrence, dtype: torch.dtype = torch.float64) -> nn.Module:
        s = recurrence.shape
        inner = MODULES[s.cell](s.alphabet_size, s.units, s.depth, batch_first=True).to(dtype)
        inner.load_state_dict({n: p.to(dtype) for n, p in recurrence.state_dict().items()})

        class Twin(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = inner

            def forward(self, tokens: torch.Tensor, state: object = None) -> object:
                one_hot = nn.functional.one_hot(tokens, s.alphabet_size).to(dtype)
                return self.inner(one_hot, state)

        return Twin()

    return build
