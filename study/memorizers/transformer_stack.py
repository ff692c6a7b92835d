"""Blocks of causal attention and an MLP on the torch engine."""

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.study.memorizers.cells.cell import MLP_WIDTH, States
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.network import Network

EPSILON_OF_NORM = 1e-5
# Wavelengths of rotary positions grow up to 2π times this (Su et al. 2021, arXiv 2104.09864).
ROTARY_BASE = 10_000.0


class TransformerStack(Network):
    """An embedding, blocks, and a final norm.

    A block adds two terms to its input x, of u units: first ``x + attention(norm(x))``, then
    ``x + mlp(norm(x))``. The norms are LayerNorm with gain and bias. The MLP has 4u hidden units
    and GELU. Positions count from the first symbol that is read.

    Parameters
    ----------
    shape : NetworkShape
    heads : int
        Heads of attention. Each has an even number of units.
    """

    def __init__(self, shape: NetworkShape, heads: int) -> None:
        super().__init__()
        self.units = shape.units
        self.depth = shape.depth
        self.heads = heads
        hidden = MLP_WIDTH * self.units
        self.allocate("embedding", shape.alphabet_size, self.units)
        for block in range(self.depth):
            self._allocate_norm(f"attention_l{block}")
            self._allocate_linear(f"in_l{block}", self.units, 3 * self.units)
            self._allocate_linear(f"out_l{block}", self.units, self.units)
            self._allocate_norm(f"mlp_l{block}")
            self._allocate_linear(f"up_l{block}", self.units, hidden)
            self._allocate_linear(f"down_l{block}", hidden, self.units)
        self._allocate_norm("final")

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return the normalized outputs of the top block. No state is carried.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        state : tuple of Tensor, optional
            Not used.

        Returns
        -------
        outputs : Tensor, shape (length, batch, units)
        state : tuple of Tensor
            Empty.
        """
        outputs = self._block_outputs(tokens)[-1]
        return self._normalized(outputs, "final").transpose(0, 1), ()

    def layer_outputs(self, tokens: Tensor) -> list[Tensor]:
        """Return the outputs of each block, before the final norm; see `Network`."""
        return [outputs.transpose(0, 1) for outputs in self._block_outputs(tokens)]

    def _block_outputs(self, tokens: Tensor) -> list[Tensor]:
        """Return the outputs of each block, of shape (batch, length, units)."""
        outputs = F.embedding(tokens, self._tensor("embedding"))
        turns = self._turns(outputs)
        of_blocks = []
        for block in range(self.depth):
            inputs = self._normalized(outputs, f"attention_l{block}")
            if block:
                inputs = self.dropped(inputs)
            outputs = outputs + self._attention(block, inputs, turns)
            inputs = self._normalized(outputs, f"mlp_l{block}")
            hidden = F.gelu(self._linear(inputs, f"up_l{block}"))
            outputs = outputs + self._linear(hidden, f"down_l{block}")
            of_blocks.append(outputs)
        return of_blocks

    def _attention(self, block: int, inputs: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        """Return what causal attention adds, shape (batch, length, units)."""
        products = self._linear(inputs, f"in_l{block}").unflatten(2, (3, self.heads, -1))
        # Each of shape (batch, heads, length, units / heads).
        queries, keys, values = products.transpose(1, 3).unbind(2)
        attended = F.scaled_dot_product_attention(
            turned(queries, turns), turned(keys, turns), values, is_causal=True
        )
        return self._linear(attended.transpose(1, 2).flatten(2), f"out_l{block}")

    def _turns(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosine and sine of the turn of each pair of units at each position.

        Both have the shape (length, units / heads / 2).
        """
        pairs = self.units // self.heads // 2
        exponents = torch.arange(pairs, device=outputs.device, dtype=torch.float64) / pairs
        positions = torch.arange(outputs.shape[1], device=outputs.device, dtype=torch.float64)
        angles = positions[:, None] / ROTARY_BASE**exponents
        return angles.cos().to(outputs), angles.sin().to(outputs)

    def _allocate_norm(self, name: str) -> None:
        self.allocate(f"gain_{name}", self.units)
        self.allocate(f"bias_norm_{name}", self.units)

    def _allocate_linear(self, name: str, inputs: int, outputs: int) -> None:
        self.allocate(f"weight_{name}", outputs, inputs)
        self.allocate(f"bias_{name}", outputs)

    def _normalized(self, values: Tensor, name: str) -> Tensor:
        gain, bias = self._tensor(f"gain_{name}"), self._tensor(f"bias_norm_{name}")
        return F.layer_norm(values, (self.units,), gain, bias, EPSILON_OF_NORM)

    def _linear(self, values: Tensor, name: str) -> Tensor:
        return F.linear(values, self._tensor(f"weight_{name}"), self._tensor(f"bias_{name}"))

    def _tensor(self, name: str) -> Tensor:
        tensor: Tensor = getattr(self, name)
        return tensor


def turned(values: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Turn pairs of units by the angle of their position, as rotary positions do.

    Unit i is paired with unit i + size / 2.

    Parameters
    ----------
    values : Tensor, shape (..., length, size)
    turns : tuple of Tensor, shape (length, size / 2)
        Cosine and sine.

    Examples
    --------
    >>> quarter = torch.zeros(1, 1), torch.ones(1, 1)
    >>> turned(torch.tensor([[1.0, 0.0]]), quarter).tolist()
    [[0.0, 1.0]]
    """
    cosine, sine = turns
    first, second = values.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
