"""Stacked layers of a recurrent cell on the torch engine."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.study.memorizers.cells.cell import Cell, States
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.network import Network


class LayerStack(Network):
    """The parameters of stacked layers of a cell, and their states.

    Parameters
    ----------
    cell : Cell
    shape : NetworkShape
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        super().__init__()
        self.cell = cell
        self.depth = shape.depth
        self.units = shape.units
        run = cell.load()
        self._run = partial(run, candidate=shape.candidate) if cell.candidates else run

    def allocate_layer(self, layer: int, inputs: int, direction: str = "") -> None:
        """Register the parameters of the cell in a layer, named as ``torch.nn.LSTM`` names them."""
        for name, size in self.cell.layer_parameters(inputs, self.units).items():
            self.allocate(f"{name}_l{layer}{direction}", *size)

    def run_layer(
        self, layer: int, inputs: Tensor, state: States, direction: str = ""
    ) -> tuple[Tensor, States]:
        """Run the cell of one layer over a sequence.

        Parameters
        ----------
        layer : int
        inputs : Tensor, shape (length, batch, inputs), or (batch, length) for tokens
        state : tuple of Tensor, shape (depth, batch, units)
        direction : str
            End of the names of the parameters, for a second cell in the layer.

        Returns
        -------
        outputs : Tensor, shape (length, batch, units)
        state : tuple of Tensor, shape (batch, units)
        """
        place = f"l{layer}{direction}"
        weight, *recurrent = (
            getattr(self, f"{name}_{place}")
            for name in self.cell.layer_parameters(1, 1)
            if name != "bias_ih"
        )
        bias = getattr(self, f"bias_ih_{place}")
        if inputs.is_floating_point():
            products = F.linear(inputs, weight, bias)
        else:
            products = F.embedding(inputs.t(), weight.t() + bias)
        return self._run(products, tuple(tensor[layer] for tensor in state), *recurrent)

    def zero_state(self, batch: int) -> States:
        """Return the zero state, before the first symbol, for ``batch`` sequences."""
        zeros = next(self.parameters()).new_zeros(self.depth, batch, self.units)
        return tuple(zeros for _ in range(self.cell.states))


class Recurrence(LayerStack):
    """Stacked recurrent layers whose parameters have the names and shapes of ``torch.nn.LSTM``.

    Layer 0 takes tokens. The product of its input weights with a one-hot vector is computed as a
    look-up in their columns.

    Parameters
    ----------
    cell : Cell
    shape : NetworkShape
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        super().__init__(cell, shape)
        for layer in range(shape.depth):
            self.allocate_layer(layer, shape.units if layer else shape.alphabet_size)

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
            inputs = self.dropped(outputs) if layer else tokens
            outputs, final = self.run_layer(layer, inputs, state)
            finals.append(final)
        return outputs, tuple(torch.stack(tensors) for tensors in zip(*finals, strict=True))
