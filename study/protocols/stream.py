"""The stream protocol: parallel endless repetitions of the string, at random phases."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from seqmem.core.seeding import generator
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.protocols.measures import ProtocolMeasures
from seqmem.study.protocols.protocol import Continuation, Step, Trainer
from seqmem.study.recall import carried_nll_bits, closed_loop

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig


class StreamBatches:
    """Parallel streams of the endlessly repeated string, at random phases.

    Step t returns the symbols ``phase + t * length … phase + (t + 1) * length`` of every stream.
    Its last symbol is the target of the symbol before it and the first input of the next step. A
    network that carries no state reads ``context - 1`` symbols before them too, at every step.

    Parameters
    ----------
    config : RunConfig
        Its data seed decides the phases, which are uniform on 0 … n - 1 and independent.

    Attributes
    ----------
    epoch_is_over : bool
        Always False, because a stream has no end and nothing is held out.
    """

    epoch_is_over = False

    def __init__(self, config: "RunConfig") -> None:
        self._config = config
        symbols = config.string.symbols
        self._symbols = torch.as_tensor(symbols.astype(np.int64), device=config.device)
        phases = generator("phases", config.data_seed).integers(len(symbols), size=config.batch)
        # Symbols before the first input of a network that carries its state.
        self._lead = config.row - config.length
        positions = phases[:, None] + np.arange(-self._lead, config.length + 1)[None, :]
        self._positions = torch.as_tensor(positions % len(symbols), device=config.device)

    @property
    def phases(self) -> Tensor:
        """Index in the string of the next input of every stream, shape (batch,)."""
        return self._positions[:, self._lead]

    def next(self) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of the next step.

        Returns
        -------
        inputs : int64 Tensor, shape (batch, row)
        targets : int64 Tensor, shape (batch, length)
            The symbols after the last ``length`` inputs.
        """
        tokens = self._symbols[self._positions]
        self._positions = (self._positions + self._config.length) % len(self._symbols)
        return tokens[:, :-1], tokens[:, self._lead + 1 :]

    def step(self, trainer: Trainer) -> Step:
        """Train on the next ``length`` symbols of every stream."""
        inputs, targets = self.next()
        return Step(trainer.step(inputs, targets), inputs.numel(), targets.numel())

    def validation_loss(self, memorizer: Memorizer) -> float:
        """Return NaN: nothing is held out."""
        return math.nan

    def continuation(self, memorizer: Memorizer) -> Continuation:
        """Predict the horizon from phase 0 on, after the prompt of recall."""
        string = self._config.string
        horizon = self._config.horizon
        perfect = string.symbols[np.arange(horizon) % string.period].astype(np.int64)
        predicted = closed_loop(memorizer, string, horizon, self._config.blocks)
        return Continuation(predicted, perfect, perfect)

    def measures(self, memorizer: Memorizer, trainer: Trainer) -> ProtocolMeasures:
        """Return the code length of a period that continues the training streams."""
        config = self._config
        carried = carried_nll_bits(
            memorizer, config.string, trainer.state, self.phases, config.blocks
        )
        return ProtocolMeasures(carried_nll_bits=carried)
