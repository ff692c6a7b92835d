"""The size of the jumps of the training loss about its trend."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.ndimage import median_filter

from seqmem.study.probes.probe import Probe, ProbeValue

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig
    from seqmem.study.memorizers.memorizer import Memorizer

# Pre-registration of study 1, section 5, C7.
WINDOW_STEPS = 25
LEAST_FRACTION = 0.05
GREATEST_FRACTION = 0.9
# The SD of n independent values has a relative standard error of about 1/sqrt(2 n): 10 % for 50.
LEAST_STEPS = 50


class LossVolatility(Probe):
    """Standard deviation of the logarithm of the training loss about its running median.

    The quantities are ``log_loss_sd`` (see `log_loss_deviation`; NaN below 50 steps) and ``steps``,
    the number of steps that it is computed from.
    """

    columns: ClassVar[Mapping[str, Any]] = {"log_loss_sd": float, "steps": int}

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Start with no losses."""
        self._losses = array("d")
        self._alphabet_size = config.string.alphabet_size

    def see(self, step: int, loss: float) -> None:
        """Keep the loss."""
        self._losses.append(loss)

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Return the deviation over the whole run."""
        deviation, steps = log_loss_deviation(self._losses, self._alphabet_size)
        return {"log_loss_sd": deviation, "steps": steps}


def log_loss_deviation(losses: Sequence[float], alphabet_size: int) -> tuple[float, int]:
    """Return the SD of ln(loss) about its running median, and the number of steps it is from.

    The running median is centred, over 25 steps. A step counts if its window is complete and
    finite, and its own loss is between 0.05 and 0.9 of ln k. That is the loss of a uniform guess.
    Above this range nothing is learned yet, and below it everything is. The SD is the root
    of the mean squared deviation *from the median*. Steady progress at any speed has an SD of 0.

    Parameters
    ----------
    losses : sequence of float, length n
        Mean loss of every training step, in nats per symbol.
    alphabet_size : int
        The number k of symbols.

    Returns
    -------
    deviation : float
        NaN if fewer than 50 steps count.
    steps : int

    Examples
    --------
    >>> falling = [0.9 * 0.99**step for step in range(200)]
    >>> log_loss_deviation(falling, alphabet_size=4)
    (0.0, 176)
    >>> spiky = [0.5, 0.5, 0.5, 0.6] * 50  # every fourth step is ln 1.2 = .182 from the median
    >>> round(log_loss_deviation(spiky, alphabet_size=4)[0], 3)
    0.091
    """
    finite = np.asarray(losses, dtype=float)
    not_finite = np.flatnonzero(~np.isfinite(finite))
    if len(not_finite):
        finite = finite[: not_finite[0]]
    finite = np.maximum(finite, np.finfo(float).tiny)
    margin = WINDOW_STEPS // 2
    if len(finite) < WINDOW_STEPS:
        return math.nan, 0
    logarithm = np.log(finite)
    deviations = (logarithm - median_filter(logarithm, WINDOW_STEPS))[margin:-margin]
    fraction = finite[margin:-margin] / math.log(alphabet_size)
    counted = deviations[(fraction > LEAST_FRACTION) & (fraction < GREATEST_FRACTION)]
    if len(counted) < LEAST_STEPS:
        return math.nan, len(counted)
    return float(np.sqrt(np.mean(counted**2))), len(counted)
