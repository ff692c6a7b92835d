"""Tensors as the numpy views that the extension reads and writes, and recurrent states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

# Gates of the cells of the extension: see `seqmem.study.kernels.engine.KERNEL_CELLS`.
GATES = {"gru": 3, "lstm": 4, "mingru": 2, "minlstm": 3, "rnn": 1}
# Cells whose gates do not see the state. They have no recurrent weights, and a choice of candidate.
MINIMAL_CELLS = ("mingru", "minlstm")
CANDIDATES = ("linear", "positive")

# The only tensors that the kernels take; torch's defaults may differ.
FLOAT32: dict[str, Any] = {"dtype": torch.float32, "device": "cpu"}

FloatArray = npt.NDArray[np.float32]
Symbols = torch.Tensor | npt.NDArray[np.integer[Any]]
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor] | None


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
    cell : {"gru", "lstm", "mingru", "minlstm", "rnn"}
    alphabet_size : int
    units : int
        Hidden units per layer.
    depth : int
        Layers.
    candidate : {"linear", "positive"}
        How minGRU and minLSTM compute the candidate state.

    Raises
    ------
    ValueError
        If the cell is unknown, or it has no such candidate.
    """

    cell: str
    alphabet_size: int
    units: int
    depth: int
    candidate: str = "linear"

    def __post_init__(self) -> None:
        if self.cell not in GATES:
            raise ValueError(f"unknown cell {self.cell!r}; valid: {', '.join(sorted(GATES))}")
        valid = CANDIDATES if self.cell in MINIMAL_CELLS else CANDIDATES[:1]
        if self.candidate not in valid:
            raise ValueError(
                f"cell {self.cell!r} has no candidate {self.candidate!r}; valid: {', '.join(valid)}"
            )

    @classmethod
    def of_parameters(
        cls, cell: str, parameters: list[torch.Tensor], candidate: str = "linear"
    ) -> Shape:
        """Return the shape of the network with these parameters.

        Parameters
        ----------
        cell : str
        parameters : list of Tensor
            Those of each layer, then the readout's weight and bias.
        candidate : str

        Raises
        ------
        ValueError
            If the cell is unknown, it has no such candidate, or the number of parameters fits no
            depth.
        """
        is_readout = len(parameters) > 1 and parameters[-2].ndim == 2
        alphabet_size, units = parameters[-2].shape if is_readout else (2, 1)
        shape = cls(cell, alphabet_size, units, 1, candidate)
        per_layer = len(shape.layer_parameters(0))
        depth, extra = divmod(len(parameters) - 2, per_layer)
        if depth < 1 or extra:
            raise ValueError(
                f"got {len(parameters)} parameters; expected {per_layer} per layer of a {cell}, "
                "then the readout's weight and bias"
            )
        return replace(shape, depth=depth)

    @property
    def kernel(self) -> str:
        """The name of its kernels in the extension."""
        return self.cell if self.candidate == "linear" else f"{self.cell} {self.candidate}"

    def layer_parameters(self, layer: int) -> dict[str, tuple[int, ...]]:
        """Return the names and shapes of a layer's parameters, as ``torch.nn.LSTM`` has them."""
        rows = GATES[self.cell] * self.units
        inputs = self.units if layer else self.alphabet_size
        if self.cell in MINIMAL_CELLS:
            return {"weight_ih": (rows, inputs), "bias_ih": (rows,)}
        return {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, self.units),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }

    def zero_state(self, batch: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return hidden and, for an LSTM, memory state of zeros, shape (depth, batch, units)."""
        hidden = torch.zeros(self.depth, batch, self.units, **FLOAT32)
        return hidden, torch.zeros_like(hidden) if self.cell == "lstm" else None


def join_state(hidden: torch.Tensor, memory: torch.Tensor | None) -> State:
    """Return a state in torch's form: a tuple for the LSTM, otherwise one tensor."""
    return hidden if memory is None else (hidden, memory)
