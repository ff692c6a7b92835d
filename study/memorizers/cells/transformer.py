"""A decoder-only Transformer, which carries no state and reads its context again at every step."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from seqmem.core.imports import import_object
from seqmem.study.memorizers.cells.cell import GELU_OPERATIONS, MLP_WIDTH, RESIDUAL_OPERATIONS
from seqmem.study.memorizers.contract import Draw, MemorizerFamily, NetworkShape, Operations

if TYPE_CHECKING:
    from torch import nn

# Import string of the network, which needs torch.
NETWORK = "seqmem.study.memorizers.transformer_stack:TransformerStack"
HEADS = (8, 4, 2, 1)
SMALLEST_HEAD = 8
EMBEDDING_DEVIATION = 0.02
# Of one unit: sum, difference, square, sum, product with the inverse root, with the gain, bias.
NORM_OPERATIONS = Operations(simple=7)
# Of one norm: two means, epsilon, inverse root.
ROOT_OPERATIONS = Operations(simple=3, curved=1)
# Of one unit of queries or keys: two products and a sum.
ROTARY_OPERATIONS = Operations(simple=3)
# Of one head and pair of symbols: scale, maximum, difference, exponential, sum, quotient.
SOFTMAX_OPERATIONS = Operations(simple=5, curved=1)


def default_heads(units: int) -> int:
    """Return the largest of 1, 2, 4 and 8 heads of an even size of at least 8, otherwise 1.

    Examples
    --------
    >>> [default_heads(units) for units in (4, 12, 24, 32, 64)]
    [1, 1, 2, 4, 8]
    """
    for heads in HEADS:
        if units % (2 * heads) == 0 and units // heads >= SMALLEST_HEAD:
            return heads
    return 1


@dataclass(frozen=True)
class Transformer(MemorizerFamily):
    """Pre-norm blocks of causal attention with rotary positions, and of an MLP with GELU.

    Units are the width of the model, and depth is its number of blocks. Costs per symbol are means
    over a row of a step. Attention is counted over its causal half, the context included.
    """

    def network_parameters(self, shape: NetworkShape) -> int:
        """Return the number of trained parameters without the readout."""
        units = shape.units
        block = 12 * units * units + 13 * units
        return shape.alphabet_size * units + shape.depth * block + 2 * units

    def multiply_adds(self, shape: NetworkShape) -> int:
        """Return the multiply-adds of one symbol in the forward pass, without the readout.

        A symbol attends to (row + 1) / 2 symbols on average. For each of them, every unit has one
        multiply-add for the score and one for the value.
        """
        units = shape.units
        return shape.depth * (12 * units * units + units * (shape.row + 1))

    def operations(self, shape: NetworkShape) -> int:
        """Return the element-wise operations of one symbol in the forward pass, rounded up."""
        units = shape.units
        norm = units * NORM_OPERATIONS.total + ROOT_OPERATIONS.total
        of_unit = (
            2 * ROTARY_OPERATIONS.total
            + RESIDUAL_OPERATIONS.total
            + MLP_WIDTH * GELU_OPERATIONS.total
        )
        scores = self.heads(shape) * (shape.row + 1) / 2
        block = units * of_unit + 2 * norm + scores * SOFTMAX_OPERATIONS.total
        return ceil(shape.depth * block) + norm

    def make_network(self, shape: NetworkShape) -> nn.Module:
        """Return the blocks on the torch engine."""
        network: nn.Module = import_object(NETWORK)(shape, self.heads(shape))
        return network

    def heads(self, shape: NetworkShape) -> int:
        """Return the number of attention heads."""
        return shape.heads or default_heads(shape.units)

    def units_divisor(self, shape: NetworkShape) -> int:
        """Return twice the heads, because rotary positions turn pairs of units of a head."""
        return 2 * (shape.heads or 1)

    def draw(self, shape: NetworkShape, name: str) -> Draw:
        """Return how a parameter is initialized.

        Gains of norms are 1 and biases 0. The embedding is N(0, .02²). Matrices are
        N(0, 1 / inputs), and the two output projections of a block are scaled by 1 / √(2 depth).
        """
        if "bias" in name:
            return Draw(0.0, 0.0)
        if "gain" in name:
            return Draw(1.0, 0.0)
        if name.endswith("embedding"):
            return Draw(0.0, EMBEDDING_DEVIATION, is_normal=True)
        inputs = MLP_WIDTH * shape.units if "_down_" in name else shape.units
        is_output = "_down_" in name or "_out_" in name
        scale = 2 * shape.depth if is_output else 1
        return Draw(0.0, 1 / sqrt(inputs * scale), is_normal=True)
