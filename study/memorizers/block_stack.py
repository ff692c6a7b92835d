"""Blocks around a cell, as minGRU and minLSTM need them (Feng et al. 2024, appendix C)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.study.memorizers.cells.cell import MLP_WIDTH, Cell, States
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.recurrence import LayerStack

EPSILON_OF_NORM = 1e-5


class BlockStack(LayerStack):
    """An embedding, blocks of a cell and an MLP, and a final norm.

    A block adds two terms to its input x, of u units: first ``x + cell(norm(x))``, then
    ``x + mlp(norm(x))``. The norms are RMSNorm with a gain. The MLP has 4u hidden units with
    biases and GELU. Tokens are looked up in the embedding.

    Parameters
    ----------
    cell : Cell
    shape : NetworkShape
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        super().__init__(cell, shape)
        units = shape.units
        hidden = MLP_WIDTH * units
        self.allocate("embedding", shape.alphabet_size, units)
        for block in range(shape.depth):
            self.allocate(f"norm_cell_l{block}", units)
            self.allocate_layer(block, units)
            self.allocate(f"norm_mlp_l{block}", units)
            self.allocate(f"weight_up_l{block}", hidden, units)
            self.allocate(f"bias_up_l{block}", hidden)
            self.allocate(f"weight_down_l{block}", units, hidden)
            self.allocate(f"bias_down_l{block}", units)
        self.allocate("norm", units)

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return the normalized outputs of the top block and the final state.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        state : tuple of Tensor, shape (depth, batch, units), optional
            The initial state of the cells. By default zeros.

        Returns
        -------
        outputs : Tensor, shape (length, batch, units)
        state : tuple of Tensor, shape (depth, batch, units)
        """
        if state is None:
            state = self.zero_state(tokens.shape[0])
        finals: list[States] = []
        outputs = F.embedding(tokens.t(), self._tensor("embedding"))
        for block in range(self.depth):
            inputs = self._normalized(outputs, f"norm_cell_l{block}")
            if block:
                inputs = self.dropped(inputs)
            recalled, final = self.run_layer(block, inputs, state)
            outputs = outputs + recalled
            outputs = outputs + self._mlp(block, outputs)
            finals.append(final)
        outputs = self._normalized(outputs, "norm")
        return outputs, tuple(torch.stack(tensors) for tensors in zip(*finals, strict=True))

    def _mlp(self, block: int, outputs: Tensor) -> Tensor:
        inputs = self._normalized(outputs, f"norm_mlp_l{block}")
        hidden = F.linear(inputs, *self._weight_and_bias(f"up_l{block}"))
        return F.linear(F.gelu(hidden), *self._weight_and_bias(f"down_l{block}"))

    def _weight_and_bias(self, name: str) -> tuple[Tensor, Tensor]:
        return self._tensor(f"weight_{name}"), self._tensor(f"bias_{name}")

    def _normalized(self, values: Tensor, name: str) -> Tensor:
        return F.rms_norm(values, (self.units,), self._tensor(name), EPSILON_OF_NORM)

    def _tensor(self, name: str) -> Tensor:
        tensor: Tensor = getattr(self, name)
        return tensor
