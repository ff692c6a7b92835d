"""The fused recurrence under torch's automatic differentiation."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from seqmem.study.kernels import engine
from seqmem.study.kernels.arrays import (
    FLOAT32,
    Shape,
    State,
    Symbols,
    float_view,
    join_state,
    split_state,
    token_view,
)


def _optional_view(tensor: torch.Tensor | None) -> Any:
    return None if tensor is None else float_view(tensor)


class _Recurrence(torch.autograd.Function):
    """Stacked recurrence; the native tape keeps activations for one backward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        shape: Shape,
        tokens: Symbols,
        hidden: torch.Tensor | None,
        memory: torch.Tensor | None,
        *parameters: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        symbols = token_view(tokens)
        tape = engine.extension().Tape(
            engine.isa(), shape.kernel, shape.alphabet_size, shape.units, shape.depth, symbols
        )
        batch, length = symbols.shape
        outputs = torch.empty(batch, length, shape.units, **FLOAT32)
        final_hidden, final_memory = shape.zero_state(batch)
        tape.forward(
            [float_view(p) for p in parameters],
            _optional_view(hidden),
            _optional_view(memory),
            outputs.numpy(),
            final_hidden.numpy(),
            _optional_view(final_memory),
        )
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*parameters)
        ctx.tape = tape
        ctx.shape = shape
        ctx.batch = batch
        ctx.length = length
        if final_memory is None:
            return outputs, final_hidden
        return outputs, final_hidden, final_memory

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        shape: Shape = ctx.shape
        from_outputs = gradients[0]
        if from_outputs is None:
            from_outputs = torch.zeros(ctx.batch, ctx.length, shape.units, **FLOAT32)
        parameters = ctx.saved_tensors
        to_parameters = [
            torch.empty_like(p, memory_format=torch.contiguous_format) for p in parameters
        ]
        to_hidden = to_memory = None
        if ctx.needs_input_grad[2] or ctx.needs_input_grad[3]:
            to_hidden, to_memory = shape.zero_state(ctx.batch)
        ctx.tape.backward(
            [float_view(p) for p in parameters],
            float_view(from_outputs),
            _optional_view(gradients[1]),
            _optional_view(gradients[2] if len(gradients) > 2 else None),
            [g.numpy() for g in to_parameters],
            _optional_view(to_hidden),
            _optional_view(to_memory),
        )
        return None, None, to_hidden, to_memory, *to_parameters


class FusedRecurrence(nn.Module):
    """Stacked LSTM, GRU, tanh RNN, minGRU or minLSTM over symbols, on the fused kernels.

    Its parameters have the names, order and shapes of ``torch.nn.LSTM``, ``GRU`` or
    ``RNN(alphabet_size, units, depth)``, so state dicts are interchangeable. A minGRU or minLSTM
    has no recurrent weights. All are zeros until the caller initializes them.

    Parameters
    ----------
    cell : {"gru", "lstm", "mingru", "minlstm", "rnn"}
    alphabet_size : int
    units : int
        Hidden units per layer.
    depth : int
        Layers.
    candidate : {"linear", "positive"}
        How minGRU and minLSTM compute the candidate state.

    Raises
    ------
    ValueError
        If the cell is unknown, or it has no such candidate.
    KernelUnavailableError
        If the compiled kernels are missing.

    Examples
    --------
    ``FusedRecurrence("gru", alphabet_size=4, units=8)`` on tokens of shape (2, 5) gives outputs of
    shape (2, 5, 8) and a state of (1, 2, 8).
    """

    def __init__(
        self,
        cell: str,
        alphabet_size: int,
        units: int,
        depth: int = 1,
        candidate: str = "linear",
    ) -> None:
        super().__init__()
        engine.extension()
        self.shape = Shape(cell, alphabet_size, units, depth, candidate)
        for layer in range(depth):
            for name, size in self.shape.layer_parameters(layer).items():
                self._allocate(f"{name}_l{layer}", *size)

    def _allocate(self, name: str, *size: int) -> None:
        self.register_parameter(name, nn.Parameter(torch.zeros(*size, **FLOAT32)))

    def forward(self, tokens: Symbols, state: State = None) -> tuple[torch.Tensor, State]:
        """Run over tokens from a state.

        Parameters
        ----------
        tokens : integer array or Tensor, shape (batch, length)
        state : Tensor or tuple of Tensor, optional
            Initial state in torch's form; zeros by default.

        Returns
        -------
        outputs : Tensor, shape (batch, length, units)
            Hidden states of the top layer.
        state : Tensor or tuple of Tensor, shape (depth, batch, units)
            Final state; a pair for an LSTM.

        Raises
        ------
        ValueError
            If a token is outside the alphabet or the shapes do not fit.
        RuntimeError
            In a second backward pass through the same forward pass, which is not supported.
        """
        hidden, memory = split_state(self.shape.cell, state)
        outputs, *final = _Recurrence.apply(self.shape, tokens, hidden, memory, *self.parameters())
        return outputs, join_state(final[0], final[1] if len(final) > 1 else None)

    def extra_repr(self) -> str:
        """Return the arguments as text, for printing."""
        shape = self.shape
        return (
            f"{shape.cell!r}, alphabet_size={shape.alphabet_size}, units={shape.units}, "
            f"depth={shape.depth}, candidate={shape.candidate!r}"
        )
