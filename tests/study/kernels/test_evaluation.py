"""Teacher-forced evaluation agrees with the training path and with torch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seqmem.study.kernels import continue_greedily, evaluate


@settings(max_examples=10)
@given(
    units=st.integers(1, 70),
    depth=st.integers(1, 3),
    batch=st.integers(1, 40),
    length=st.integers(1, 300),
    alphabet=st.integers(2, 60),
)
def test_predictions_agree_with_torch(
    isa: str,
    cell: str,
    units: int,
    depth: int,
    batch: int,
    length: int,
    alphabet: int,
    on_isa: Callable,
    fused_network: Callable,
) -> None:
    fused, readout = fused_network(cell, alphabet, units, depth)
    generator = torch.Generator().manual_seed(0)
    tokens, targets = torch.randint(0, alphabet, (2, batch, length), generator=generator)
    with on_isa(isa), torch.no_grad():
        evaluation = evaluate(
            cell, [*fused.parameters(), *readout.parameters()], tokens, targets, want_logits=True
        )
        outputs, state = fused(tokens)
        logits = readout(outputs)
    nll = nn.functional.cross_entropy(logits.movedim(-1, 1), targets, reduction="none")
    torch.testing.assert_close(evaluation.logits, logits, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(evaluation.nll, nll, rtol=1e-5, atol=1e-5)
    assert torch.equal(evaluation.argmax, evaluation.logits.argmax(-1))
    for mine, other in zip(
        torch.atleast_1d(*evaluation.state), torch.atleast_1d(*state), strict=True
    ):
        assert torch.equal(mine, other)


def test_a_carried_state_continues_the_sequence(cell: str, fused_network: Callable) -> None:
    fused, readout = fused_network(cell, 4, 12, 2)
    parameters = [*fused.parameters(), *readout.parameters()]
    tokens = torch.randint(0, 4, (2, 40), generator=torch.Generator().manual_seed(0))
    whole = evaluate(cell, parameters, tokens, want_logits=True)
    first = evaluate(cell, parameters, tokens[:, :17], want_logits=True)
    second = evaluate(cell, parameters, tokens[:, 17:], state=first.state, want_logits=True)
    assert torch.equal(torch.cat([first.logits, second.logits], 1), whole.logits)
    assert whole.nll is None


def test_equal_logits_choose_the_first_symbol(fused_network: Callable) -> None:
    fused, readout = fused_network("gru", 5, 4, 1, bound=0.0)
    evaluation = evaluate(
        "gru", [*fused.parameters(), *readout.parameters()], torch.zeros(1, 3, dtype=torch.int64)
    )
    assert evaluation.argmax.tolist() == [[0, 0, 0]]


def test_a_nan_logit_counts_as_the_largest(fused_network: Callable) -> None:
    fused, readout = fused_network("gru", 5, 4, 1)
    with torch.no_grad():
        readout.bias[3] = float("nan")
    tokens = torch.zeros(1, 2, dtype=torch.int64)
    evaluation = evaluate("gru", [*fused.parameters(), *readout.parameters()], tokens, tokens)
    assert evaluation.argmax.tolist() == [[3, 3]]
    assert bool(evaluation.nll.isnan().all())


@pytest.mark.parametrize("poison", [float("inf"), float("-inf")])
def test_infinite_logits_give_torchs_loss(
    isa: str, poison: float, on_isa: Callable, fused_network: Callable
) -> None:
    fused, readout = fused_network("gru", 3, 4, 1)
    with torch.no_grad():
        readout.bias[1] = poison
    tokens = torch.tensor([[0, 1, 2]])
    with on_isa(isa):
        evaluation = evaluate("gru", [*fused.parameters(), *readout.parameters()], tokens, tokens)
    logits = readout(fused(tokens)[0]).detach()
    nll = nn.functional.cross_entropy(logits.movedim(-1, 1), tokens, reduction="none")
    torch.testing.assert_close(evaluation.nll, nll, equal_nan=True)


@pytest.mark.parametrize(("batch", "length", "depth"), [(1, 300, 1), (19, 5, 2)])
def test_a_greedy_continuation_is_that_of_one_call_per_symbol(
    isa: str,
    cell: str,
    batch: int,
    length: int,
    depth: int,
    on_isa: Callable,
    fused_network: Callable,
) -> None:
    fused, readout = fused_network(cell, 4, 12, depth)
    # Large weights: the continuation of a freshly drawn network is one symbol again and again.
    parameters = [
        8 * parameter.detach() for parameter in (*fused.parameters(), *readout.parameters())
    ]
    tokens = torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(0))
    symbol_by_symbol = []
    with on_isa(isa):
        continuation = continue_greedily(cell, parameters, tokens, 40)
        step = evaluate(cell, parameters, tokens)
        for _ in range(40):
            symbol_by_symbol.append(step.argmax[:, -1:])
            step = evaluate(cell, parameters, symbol_by_symbol[-1], state=step.state)
    assert torch.equal(continuation, torch.cat(symbol_by_symbol, 1))
    assert len(continuation.unique()) > 1


def test_a_greedy_continuation_may_be_empty_and_refuses_unknown_symbols(
    cell: str, fused_network: Callable
) -> None:
    fused, readout = fused_network(cell, 4, 12, 1)
    parameters = [*fused.parameters(), *readout.parameters()]
    assert continue_greedily(cell, parameters, torch.tensor([[0, 3]]), 0).shape == (1, 0)
    with pytest.raises(ValueError, match="tokens holds 4 at row 0, position 1; valid: 0 to 3"):
        continue_greedily(cell, parameters, torch.tensor([[0, 4]]), 5)
