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
    Its last symbol is the target of the symbol before it and the first input of the next step.

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
        positions = phases[:, None] + np.arange(config.length + 1)[None, :]
        self._positions = torch.as_tensor(positions % len(symbols), device=config.device)

    @property
    def phases(self) -> Tensor:
        """Index in the string of the next input of every stream, shape (batch,)."""
        return self._positions[:, 0]

    def next(self) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of the next step, both int64 of shape (batch, length)."""
        tokens = self._symbols[self._positions]
        self._positions = (self._positions + self._config.length) % len(self._symbols)
        return tokens[:, :-1], tokens[:, 1:]

    def step(self, trainer: Trainer) -> Step:
        """Train on the next ``length`` symbols of every stream."""
        inputs, targets = self.next()
        return Step(trainer.step(inputs, targets), inputs.numel(), inputs.numel())

    def validation_loss(self, memorizer: Memorizer) -> float:
        """Return NaN: nothing is held out."""
        return math.nan

    def continuation(self, memorizer: Memorizer) -> Continuation:
        """Predict the horizon from phase 0 on, after the prompt of recall."""
        string = self._config.string
        horizon = self._config.horizon
        perfect = string.symbols[np.arange(horizon) % string.period].astype(np.int64)
        return Continuation(closed_loop(memorizer, string, horizon), perfect, perfect)

    def measures(self, memorizer: Memorizer, trainer: Trainer) -> ProtocolMeasures:
        """Return the code length of a period that continues the training streams."""
        carried = carried_nll_bits(memorizer, self._config.string, trainer.state, self.phases)
        return ProtocolMeasures(carried_nll_bits=carried)
