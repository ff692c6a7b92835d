"""The loss after fixed numbers of steps, whatever the budget."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

from seqmem.study.probes.probe import Probe, ProbeValue
from seqmem.study.recall import teacher_forced

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig
    from seqmem.study.memorizers.memorizer import Memorizer

# 1,709 default steps of 32 x 64 symbols are 1,000 epochs of 3,500 symbols: pre-registration of
# study 1, section 5, C6.
STEPS = (100, 200, 500, 1000, 1709)
# The window of the probe loss_volatility.
MEDIAN_STEPS = 25


class LossAfterSteps(Probe):
    """Loss per symbol after 100, 200, 500, 1,000 and 1,709 steps.

    It is NaN for steps that a run does not reach. To reach them after the string is memorized, use
    ``stop_on_memorized = false``. There are two quantities for each number of steps:

    - ``<steps>_loss_nats_per_symbol``: the median training loss of the last 25 steps, on which one
      batch or spike has little influence;
    - ``<steps>_nll_bits_per_symbol``: the code length of one period in recall divided by the
      period, for the network after the step. It does not depend on the batch, but the next step may
      change it.
    """

    columns: ClassVar[Mapping[str, Any]] = {
        f"{steps}_{quantity}": float
        for steps in STEPS
        for quantity in ("loss_nats_per_symbol", "nll_bits_per_symbol")
    }

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Remember the network, which training changes in place, and its string."""
        self._memorizer = memorizer
        self._string = config.string
        self._blocks = config.blocks
        self._last: deque[float] = deque(maxlen=MEDIAN_STEPS)
        self._values: dict[str, ProbeValue] = dict.fromkeys(self.columns, math.nan)

    def see(self, step: int, loss: float) -> None:
        """Keep the loss, and measure if this is one of the steps."""
        self._last.append(loss)
        if step not in STEPS or not math.isfinite(loss):
            return
        recall = teacher_forced(self._memorizer, self._string, self._blocks)
        self._values[f"{step}_loss_nats_per_symbol"] = median(self._last)
        self._values[f"{step}_nll_bits_per_symbol"] = recall.nll_bits / recall.period

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Return the values that were measured during training."""
        return self._values
