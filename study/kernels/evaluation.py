"""Evaluation without anything kept for a backward pass: teacher forced, or fed its own predictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from seqmem.study.kernels import engine
from seqmem.study.kernels.arrays import (
    FLOAT32,
    Shape,
    State,
    Symbols,
    float_view,
    join_state,
    split_state,
    symbol_view,
    token_view,
)


@dataclass(frozen=True)
class Evaluation:
    """What one teacher-forced pass found.

    Attributes
    ----------
    argmax : Tensor
        Most probable next symbol, (batch, length), int64; the first of equals.
    nll : Tensor or None
        Negative log-likelihood of the targets in nats, (batch, length), if there were targets.
    logits : Tensor or None
        (batch, length, alphabet), if asked for.
    state : Tensor or tuple of Tensor
        Final state in torch's form.
    """

    argmax: torch.Tensor
    nll: torch.Tensor | None
    logits: torch.Tensor | None
    state: State


def evaluate(
    cell: str,
    parameters: Iterable[torch.Tensor],
    tokens: Symbols,
    targets: Symbols | None = None,
    state: State = None,
    *,
    want_logits: bool = False,
) -> Evaluation:
    """Predict the next symbol at every position of (batch, length) tokens.

    Parameters
    ----------
    cell : str
        ``lstm``, ``gru`` or ``rnn``.
    parameters : iterable of Tensor
        Four per layer, then the readout's weight and bias, as for ``FusedTrainer``.
    tokens, targets : integer array or Tensor
        (batch, length); each target is the symbol that follows its token.
    state : Tensor or tuple of Tensor, optional
        Initial state in torch's form; zeros by default.
    want_logits : bool
        Whether to return the logits too.

    Raises
    ------
    ValueError
        For a symbol outside the alphabet or shapes that do not fit.
    """
    tensors = list(parameters)
    shape = Shape.of_parameters(cell, tensors)
    symbols = token_view(tokens)
    batch, length = symbols.shape
    argmax = torch.empty(batch, length, dtype=torch.int64, device="cpu")
    nll = None if targets is None else torch.empty(batch, length, **FLOAT32)
    logits = torch.empty(batch, length, shape.alphabet_size, **FLOAT32) if want_logits else None
    hidden, memory = split_state(cell, state)
    final_hidden, final_memory = shape.zero_state(batch)
    engine.extension().evaluate(
        *_network(shape, tensors),
        symbols,
        None if targets is None else symbol_view(targets),
        None if hidden is None else float_view(hidden),
        None if memory is None else float_view(memory),
        None if logits is None else logits.numpy(),
        None if nll is None else nll.numpy(),
        argmax.numpy(),
        final_hidden.numpy(),
        None if final_memory is None else final_memory.numpy(),
    )
    return Evaluation(argmax, nll, logits, join_state(final_hidden, final_memory))


def continue_greedily(
    cell: str, parameters: Iterable[torch.Tensor], tokens: Symbols, horizon: int
) -> torch.Tensor:
    """Predict the symbols after the tokens, from the zero state, each prediction fed back as the next input.

    Parameters
    ----------
    cell : str
        ``lstm``, ``gru`` or ``rnn``.
    parameters : iterable of Tensor
        Four per layer, then the readout's weight and bias, as for ``FusedTrainer``.
    tokens : integer array or Tensor
        (batch, length).
    horizon : int
        Symbols to predict.

    Returns
    -------
    Tensor
        (batch, horizon), int64; of equally probable symbols the first.

    Raises
    ------
    ValueError
        For a symbol outside the alphabet or shapes that do not fit.
    """
    tensors = list(parameters)
    shape = Shape.of_parameters(cell, tensors)
    symbols = token_view(tokens)
    predicted = torch.empty(symbols.shape[0], horizon, dtype=torch.int64, device="cpu")
    engine.extension().continue_greedily(*_network(shape, tensors), symbols, predicted.numpy())
    return predicted


def _network(shape: Shape, tensors: list[torch.Tensor]) -> tuple[object, ...]:
    """What the extension needs to know of a network, in the order of its arguments."""
    views = [float_view(tensor) for tensor in tensors]
    return engine.isa(), shape.cell, shape.alphabet_size, shape.units, shape.depth, views
