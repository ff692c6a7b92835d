"""A recurrent cell in the registry: its size and a function that runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from seqmem.core.imports import import_object

if TYPE_CHECKING:
    from torch import Tensor

States: TypeAlias = tuple["Tensor", ...]
Sequence: TypeAlias = Callable[["Tensor", "States", "Tensor", "Tensor"], tuple["Tensor", "States"]]


@dataclass(frozen=True)
class Cell:
    """A recurrent cell. Only running it needs torch; counting parameters and FLOPs does not.

    Parameters
    ----------
    help : str
        One line about the cell, for help texts and tables.
    gates : int
        Rows of the weight matrices per unit, in PyTorch's order (LSTM: i, f, g, o; GRU: r, z, n).
    states : int
        Tensors carried from step to step (LSTM: h, c; GRU: h).
    sequence : str
        Import string of a function
        ``run_NAME(inputs, states, weight_hh, bias_hh) -> (outputs, final states)``:
        ``inputs`` of shape (length, batch, gates * units) already hold the input product and
        ``bias_ih``; every state is of shape (batch, units), ``outputs`` of (length, batch, units).
    forget_gate : int, optional
        Index of the forget gate among the gates; None if the cell has no forget gate.
    """

    help: str
    gates: int
    states: int
    sequence: str
    forget_gate: int | None = None

    def load(self) -> Sequence:
        """Return the function that ``sequence`` names."""
        function: Sequence = import_object(self.sequence)
        return function
