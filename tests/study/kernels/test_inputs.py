"""Bad input is an exception that says what was wrong, never a crash."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch

from seqmem.study.kernels import FusedRecurrence, FusedTrainer, evaluate

GOOD = torch.tensor([[0, 1, 2]])


@pytest.fixture
def parameters(fused_network: Callable) -> list[torch.nn.Parameter]:
    return [p for module in fused_network("gru", 3, 4, 1) for p in module.parameters()]


@pytest.mark.parametrize("symbol", [-1, 3, 2**40, -(2**63)])
def test_a_symbol_outside_the_alphabet(symbol: int, parameters: list[torch.nn.Parameter]) -> None:
    bad = torch.tensor([[0, 1, symbol]])
    message = rf"holds {symbol} at row 0, position 2; valid: 0 to 2"
    before = [p.detach().clone() for p in parameters]
    trainer = FusedTrainer("gru", parameters)
    with pytest.raises(ValueError, match="tokens " + message):
        FusedRecurrence("gru", 3, 4)(bad)
    with pytest.raises(ValueError, match="tokens " + message):
        trainer.step(bad, GOOD)
    with pytest.raises(ValueError, match="targets " + message):
        trainer.step(GOOD, bad)
    with pytest.raises(ValueError, match="targets " + message):
        evaluate("gru", parameters, GOOD, bad)
    assert all(torch.equal(a, b) for a, b in zip(before, parameters, strict=True))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,), (1, 2, 3)])
def test_tokens_of_a_wrong_shape(
    shape: tuple[int, ...], parameters: list[torch.nn.Parameter]
) -> None:
    tokens = torch.zeros(shape, dtype=torch.int64)
    calls = (
        FusedRecurrence("gru", 3, 4),
        lambda bad: FusedTrainer("gru", parameters).step(bad, bad),
        lambda bad: evaluate("gru", parameters, bad),
    )
    for call in calls:
        with pytest.raises(ValueError, match=r"tokens has shape .*; expected \(batch, length\)"):
            call(tokens)


def test_targets_of_a_wrong_shape(parameters: list[torch.nn.Parameter]) -> None:
    with pytest.raises(ValueError, match=r"targets has shape \(1, 2\); expected \(1, 3\)"):
        FusedTrainer("gru", parameters).step(GOOD, GOOD[:, :2])


def test_a_state_of_a_wrong_shape_or_form() -> None:
    with pytest.raises(ValueError, match="hidden has shape"):
        FusedRecurrence("gru", 3, 4)(GOOD, torch.zeros(1, 2, 4))
    with pytest.raises(TypeError, match="tuple"):
        FusedRecurrence("lstm", 3, 4)(GOOD, torch.zeros(1, 1, 4))
    with pytest.raises(TypeError, match="one tensor"):
        FusedRecurrence("gru", 3, 4)(GOOD, (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)))


def test_float_tokens_and_double_parameters(parameters: list[torch.nn.Parameter]) -> None:
    with pytest.raises(TypeError, match="integers"):
        evaluate("gru", parameters, GOOD.float())
    with pytest.raises(TypeError, match="float32 on cpu"):
        FusedRecurrence("gru", 3, 4).double()(GOOD)


def test_unknown_names(parameters: list[torch.nn.Parameter]) -> None:
    with pytest.raises(
        ValueError, match="unknown cell 'lstn'; valid: gru, lstm, mingru, minlstm, rnn"
    ):
        FusedRecurrence("lstn", 3, 4)
    with pytest.raises(ValueError, match="unknown optimizer 'adm'; valid: adam, adamw, sgd"):
        FusedTrainer("gru", parameters, optimizer="adm")


def test_parameters_that_do_not_fit(parameters: list[torch.nn.Parameter]) -> None:
    with pytest.raises(ValueError, match="got 5 parameters"):
        FusedTrainer("gru", parameters[:-1])
    with pytest.raises(ValueError, match="parameter 0 has shape"):
        FusedTrainer("lstm", parameters)
    transposed = [torch.zeros(3, 12).t(), *parameters[1:]]
    with pytest.raises(ValueError, match="contiguous"):
        FusedTrainer("gru", transposed)


def test_other_layouts_of_good_input(fused_network: Callable) -> None:
    """Strided, 32-bit and numpy symbols are the same symbols."""
    fused, _ = fused_network("gru", 3, 4, 1)
    wide = torch.tensor([[0, 9, 1, 9, 2, 9], [2, 9, 2, 9, 0, 9]])
    expected = fused(wide[:, ::2].contiguous())[0]
    assert torch.equal(fused(wide[:, ::2])[0], expected)
    assert torch.equal(fused(wide[:, ::2].int())[0], expected)
    assert torch.equal(fused(np.asarray(wide[:, ::2], dtype=np.uint8))[0], expected)


def test_a_trainer_in_two_threads_is_an_exception_at_worst(fused_network: Callable) -> None:
    """A second thread in the same trainer gets an exception, never the first thread's memory."""
    recurrence, readout = fused_network("lstm", 4, 64, 1)
    trainer = FusedTrainer("lstm", [*recurrence.parameters(), readout.weight, readout.bias])
    refused: list[str] = []

    def train(batch: int) -> None:
        tokens = torch.zeros(batch, 50, dtype=torch.int64)
        weights = torch.full((batch,), 1 / batch)
        for _ in range(30):
            try:
                trainer.step_last(tokens, tokens[:, 0], weights)
            except RuntimeError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=train, args=(batch,)) for batch in (3, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refused) <= {"in use by another thread"}
    assert math.isfinite(
        trainer.step_last(
            torch.zeros(2, 5, dtype=torch.int64), torch.zeros(2, dtype=torch.int64), torch.ones(2)
        )
    )
