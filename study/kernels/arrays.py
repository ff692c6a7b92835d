"""Tensors as the numpy views that the extension reads and writes, and recurrent states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

# Gates of the cells of the extension: see `seqmem.study.kernels.engine.KERNEL_CELLS`.
GATES = {"gru": 3, "lstm": 4, "rnn": 1}

# The only tensors that the kernels take; torch's defaults may differ.
FLOAT32: dict[str, Any] = {"dtype": torch.float32, "device": "cpu"}

FloatArray = npt.NDArray[np.float32]
Symbols = torch.Tensor | npt.NDArray[np.integer[Any]]
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor] | None


def check_cell(cell: str) -> str:
    """Return the name of a cell that the kernels have.

    Raises
    ------
    ValueError
        If the cell is unknown.
    """
    if cell not in GATES:
        raise ValueError(f"unknown cell {cell!r}; valid: {', '.join(sorted(GATES))}")
    return cell


def float_view(tensor: torch.Tensor) -> FloatArray:
    """Return a contiguous float32 view of a CPU tensor; copy only if it is not contiguous.

    Raises
    ------
    TypeError
        If the tensor has another dtype or device, which the fused kernels do not handle.
    """
    if tensor.dtype != torch.float32 or tensor.device.type != "cpu":
        raise TypeError(
            f"the fused kernels take float32 on cpu, got {tensor.dtype} on {tensor.device}"
        )
    view: FloatArray = tensor.detach().contiguous().numpy()
    return view


def symbol_view(symbols: Symbols) -> npt.NDArray[np.int64]:
    """Return symbols as a contiguous int64 array; copy only if they are not one already."""
    array = symbols.numpy(force=True) if isinstance(symbols, torch.Tensor) else symbols
    if array.dtype.kind not in "iu":
        raise TypeError(f"symbols must be integers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.int64)


def token_view(tokens: Symbols) -> npt.NDArray[np.int64]:
    """Return tokens as a contiguous int64 array of shape (batch, length).

    Raises
    ------
    ValueError
        If the number of dimensions is not 2, or one of them is 0.
    """
    array = symbol_view(tokens)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"tokens has shape {array.shape}; expected (batch, length), both at least 1"
        )
    return array


def split_state(cell: str, state: State) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return the hidden and the memory part of a state in torch's form.

    Parameters
    ----------
    cell : str
    state : Tensor or tuple of Tensor, shape (depth, batch, units), or None
        A pair for an LSTM.

    Returns
    -------
    hidden : Tensor or None
    memory : Tensor or None
        None for cells other than the LSTM.

    Raises
    ------
    TypeError
        If the state has the form of another cell.
    """
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
    """Cell and size of a network, as the kernels need them.

    Parameters
    ----------
    cell : {"gru", "lstm", "rnn"}
    alphabet_size : int
    units : int
        Hidden units per layer.
    depth : int
        Layers.
    """

    cell: str
    alphabet_size: int
    units: int
    depth: int

    @classmethod
    def of_parameters(cls, cell: str, parameters: list[torch.Tensor]) -> Shape:
        """Return the shape of the network with these parameters.

        Parameters
        ----------
        cell : str
        parameters : list of Tensor
            Four for each layer, then the readout's weight and bias.

        Raises
        ------
        ValueError
            If the cell is unknown or the number of parameters fits no depth.
        """
        if len(parameters) < 6 or len(parameters) % 4 != 2:
            raise ValueError(
                f"got {len(parameters)} parameters; expected four per layer, "
                "then the readout's weight and bias"
            )
        alphabet_size, units = parameters[-2].shape
        return cls(check_cell(cell), alphabet_size, units, len(parameters) // 4)

    def zero_state(self, batch: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return hidden and, for an LSTM, memory state of zeros, shape (depth, batch, units)."""
        hidden = torch.zeros(self.depth, batch, self.units, **FLOAT32)
        return hidden, torch.zeros_like(hidden) if self.cell == "lstm" else None


def join_state(hidden: torch.Tensor, memory: torch.Tensor | None) -> State:
    """Return a state in torch's form: a tuple for the LSTM, otherwise one tensor."""
    return hidden if memory is None else (hidden, memory)
