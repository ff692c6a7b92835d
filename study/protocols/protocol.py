"""What a run needs of a protocol, and a protocol of the engine that trains."""

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
    """An engine: it trains a memorizer in place, one optimizer step a call, and carries the state."""

    @property
    def state(self) -> States | None:
        """The carried state, tensors of shape (depth, batch, units); None before the first step."""

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Train on every symbol, from the carried state; return the mean loss before the step."""
        ...

    def step_last(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> float:
        """Train on the symbol after each row, from the zero state; return the weighted loss before the step."""
        ...


@dataclass(frozen=True)
class Step:
    """What one training step did.

    Parameters
    ----------
    loss : float
        Before the step, in nats per symbol.
    symbols : int
        Symbols that went through the network.
    nominal_symbols : int
        Symbols that the step stands for; more than ``symbols`` where equal work was done once.
    """

    loss: float
    symbols: int
    nominal_symbols: int


@dataclass(frozen=True)
class Continuation:
    """A closed loop at the end of a run: what was predicted, and with what it is compared.

    Parameters
    ----------
    predicted : array of shape (horizon,)
    perfect : array of shape (horizon,)
        What a memorizer that knows the string predicts.
    scored : array of shape (horizon,)
        What similarities compare the prediction with; as ``perfect`` but under the published start.
    """

    predicted: np.ndarray
    perfect: np.ndarray
    scored: np.ndarray

    @property
    def is_solved(self) -> bool:
        """Whether the whole horizon is predicted without an error."""
        return bool((self.predicted == self.perfect).all())


class Batches(Protocol):
    """Training batches of one string, made from the configuration of a run."""

    epoch_is_over: bool

    def __init__(self, config: "RunConfig") -> None: ...

    def step(self, trainer: Trainer) -> Step:
        """Let the trainer take its next step."""
        ...

    def validation_loss(self, memorizer: Memorizer) -> float:
        """Return the loss on data held out for early stopping, in nats; NaN where there are none."""
        ...

    def continuation(self, memorizer: Memorizer) -> Continuation:
        """Run one closed loop over the horizon."""
        ...

    def measures(self, memorizer: Memorizer, trainer: Trainer) -> ProtocolMeasures:
        """Return the measurements that only this protocol can take."""
        ...
