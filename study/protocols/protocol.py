"""The interfaces of protocols and trainers, and the values that they exchange."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from torch import Tensor

from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.protocols.measures import ProtocolMeasures

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig


class Trainer(Protocol):
    """The training part of an engine: each call is one optimizer step, in place."""

    @property
    def state(self) -> States | None:
        """The carried state: tensors of shape (depth, batch, units); None before the first step."""

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Train on every symbol from the carried state and return the mean loss before the step.

        Parameters
        ----------
        inputs : int64 Tensor, shape (batch, row)
        targets : int64 Tensor, shape (batch, length)
            The symbols after the last ``length`` inputs. Only a network without a carried state
            reads more symbols than it predicts.

        Returns
        -------
        float
            In nats per symbol.
        """
        ...

    def step_last(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> float:
        """Train on the symbol after each row and return the weighted loss before the step.

        The rows start from the zero state.

        Parameters
        ----------
        inputs : int64 Tensor, shape (rows, length)
        targets : int64 Tensor, shape (rows,)
        weights : float32 Tensor, shape (rows,)
            Each row's share of the loss.

        Returns
        -------
        float
            In nats.
        """
        ...


@dataclass(frozen=True)
class Step:
    """One training step that was taken.

    Parameters
    ----------
    loss : float
        Loss before the step, in nats per symbol.
    symbols : int
        Symbols that went through the network.
    nominal_symbols : int
        Symbols of all windows of the step, or targets of all streams. There are more of them than
        ``symbols`` where equal windows are computed once, and fewer where a context is read again.
    """

    loss: float
    symbols: int
    nominal_symbols: int


@dataclass(frozen=True)
class Continuation:
    """The closed loop at the end of a run, and the symbols with which it is compared.

    Parameters
    ----------
    predicted : array of int, shape (horizon,)
        The symbols that the memorizer predicted.
    perfect : array of int, shape (horizon,)
        The symbols that a memorizer predicts that knows the string.
    scored : array of int, shape (horizon,)
        The symbols with which similarities compare the prediction. They differ from ``perfect``
        only under the published start.
    """

    predicted: np.ndarray
    perfect: np.ndarray
    scored: np.ndarray

    @property
    def is_solved(self) -> bool:
        """Whether the whole horizon is predicted without an error."""
        return bool((self.predicted == self.perfect).all())


class Batches(Protocol):
    """Training batches of one string, made from the configuration of a run.

    Attributes
    ----------
    epoch_is_over : bool
        Whether the last step was the last of a pass over the training data.
    """

    epoch_is_over: bool

    def __init__(self, config: "RunConfig") -> None: ...

    def step(self, trainer: Trainer) -> Step:
        """Let the trainer take its next step."""
        ...

    def validation_loss(self, memorizer: Memorizer) -> float:
        """Return the loss on data held out for early stopping, in nats; NaN without such data."""
        ...

    def continuation(self, memorizer: Memorizer) -> Continuation:
        """Run one closed loop over the horizon."""
        ...

    def measures(self, memorizer: Memorizer, trainer: Trainer) -> ProtocolMeasures:
        """Return the measurements that only this protocol can take."""
        ...
