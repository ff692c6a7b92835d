"""The memorizer: a network over tokens and a linear readout over the alphabet."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from seqmem.core.python_arguments import field_kinds
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.network import Network


class Readout(nn.Linear):
    """Linear readout whose parameters only `initialize` draws, not torch's global generator."""

    def reset_parameters(self) -> None:
        """Do nothing, so that the global generator is not used."""


@field_kinds()
class Memorizer(nn.Module):
    """One network: recurrence and readout, on the torch engine.

    Parameters
    ----------
    cell : str
        Registry name.
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.
    **options
        Further fields of `NetworkShape`.

    Examples
    --------
    >>> memorizer = Memorizer("gru", alphabet_size=2, depth=1, units=128)
    >>> sum(parameter.numel() for parameter in memorizer.parameters())  # published: 50,946
    50946
    """

    def __init__(
        self, cell: str, alphabet_size: int, depth: int, units: int, **options: Any
    ) -> None:
        super().__init__()
        self.cell = cell
        self.family = CELLS[cell]
        self.shape = NetworkShape(alphabet_size, depth, units, **options)
        self.recurrence = self.make_recurrence()
        self.readout = Readout(self.family.readout_inputs(self.shape), alphabet_size)

    @property
    def alphabet_size(self) -> int:
        """Number of symbols."""
        return self.shape.alphabet_size

    @property
    def units(self) -> int:
        """Hidden units per layer."""
        return self.shape.units

    def make_recurrence(self) -> nn.Module:
        """Return the recurrent layers; other engines return layers with equal parameters."""
        return self.family.make_network(self.shape)

    def drop(self, probability: float, seed: int) -> None:
        """Drop inputs of the layers above the first while training.

        Parameters
        ----------
        probability : float
        seed : int
            Seed of the generator that only dropout uses.
        """
        recurrence = cast(Network, self.recurrence)
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
    """Draw every parameter as the family says, by default as PyTorch does.

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
    with torch.no_grad():
        for name, parameter in memorizer.named_parameters():
            centre, distance, is_normal = memorizer.family.draw(memorizer.shape, name)
            drawn = torch.full(parameter.shape, centre)
            if distance and is_normal:
                drawn.normal_(centre, distance, generator=generator)
            elif distance:
                drawn.uniform_(centre - distance, centre + distance, generator=generator)
            parameter.copy_(drawn)
        if forget_bias is not None:
            _set_forget_bias(memorizer, forget_bias)
    return memorizer


def _set_forget_bias(memorizer: Memorizer, value: float) -> None:
    """Set the bias of every forget gate: the input bias to the value, the recurrent bias to 0."""
    gate = memorizer.family.forget_gate
    units = memorizer.units
    assert gate is not None
    rows = slice(gate.row * units, (gate.row + 1) * units)
    for name, parameter in memorizer.recurrence.named_parameters():
        if name.startswith("bias_ih"):
            parameter[rows] = gate.sign * value
        elif name.startswith("bias_hh"):
            parameter[rows] = 0.0
