"""The memorizer: token input, stacked recurrent cells, linear readout over the alphabet."""

from math import sqrt
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.cells.cell import Sequence, States


class Recurrence(nn.Module):
    """Stacked recurrent layers whose parameters have the names and shapes of ``torch.nn.LSTM``.

    Layer 0 takes tokens: the product of its input weights with a one-hot vector is a look-up in
    their columns, and that is how it is done.

    Parameters
    ----------
    cell : str
        Registry name.
    """

    _run: Sequence

    def __init__(self, cell: str, alphabet_size: int, depth: int, units: int) -> None:
        super().__init__()
        self.cell, self.depth, self.units = CELLS[cell], depth, units
        self._run = self.cell.load()
        self.dropout, self.dropout_generator = 0.0, torch.Generator()
        rows = self.cell.gates * units
        for layer in range(depth):
            inputs = alphabet_size if layer == 0 else units
            self.register_parameter(f"weight_ih_l{layer}", nn.Parameter(torch.empty(rows, inputs)))
            self.register_parameter(f"weight_hh_l{layer}", nn.Parameter(torch.empty(rows, units)))
            self.register_parameter(f"bias_ih_l{layer}", nn.Parameter(torch.empty(rows)))
            self.register_parameter(f"bias_hh_l{layer}", nn.Parameter(torch.empty(rows)))

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return outputs and the final state.

        Parameters
        ----------
        tokens : int64 tensor of shape (batch, length)
        state : tuple of tensors of shape (depth, batch, units), optional
            (h, c) for LSTM, (h,) for GRU; zeros if absent.

        Returns
        -------
        outputs : tensor of shape (length, batch, units)
        state : as given
        """
        if state is None:
            state = self.zero_state(tokens.shape[0])
        finals: list[States] = []
        outputs = tokens
        for layer in range(self.depth):
            weight_ih, weight_hh, bias_ih, bias_hh = self.layer_parameters(layer)
            if layer == 0:
                inputs = F.embedding(tokens.t(), weight_ih.t() + bias_ih)
            else:
                inputs = F.linear(self._dropped(outputs), weight_ih, bias_ih)
            start = tuple(tensor[layer] for tensor in state)
            outputs, final = self._run(inputs, start, weight_hh, bias_hh)
            finals.append(final)
        return outputs, tuple(torch.stack(tensors) for tensors in zip(*finals, strict=True))

    def _dropped(self, outputs: Tensor) -> Tensor:
        """Drop inputs of the next layer while training; evaluation, without gradients, keeps all."""
        if not self.dropout or not torch.is_grad_enabled():
            return outputs
        kept = torch.empty(outputs.shape).bernoulli_(
            1 - self.dropout, generator=self.dropout_generator
        )
        return outputs * kept.to(outputs) / (1 - self.dropout)

    def layer_parameters(self, layer: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return input weights, recurrent weights, input bias and recurrent bias of a layer."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weight_ih, weight_hh, bias_ih, bias_hh = (
            getattr(self, f"{name}_l{layer}") for name in names
        )
        return weight_ih, weight_hh, bias_ih, bias_hh

    def zero_state(self, batch: int) -> States:
        """Return the state before the first symbol, for ``batch`` sequences."""
        zeros = self.layer_parameters(0)[1].new_zeros(self.depth, batch, self.units)
        return tuple(zeros for _ in range(self.cell.states))


class Readout(nn.Linear):
    """Linear readout that leaves its initialization to `initialize`: no draw from global state."""

    def reset_parameters(self) -> None:
        """Draw nothing."""


class Memorizer(nn.Module):
    """One network: recurrence and readout, on the torch engine.

    >>> memorizer = Memorizer("gru", alphabet_size=2, depth=1, units=128)
    >>> sum(parameter.numel() for parameter in memorizer.parameters())  # published: 50,946
    50946
    """

    def __init__(self, cell: str, alphabet_size: int, depth: int, units: int) -> None:
        super().__init__()
        self.alphabet_size, self.units, self.cell = alphabet_size, units, CELLS[cell]
        self.recurrence = self.make_recurrence(cell, alphabet_size, depth, units)
        self.readout = Readout(units, alphabet_size)

    @staticmethod
    def make_recurrence(cell: str, alphabet_size: int, depth: int, units: int) -> nn.Module:
        """Return the recurrent layers; another engine makes its own, with equal parameters."""
        return Recurrence(cell, alphabet_size, depth, units)

    def drop(self, probability: float, seed: int) -> None:
        """Drop inputs of the layers above the first while training, by draws of their own."""
        recurrence = cast(Recurrence, self.recurrence)
        recurrence.dropout = probability
        recurrence.dropout_generator.manual_seed(seed)

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return logits of shape (length, batch, alphabet) and the final state."""
        outputs, state = self.recurrence(tokens, state)
        return self.readout(outputs), state

    @torch.no_grad()
    def continue_greedily(self, tokens: Tensor, horizon: int) -> Tensor:
        """Predict the symbols after the tokens, from the zero state, each prediction fed back as the next input.

        Parameters
        ----------
        tokens : int64 tensor of shape (batch, length)
        horizon : int
            Symbols to predict.

        Returns
        -------
        int64 tensor of shape (batch, horizon)
            Of equally probable symbols the first.
        """
        predicted = tokens.new_empty(len(tokens), horizon)
        inputs, state = tokens, None
        for place in range(horizon):
            logits, state = self(inputs, state)
            inputs = logits[-1].argmax(1)[:, None]
            predicted[:, place] = inputs[:, 0]
        return predicted


def initialize(memorizer: Memorizer, seed: int, forget_bias: float | None = None) -> Memorizer:
    """Draw every parameter from U(-1/sqrt(units), 1/sqrt(units)), PyTorch's default, in order.

    The draws come from their own generator on the CPU, so the same seed gives the same network on
    every device and engine. The forget gate's bias is set after drawing, so all else stays the same.
    """
    generator = torch.Generator().manual_seed(seed)
    bound = 1 / sqrt(memorizer.units)
    with torch.no_grad():
        for parameter in memorizer.parameters():
            drawn = torch.empty(parameter.shape).uniform_(-bound, bound, generator=generator)
            parameter.copy_(drawn)
        if forget_bias is not None:
            _set_forget_bias(memorizer, forget_bias)
    return memorizer


def _set_forget_bias(memorizer: Memorizer, value: float) -> None:
    """Set the input bias of every forget gate to the value and its recurrent bias, which is added to it, to 0."""
    gate, units = memorizer.cell.forget_gate, memorizer.units
    assert gate is not None
    for name, parameter in memorizer.recurrence.named_parameters():
        if name.startswith("bias"):
            parameter[gate * units : (gate + 1) * units] = (
                value if name.startswith("bias_ih") else 0.0
            )
