"""Bidirectional layers of a recurrent cell, which read whole windows."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from seqmem.core.imports import import_object
from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.contract import MemorizerFamily, NetworkShape

if TYPE_CHECKING:
    from torch import nn

DIRECTIONS = 2
# Import string of the network, which needs torch.
NETWORK = "seqmem.study.memorizers.bidirectional_stack:BidirectionalStack"


@dataclass(frozen=True)
class Bidirectional(MemorizerFamily):
    """Layers with one cell in each direction (Schuster and Paliwal 1997).

    The readout takes the forward state at the last position of a window and the backward state at
    its first position. Both have read the whole window.

    Parameters
    ----------
    cell : Cell
        The cell of both directions. It has recurrent weights.
    """

    cell: Cell = field(kw_only=True)

    def network_parameters(self, shape: NetworkShape) -> int:
        """Return the number of trained parameters without the readout, of both directions."""
        return DIRECTIONS * sum(
            prod(size)
            for inputs in self._inputs(shape, shape.alphabet_size)
            for size in self.cell.layer_parameters(inputs, shape.units).values()
        )

    def multiply_adds(self, shape: NetworkShape) -> int:
        """Return the multiply-adds of one symbol in the forward pass, of both directions."""
        rows = self.cell.gates * shape.units
        return DIRECTIONS * sum(rows * (size + shape.units) for size in self._inputs(shape, 0))

    def operations(self, shape: NetworkShape) -> int:
        """Return the element-wise operations of one symbol in the forward pass."""
        return DIRECTIONS * shape.depth * shape.units * self.cell.unit_operations.total

    def make_network(self, shape: NetworkShape) -> nn.Module:
        """Return the layers on the torch engine."""
        network: nn.Module = import_object(NETWORK)(self.cell, shape)
        return network

    def readout_inputs(self, shape: NetworkShape) -> int:
        """Return twice the units."""
        return DIRECTIONS * shape.units

    def readouts(self, shape: NetworkShape) -> int:
        """Return 1: a window is read out once."""
        return 1

    def _inputs(self, shape: NetworkShape, first: int) -> list[int]:
        """Return the inputs of every layer; ``first`` where the first one reads symbols."""
        return [first] + [DIRECTIONS * shape.units] * (shape.depth - 1)
