"""How much the training loss jumps about its own trend."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.ndimage import median_filter

from seqmem.study.probes.probe import Probe, Value

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig
    from seqmem.study.memorizers.memorizer import Memorizer

# METHODS section 5, C7.
WINDOW_STEPS = 25
LEAST_FRACTION, GREATEST_FRACTION = 0.05, 0.9
# An SD from n independent values has a relative standard error of about 1/sqrt(2 n): from 50, ten per cent.
LEAST_STEPS = 50


class LossVolatility(Probe):
    """Standard deviation of the logarithm of the training loss about its running median.

    Quantities: ``log_loss_sd`` (see `log_loss_deviation`; NaN below 50 steps) and the number of ``steps`` it is from.
    """

    columns: ClassVar[Mapping[str, Any]] = {"log_loss_sd": float, "steps": int}

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Start with no losses."""
        self._losses = array("d")
        self._alphabet_size = config.string.alphabet_size

    def see(self, step: int, loss: float) -> None:
        """Keep the loss."""
        self._losses.append(loss)

    def end(self, memorizer: Memorizer) -> dict[str, Value]:
        """Return the deviation over the whole run."""
        deviation, steps = log_loss_deviation(self._losses, self._alphabet_size)
        return {"log_loss_sd": deviation, "steps": steps}


def log_loss_deviation(losses: Sequence[float], alphabet_size: int) -> tuple[float, int]:
    """Return the SD of ln(loss) about its running median, and how many steps it is from.

    The running median is centred, over 25 steps. A step counts if its window is whole and all finite and its own loss
    is between .05 and .9 of ln k, the loss of a uniform guess: before, nothing is learned, after, everything. The SD
    is the root of the mean squared deviation *from the median*; steady progress of any speed has none.

    Parameters
    ----------
    losses : sequence of n floats
        Mean loss of every training step, in nats per symbol.
    alphabet_size : int
        k.

    Returns
    -------
    deviation : float
        NaN if fewer than 50 steps count.
    steps : int

    >>> falling = [0.9 * 0.99**step for step in range(200)]
    >>> log_loss_deviation(falling, alphabet_size=4)
    (0.0, 176)
    >>> spiky = [0.5, 0.5, 0.5, 0.6] * 50  # every fourth step is ln 1.2 = .182 from the median
    >>> round(log_loss_deviation(spiky, alphabet_size=4)[0], 3)
    0.091
    """
    seen = np.asarray(losses, dtype=float)
    strange = np.flatnonzero(~np.isfinite(seen))
    seen = np.maximum(seen[: strange[0]] if len(strange) else seen, np.finfo(float).tiny)
    margin = WINDOW_STEPS // 2
    if len(seen) < WINDOW_STEPS:
        return math.nan, 0
    logarithm = np.log(seen)
    deviations = (logarithm - median_filter(logarithm, WINDOW_STEPS))[margin:-margin]
    fraction = seen[margin:-margin] / math.log(alphabet_size)
    counted = deviations[(fraction > LEAST_FRACTION) & (fraction < GREATEST_FRACTION)]
    if len(counted) < LEAST_STEPS:
        return math.nan, len(counted)
    return float(np.sqrt(np.mean(counted**2))), len(counted)
