"""A recurrent cell in the registry: its equations in numbers, and the function that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod, sqrt
from typing import TYPE_CHECKING, TypeAlias

from seqmem.core.imports import import_object
from seqmem.study.memorizers.contract import Draw, MemorizerFamily, NetworkShape, Operations

if TYPE_CHECKING:
    from torch import Tensor, nn

States: TypeAlias = tuple["Tensor", ...]
Sequence: TypeAlias = Callable[..., tuple["Tensor", States]]

# Valid values of the option ``candidate``, with one line of help for each.
CANDIDATES = {
    "linear": "the pre-activation as it is",
    "positive": "x + 0.5 for x >= 0, otherwise the logistic function, as in Feng et al. 2024",
}
# Import strings of the networks without and with blocks, which need torch.
NETWORKS = {
    False: "seqmem.study.memorizers.recurrence:Recurrence",
    True: "seqmem.study.memorizers.block_stack:BlockStack",
}
# Hidden units of the MLP of a block, for each unit of the block.
MLP_WIDTH = 4
# Of one unit: square, sum, product with the inverse root, product with the gain.
NORM_OPERATIONS = Operations(simple=4)
# Of one norm: mean, epsilon, inverse root.
ROOT_OPERATIONS = Operations(simple=2, curved=1)
# x · (1 + erf(x / √2)) / 2.
GELU_OPERATIONS = Operations(simple=4, curved=1)
# The sums with the block's input, after the cell and after the MLP.
RESIDUAL_OPERATIONS = Operations(simple=2)


@dataclass(frozen=True)
class Cell(MemorizerFamily):
    """Stacked layers of one recurrent cell, whose state is carried from step to step.

    Parameters
    ----------
    gates : int
        Rows of the weight matrices per unit, in PyTorch's order (LSTM: i, f, g, o; GRU: r, z, n).
    sequence : str or callable
        Import string of a function, or the function itself, which then travels to workers:
        ``run_NAME(inputs, states, weight_hh, bias_hh) -> (outputs, final states)``:
        ``inputs`` of shape (length, batch, gates * units) already hold the input product and
        ``bias_ih``; every state is of shape (batch, units), ``outputs`` of (length, batch, units).
        A cell without recurrent weights gets neither ``weight_hh`` nor ``bias_hh``. A cell with
        candidates gets ``candidate``, by name.
    unit_operations : Operations
        Element-wise operations of one unit at one symbol, after the pre-activations.
    has_recurrent_weights : bool
        Whether the gates see the state. If so, a layer has a recurrent matrix and a second bias.
    candidates : mapping of str to Operations
        Valid values of the option ``candidate``, with the further operations of each per unit.
    """

    gates: int = field(kw_only=True)
    sequence: str | Sequence = field(kw_only=True)
    unit_operations: Operations = field(kw_only=True)
    has_recurrent_weights: bool = field(default=True, kw_only=True)
    candidates: Mapping[str, Operations] = field(default_factory=dict, kw_only=True)

    def load(self) -> Sequence:
        """Return the function that ``sequence`` names or is."""
        if not isinstance(self.sequence, str):
            return self.sequence
        function: Sequence = import_object(self.sequence)
        return function

    def layer_parameters(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        """Return the names and shapes of a layer's parameters, as ``torch.nn.LSTM`` has them.

        Parameters
        ----------
        inputs, units : int
            Inputs and hidden units of the layer.
        """
        rows = self.gates * units
        if not self.has_recurrent_weights:
            return {"weight_ih": (rows, inputs), "bias_ih": (rows,)}
        return {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, units),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }

    def network_parameters(self, shape: NetworkShape) -> int:
        """Return the number of trained parameters without the readout."""
        layers = sum(
            prod(size)
            for inputs in self._inputs(shape, shape.alphabet_size)
            for size in self.layer_parameters(inputs, shape.units).values()
        )
        if not shape.block:
            return layers
        units = shape.units
        mlp = 2 * MLP_WIDTH * units * units + (MLP_WIDTH + 1) * units
        gains = (2 * shape.depth + 1) * units
        return layers + shape.depth * mlp + gains + shape.alphabet_size * units

    def multiply_adds(self, shape: NetworkShape) -> int:
        """Return the multiply-adds of one symbol in the forward pass, without the readout."""
        units = shape.units
        recurrent = units if self.has_recurrent_weights else 0
        layers = sum(self.gates * units * (size + recurrent) for size in self._inputs(shape, 0))
        mlp = 2 * MLP_WIDTH * units * units
        return layers + shape.depth * mlp * shape.block

    def operations(self, shape: NetworkShape) -> int:
        """Return the element-wise operations of one symbol in the forward pass."""
        units = shape.units
        of_unit = self.unit_operations.total
        if self.candidates:
            of_unit += self.candidates[shape.candidate].total
        if not shape.block:
            return shape.depth * units * of_unit
        of_unit += RESIDUAL_OPERATIONS.total + MLP_WIDTH * GELU_OPERATIONS.total
        norm = units * NORM_OPERATIONS.total + ROOT_OPERATIONS.total
        return shape.depth * (units * of_unit + 2 * norm) + norm

    def make_network(self, shape: NetworkShape) -> nn.Module:
        """Return the layers on the torch engine, or the blocks around them."""
        network: nn.Module = import_object(NETWORKS[shape.block])(self, shape)
        return network

    def draw(self, shape: NetworkShape, name: str) -> Draw:
        """Return how a parameter is initialized: U(±1/√inputs), and gains of norms 1."""
        if "norm" in name:
            return Draw(1.0, 0.0)
        inputs = MLP_WIDTH * shape.units if "_down_" in name else shape.units
        return Draw(0.0, 1 / sqrt(inputs))

    def _inputs(self, shape: NetworkShape, first: int) -> list[int]:
        """Return the inputs of every layer; ``first`` where the first one reads symbols."""
        if shape.block:
            return [shape.units] * shape.depth
        return [first] + [shape.units] * (shape.depth - 1)
