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

    Layer 0 takes tokens. The product of its input weights with a one-hot vector is computed as a
    look-up in their columns.

    Parameters
    ----------
    cell : str
        Registry name.
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.
    """

    _run: Sequence

    def __init__(self, cell: str, alphabet_size: int, depth: int, units: int) -> None:
        super().__init__()
        self.cell = CELLS[cell]
        self.depth = depth
        self.units = units
        self._run = self.cell.load()
        self.dropout = 0.0
        self.dropout_generator = torch.Generator()
        rows = self.cell.gates * units
        for layer in range(depth):
            inputs = alphabet_size if layer == 0 else units
            self.register_parameter(f"weight_ih_l{layer}", nn.Parameter(torch.empty(rows, inputs)))
            self.register_parameter(f"weight_hh_l{layer}", nn.Parameter(torch.empty(rows, units)))
            self.register_parameter(f"bias_ih_l{layer}", nn.Parameter(torch.empty(rows)))
            self.register_parameter(f"bias_hh_l{layer}", nn.Parameter(torch.empty(rows)))

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return the outputs of the top layer and the final state.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        state : tuple of Tensor, shape (depth, batch, units), optional
            The initial state: (h, c) for an LSTM, (h,) for a GRU. By default zeros.

        Returns
        -------
        outputs : Tensor, shape (length, batch, units)
        state : tuple of Tensor, shape (depth, batch, units)
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
        """Drop inputs of the next layer; without gradients, as in evaluation, keep all of them."""
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
        """Return the zero state, before the first symbol, for ``batch`` sequences."""
        zeros = self.layer_parameters(0)[1].new_zeros(self.depth, batch, self.units)
        return tuple(zeros for _ in range(self.cell.states))


class Readout(nn.Linear):
    """Linear readout whose parameters only `initialize` draws, not torch's global generator."""

    def reset_parameters(self) -> None:
        """Do nothing, so that the global generator is not used."""


class Memorizer(nn.Module):
    """One network: recurrence and readout, on the torch engine.

    Parameters
    ----------
    cell : str
        Registry name.
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.

    Examples
    --------
    >>> memorizer = Memorizer("gru", alphabet_size=2, depth=1, units=128)
    >>> sum(parameter.numel() for parameter in memorizer.parameters())  # published: 50,946
    50946
    """

    def __init__(self, cell: str, alphabet_size: int, depth: int, units: int) -> None:
        super().__init__()
        self.alphabet_size = alphabet_size
        self.units = units
        self.cell = CELLS[cell]
        self.recurrence = self.make_recurrence(cell, alphabet_size, depth, units)
        self.readout = Readout(units, alphabet_size)

    @staticmethod
    def make_recurrence(cell: str, alphabet_size: int, depth: int, units: int) -> nn.Module:
        """Return the recurrent layers; other engines return layers with equal parameters."""
        return Recurrence(cell, alphabet_size, depth, units)

    def drop(self, probability: float, seed: int) -> None:
        """Drop inputs of the layers above the first while training.

        Parameters
        ----------
        probability : float
        seed : int
            Seed of the generator that only dropout uses.
        """
        recurrence = cast(Recurrence, self.recurrence)
        recurrence.dropout = probability
        recurrence.dropout_generator.manual_seed(seed)

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return logits of shape (length, batch, alphabet) and the final state."""
        outputs, state = self.recurrence(tokens, state)
        return self.readout(outputs), state

    @torch.no_grad()
    def continue_greedily(self, tokens: Tensor, horizon: int) -> Tensor:
        """Predict the symbols after the tokens, from the zero state.

        Each prediction is the next input.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        horizon : int
            Number of symbols to predict.

        Returns
        -------
        int64 Tensor, shape (batch, horizon)
            The first among equally probable symbols.
        """
        predicted = tokens.new_empty(len(tokens), horizon)
        inputs = tokens
        state = None
        for index in range(horizon):
            logits, state = self(inputs, state)
            inputs = logits[-1].argmax(1)[:, None]
            predicted[:, index] = inputs[:, 0]
        return predicted


def initialize(memorizer: Memorizer, seed: int, forget_bias: float | None = None) -> Memorizer:
    """Draw every parameter from U(-1/sqrt(units), 1/sqrt(units)), PyTorch's default.

    The draws come from a separate generator on the CPU, in the order of the parameters. So the same
    seed gives the same network on every device and engine. The forget gate's bias is set after all
    draws, which therefore do not change with it.

    Parameters
    ----------
    memorizer : Memorizer
        Initialized in place, and returned.
    seed : int
    forget_bias : float, optional
        Initial bias of the forget gate; drawn like all other parameters by default.
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
    """Set the bias of every forget gate: the input bias to the value, the recurrent bias to 0."""
    gate = memorizer.cell.forget_gate
    units = memorizer.units
    assert gate is not None
    for name, parameter in memorizer.recurrence.named_parameters():
        if name.startswith("bias"):
            parameter[gate * units : (gate + 1) * units] = (
                value if name.startswith("bias_ih") else 0.0
            )
