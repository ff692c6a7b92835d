"""Tensors as the numpy views that the extension reads and writes, and recurrent states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from seqmem.study.kernels.engine import KERNEL_CELLS
from seqmem.study.memorizers.cells import CELLS

GATES = {name: CELLS[name].gates for name in KERNEL_CELLS}

# What the kernels take, whatever torch's defaults are.
FLOAT32: dict[str, Any] = {"dtype": torch.float32, "device": "cpu"}

FloatArray = npt.NDArray[np.float32]
Symbols = torch.Tensor | npt.NDArray[np.integer[Any]]
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor] | None


def check_cell(cell: str) -> str:
    """The cell's name, if it is one.

    Raises
    ------
    ValueError
        For an unknown cell.
    """
    if cell not in GATES:
        raise ValueError(f"unknown cell {cell!r}; valid: {', '.join(sorted(GATES))}")
    return cell


def float_view(tensor: torch.Tensor) -> FloatArray:
    """A contiguous float32 view of a CPU tensor, copied only if it is not contiguous.

    Raises
    ------
    TypeError
        For another dtype or device, which the fused kernels do not handle.
    """
    if tensor.dtype != torch.float32 or tensor.device.type != "cpu":
        raise TypeError(
            f"the fused kernels take float32 on cpu, got {tensor.dtype} on {tensor.device}"
        )
    view: FloatArray = tensor.detach().contiguous().numpy()
    return view


def symbol_view(symbols: Symbols) -> npt.NDArray[np.int64]:
    """Symbols as a contiguous int64 array, copied only where they are not one already."""
    array = symbols.numpy(force=True) if isinstance(symbols, torch.Tensor) else symbols
    if array.dtype.kind not in "iu":
        raise TypeError(f"symbols must be integers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.int64)


def token_view(tokens: Symbols) -> npt.NDArray[np.int64]:
    """Tokens (batch, length) as a contiguous int64 array.

    Raises
    ------
    ValueError
        For another number of dimensions, or none of something.
    """
    array = symbol_view(tokens)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"tokens has shape {array.shape}; expected (batch, length), both at least 1"
        )
    return array


def split_state(cell: str, state: State) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Hidden and memory state (depth, batch, units) of torch's form for this cell."""
    if state is None:
        return None, None
    if cell == "lstm":
        if not isinstance(state, tuple):
            raise TypeError("the state of an lstm is a tuple (hidden, memory)")
        return state
    if not isinstance(state, torch.Tensor):
        raise TypeError(f"the state of a {cell} is one tensor")
    return state, None


@dataclass(frozen=True)
class Shape:
    """What the kernels need to know of a network.

    Attributes
    ----------
    cell : str
        ``lstm``, ``gru`` or ``rnn``.
    alphabet_size, units, depth : int
        Symbols, hidden units per layer, layers.
    """

    cell: str
    alphabet_size: int
    units: int
    depth: int

    @classmethod
    def of_parameters(cls, cell: str, parameters: list[torch.Tensor]) -> Shape:
        """Read the shape off four parameters per layer, then the readout's weight and bias.

        Raises
        ------
        ValueError
            If the number of parameters fits no depth.
        """
        if len(parameters) < 6 or len(parameters) % 4 != 2:
            raise ValueError(
                f"got {len(parameters)} parameters; expected four per layer, then the readout's weight and bias"
            )
        alphabet_size, units = parameters[-2].shape
        return cls(check_cell(cell), alphabet_size, units, len(parameters) // 4)

    def zero_state(self, batch: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Hidden and, for an LSTM, memory state of zeros, each (depth, batch, units)."""
        hidden = torch.zeros(self.depth, batch, self.units, **FLOAT32)
        return hidden, torch.zeros_like(hidden) if self.cell == "lstm" else None


def join_state(hidden: torch.Tensor, memory: torch.Tensor | None) -> State:
    """Torch's form of a state: a tuple for the LSTM, else one tensor."""
    return hidden if memory is None else (hidden, memory)
