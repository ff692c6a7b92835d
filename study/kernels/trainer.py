"""Whole training steps in one native call."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from seqmem.study.kernels import engine
from seqmem.study.kernels.arrays import (
    FloatArray,
    Shape,
    State,
    Symbols,
    float_view,
    join_state,
    split_state,
    symbol_view,
    token_view,
)


def _writable_view(tensor: torch.Tensor) -> FloatArray:
    if not tensor.is_contiguous():
        raise ValueError("parameters are updated in place and must be contiguous")
    return float_view(tensor)


def _optional_array(tensor: torch.Tensor | None) -> FloatArray | None:
    return None if tensor is None else float_view(tensor).copy()


class FusedTrainer:
    """Train a memorizer's parameters in place: forward, loss, backward, clipping, optimizer.

    A step equals, up to rounding, the following with torch: cross-entropy on a linear readout,
    ``loss.backward()``, ``torch.nn.utils.clip_grad_norm_`` and a step of the optimizer of the same
    name. The parameters are read at every step and may be changed in place between steps. A trainer
    serves one thread at a time. Different trainers are independent.

    Parameters
    ----------
    cell : {"gru", "lstm", "mingru", "minlstm", "rnn"}
    parameters : iterable of Tensor
        Contiguous, float32, on the CPU: ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh`` of
        each layer, or ``weight_ih`` and ``bias_ih`` of a minGRU or minLSTM, then the readout's
        weight (alphabet, units) and bias (alphabet).
    candidate : {"linear", "positive"}
        How minGRU and minLSTM compute the candidate state.
    optimizer : {"adam", "adamw", "sgd"}
    learning_rate : float
        Default for every step.
    betas : (float, float)
    epsilon, weight_decay, momentum : float
        As torch's ``eps``, ``weight_decay`` and ``momentum``.
    max_gradient_norm : float or None
        Norm to which all gradients together are clipped; None for no clipping.

    Attributes
    ----------
    gradient_norm : float
        Norm of the last step's gradient before clipping.

    Raises
    ------
    ValueError
        If the cell, its candidate or the optimizer is unknown, or the shapes do not fit together.
    """

    def __init__(
        self,
        cell: str,
        parameters: Iterable[torch.Tensor],
        *,
        candidate: str = "linear",
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        max_gradient_norm: float | None = 1.0,
    ) -> None:
        tensors = [p.detach() for p in parameters]
        self.shape = Shape.of_parameters(cell, tensors, candidate)
        self.learning_rate = learning_rate
        self.gradient_norm = math.nan
        self._parameter_shapes = [p.shape for p in tensors]
        self._native = engine.extension().Trainer(
            engine.isa(),
            self.shape.kernel,
            self.shape.alphabet_size,
            self.shape.units,
            self.shape.depth,
            [_writable_view(p) for p in tensors],
            optimizer,
            *betas,
            epsilon,
            weight_decay,
            momentum,
            math.inf if max_gradient_norm is None else max_gradient_norm,
        )
        self._hidden: FloatArray | None = None
        self._memory: FloatArray | None = None

    def step(self, tokens: Symbols, targets: Symbols, learning_rate: float | None = None) -> float:
        """Take one step from the carried state.

        Parameters
        ----------
        tokens, targets : integer array or Tensor, shape (batch, length)
            The batch stays the same until `reset_state`.
        learning_rate : float, optional
            Learning rate of this step only.

        Returns
        -------
        float
            Mean cross-entropy before the step, in nats. If it is not finite, the parameters cannot
            be used afterwards, as in torch.

        Raises
        ------
        ValueError
            If a symbol is outside the alphabet or the shapes do not fit. Nothing is changed then.
        """
        symbols = token_view(tokens)
        hidden = self._hidden
        memory = self._memory
        if hidden is None:
            hidden, memory = map(_optional_array, self.shape.zero_state(len(symbols)))
        loss, self.gradient_norm = self._native.step(
            symbols,
            symbol_view(targets),
            hidden,
            memory,
            self.learning_rate if learning_rate is None else learning_rate,
        )
        self._hidden = hidden
        self._memory = memory
        return float(loss)

    def step_last(
        self,
        tokens: Symbols,
        targets: Symbols,
        row_weights: torch.Tensor,
        learning_rate: float | None = None,
    ) -> float:
        """Take one step on the last position of each row, from the zero state.

        The carried state does not change.

        Parameters
        ----------
        tokens : integer array or Tensor, shape (batch, length)
        targets : integer array or Tensor, shape (batch,)
            The symbol that follows each row.
        row_weights : Tensor, shape (batch,)
            Each row's share of the loss. Shares that sum to one give a weighted mean.
        learning_rate : float, optional
            Learning rate of this step only.

        Returns
        -------
        float
            Sum over rows of the row's weight times its cross-entropy before the step, in nats.
        """
        loss, self.gradient_norm = self._native.step_last(
            token_view(tokens),
            symbol_view(targets),
            float_view(row_weights),
            self.learning_rate if learning_rate is None else learning_rate,
        )
        return float(loss)

    def reset_state(self) -> None:
        """Start the next step from zeros; its batch may have another size."""
        self._hidden = self._memory = None

    @property
    def state(self) -> State:
        """A copy of the carried state, in torch's form; None before the first step."""
        if self._hidden is None:
            return None
        memory = self._memory
        return join_state(
            torch.from_numpy(self._hidden.copy()),
            None if memory is None else torch.from_numpy(memory.copy()),
        )

    @state.setter
    def state(self, state: State) -> None:
        self._hidden, self._memory = map(_optional_array, split_state(self.shape.cell, state))

    @property
    def gradients(self) -> list[torch.Tensor]:
        """Copies of the last step's gradients before clipping, in the parameters' shapes."""
        flat = torch.from_numpy(self._native.gradients).clone()
        sizes = [math.prod(shape) for shape in self._parameter_shapes]
        pieces = torch.split(flat, sizes)
        return [g.view(s) for g, s in zip(pieces, self._parameter_shapes, strict=True)]
