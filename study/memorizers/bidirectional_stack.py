"""Stacked bidirectional layers of a recurrent cell on the torch engine."""

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.cell import Cell, States
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.recurrence import LayerStack

BACKWARD = "_reverse"


class BidirectionalStack(LayerStack):
    """Layers whose parameters have the names and shapes of a bidirectional ``torch.nn.LSTM``.

    Parameters
    ----------
    cell : Cell
    shape : NetworkShape
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        super().__init__(cell, shape)
        for layer in range(shape.depth):
            inputs = 2 * shape.units if layer else shape.alphabet_size
            self.allocate_layer(layer, inputs)
            self.allocate_layer(layer, inputs, BACKWARD)

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return what the readout takes. No state is carried: both directions start from zero.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        state : tuple of Tensor, optional
            Not used.

        Returns
        -------
        outputs : Tensor, shape (1, batch, 2 * units)
            The forward state at the last and the backward state at the first position.
        state : tuple of Tensor
            Empty.
        """
        zeros = self.zero_state(tokens.shape[0])
        outputs, reversed_outputs = self._read(0, tokens, tokens.flip(1), zeros)
        for layer in range(1, self.depth):
            inputs = self.dropped(torch.cat([outputs, reversed_outputs.flip(0)], 2))
            outputs, reversed_outputs = self._read(layer, inputs, inputs.flip(0), zeros)
        return torch.cat([outputs[-1], reversed_outputs[-1]], 1)[None], ()

    def _read(
        self, layer: int, inputs: Tensor, reversed_inputs: Tensor, zeros: States
    ) -> tuple[Tensor, Tensor]:
        """Return the outputs of both directions, each in the order in which it reads."""
        forward, _ = self.run_layer(layer, inputs, zeros)
        backward, _ = self.run_layer(layer, reversed_inputs, zeros, BACKWARD)
        return forward, backward
