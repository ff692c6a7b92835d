"""Forward passes without gradients: teacher forced, or fed with their own predictions."""

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
    """The result of one teacher-forced pass.

    Parameters
    ----------
    argmax : int64 Tensor, shape (batch, length)
        Most probable next symbol; the first among equals.
    nll : Tensor, shape (batch, length), or None
        Negative log-likelihood of the targets in nats; None without targets.
    logits : Tensor, shape (batch, length, alphabet), or None
        None unless they were asked for.
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
    candidate: str = "linear",
) -> Evaluation:
    """Predict the next symbol at every position of the tokens.

    Parameters
    ----------
    cell : {"gru", "lstm", "mingru", "minlstm", "rnn"}
    parameters : iterable of Tensor
        Those of each layer, then the readout's weight and bias, as for `FusedTrainer`.
    tokens : integer array or Tensor, shape (batch, length)
    targets : integer array or Tensor, shape (batch, length), optional
        The symbol that follows each token.
    state : Tensor or tuple of Tensor, optional
        Initial state in torch's form; zeros by default.
    want_logits : bool
        Whether to return the logits too.
    candidate : {"linear", "positive"}
        How minGRU and minLSTM compute the candidate state.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If a symbol is outside the alphabet or the shapes do not fit.
    """
    tensors = list(parameters)
    shape = Shape.of_parameters(cell, tensors, candidate)
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
    cell: str,
    parameters: Iterable[torch.Tensor],
    tokens: Symbols,
    horizon: int,
    *,
    candidate: str = "linear",
) -> torch.Tensor:
    """Predict the symbols after the tokens, from the zero state.

    Each prediction is the next input.

    Parameters
    ----------
    cell : {"gru", "lstm", "mingru", "minlstm", "rnn"}
    parameters : iterable of Tensor
        Those of each layer, then the readout's weight and bias, as for `FusedTrainer`.
    tokens : integer array or Tensor, shape (batch, length)
    horizon : int
        Number of symbols to predict.
    candidate : {"linear", "positive"}
        How minGRU and minLSTM compute the candidate state.

    Returns
    -------
    int64 Tensor, shape (batch, horizon)
        The first among equally probable symbols.

    Raises
    ------
    ValueError
        If a symbol is outside the alphabet or the shapes do not fit.
    """
    tensors = list(parameters)
    shape = Shape.of_parameters(cell, tensors, candidate)
    symbols = token_view(tokens)
    predicted = torch.empty(symbols.shape[0], horizon, dtype=torch.int64, device="cpu")
    engine.extension().continue_greedily(*_network(shape, tensors), symbols, predicted.numpy())
    return predicted


def _network(shape: Shape, tensors: list[torch.Tensor]) -> tuple[object, ...]:
    """Return the description of a network, in the order of the extension's arguments."""
    views = [float_view(tensor) for tensor in tensors]
    return engine.isa(), shape.kernel, shape.alphabet_size, shape.units, shape.depth, views
