"""Coverage, wrong verdicts and power of C6, C7 and C8 of study 2, whose parts must all hold.

Standard deviations and correlations are those of study 1, at matched learning rates (C6, C7) and
after training (C8).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.claims.study_2.rules.constants import (
    CURVE_RATES,
    CURVE_STRINGS,
    GRADIENT_SEEDS,
    HALF_LIFE_RATIO,
    LEAST_HALF_LIFE,
    LOSS_MARGIN,
    OTHER_CONFIDENCE,
    PLAIN_CONFIDENCE,
    VOLATILITY_RATIO,
)
from seqmem.analysis.claims.study_2.rules.judging import joint_confidence
from seqmem.analysis.estimators.two_samples import POWER
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

SIZES = 2
# Standard deviations between strings of LSTM - GRU at five rates, by level (64 and 256). Study 1
# had the first, third and fifth; those between are means.
LOSS_DEVIATIONS = ((0.47, 0.39, 0.30, 0.38, 0.45), (0.07, 0.24, 0.41, 0.46, 0.51))
VOLATILITY_DEVIATIONS = ((0.69, 0.68, 0.67, 0.76, 0.85), (0.46, 0.33, 0.19, 0.18, 0.16))
# Correlation of the volatility of a string at two rates, by level.
VOLATILITY_CORRELATIONS = (0.5, 0.0)
# Standard deviations of log2 half-lives between seeds at the two levels: GRU, LSTM with forget bias
# 0 and 1, RNN. Strings of long context are given those of the first level.
LIFE_DEVIATIONS = ((0.98, 0.57, 0.16, 1.77), (0.35, 0.46, 0.54, 0.72))
# Both sizes have the same LSTM.
SIZE_CORRELATION = 0.5

# Standard values: (rng, shape) -> mean 0, variance 1.
Standard = Callable[[np.random.Generator, tuple[int, ...]], Array]
# Values of the parts, each (studies, strata, units), about their true means.
Draw = Callable[[np.random.Generator, int, Standard], list[Array]]


class PartsDesign(NamedTuple):
    """A claim of several parts.

    Attributes
    ----------
    draw : callable
        Draws the values of all parts.
    skew : float
        Largest skewness in study 1.
    """

    draw: Draw
    skew: float


class PartsResult(NamedTuple):
    """Results of one scenario.

    Attributes
    ----------
    coverage : float
        Least coverage of the 95 % interval of a part.
    supported : float
        Largest share of studies that support the claim although one part is at its margin.
    refuted, refuted_by_one : float
        Shares of studies that refute the claim although all parts are at their margins, by limits
        for all parts together and by limits of single parts.
    supported_from, refuted_from : float
        Distance of all parts from their margins at which the claim is supported or refuted with
        80 %, in the unit of the claim.
    """

    coverage: float
    supported: float
    refuted: float
    refuted_by_one: float
    supported_from: float
    refuted_from: float


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw from the standard normal distribution."""
    return rng.normal(size=shape)


def skewed(skew: float) -> Standard:
    """Return draws from a gamma distribution with mean 0, variance 1 and a skewness."""
    form = 4 / skew**2

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return (rng.gamma(form, size=shape) - form) / math.sqrt(form)

    return draw


def correlated(common: Array, own: Array, correlation: float) -> Array:
    """Return values that share a part of their variance."""
    return math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own


def losses(rng: np.random.Generator, studies: int, standard: Standard) -> list[Array]:
    """Draw C6: a part is a level at one size, and its value the mean over the learning rates."""
    parts = []
    for deviations in LOSS_DEVIATIONS:
        shape = studies, CURVE_STRINGS, CURVE_RATES
        common = standard(rng, shape)
        for _ in range(SIZES):
            values = correlated(common, standard(rng, shape), SIZE_CORRELATION) * deviations
            parts.append(values.mean(axis=2)[:, None])
    return parts


def volatilities(rng: np.random.Generator, studies: int, standard: Standard) -> list[Array]:
    """Draw C7: a part is a level at one learning rate and one size."""
    parts = []
    for deviations, correlation in zip(VOLATILITY_DEVIATIONS, VOLATILITY_CORRELATIONS, strict=True):
        shape = studies, CURVE_STRINGS
        of_string = standard(rng, shape)
        for deviation in deviations:
            common = correlated(of_string, standard(rng, shape), correlation)
            for _ in range(SIZES):
                values = correlated(common, standard(rng, shape), SIZE_CORRELATION)
                parts.append(deviation * values[:, None])
    return parts


def half_lives(rng: np.random.Generator, studies: int, standard: Standard) -> list[Array]:
    """Draw C8: of short and long context, each network's half-life, and that over the RNN's."""
    parts = []
    for strata in (LIFE_DEVIATIONS, LIFE_DEVIATIONS[:1]):
        shape = studies, len(strata), GRADIENT_SEEDS
        *gated, plain = np.transpose(strata)[:, :, None]
        # Study 1 had skewed half-lives of the RNN alone.
        of_rnn = plain * standard(rng, shape)
        for deviations in gated:
            own = deviations * rng.normal(size=shape)
            parts += [own, own - of_rnn]
    return parts


DESIGNS = {
    "C6": PartsDesign(losses, 1.7),
    "C7": PartsDesign(volatilities, 0.7),
    "C8": PartsDesign(half_lives, 1.9),
}
MARGINS = {
    "C6": f"{LOSS_MARGIN:g}",
    "C7": f"ln {VOLATILITY_RATIO:g}",
    "C8": f"log2 {HALF_LIFE_RATIO:g}, log2 {LEAST_HALF_LIFE:g}",
}


def part_estimates(values: Array) -> tuple[Array, Array, int]:
    """Return means, standard errors and degrees of freedom, as `clustered_contrast` gives them.

    Parameters
    ----------
    values : array of float, shape (studies, strata, units)
        One value per independent unit.
    """
    _, strata, units = values.shape
    means = values.mean(axis=2)
    variance = values.var(axis=2, ddof=1).mean(axis=1)
    return means.mean(axis=1), np.sqrt(variance / units / strata), strata * (units - 1)


def parts_result(
    claim: str, standard: Standard, seed: str, simulations: int = SIMULATIONS
) -> PartsResult:
    """Return coverage, wrong verdicts and power of a claim.

    Parameters
    ----------
    claim : str
        A name in `DESIGNS`.
    standard : callable
        Draws standard values.
    seed : str
        Name of the scenario.
    simulations : int, default 2000
        Number of studies.
    """
    rng = generator("simulation", "parts", claim, seed)
    parts = DESIGNS[claim].draw(rng, simulations, standard)
    joint = joint_confidence(OTHER_CONFIDENCE, len(parts))
    halves: dict[float, list[Array]] = {
        confidence: [] for confidence in (PLAIN_CONFIDENCE, OTHER_CONFIDENCE, joint)
    }
    estimates = []
    for values in parts:
        estimate, error, freedom = part_estimates(values)
        estimates.append(estimate)
        for confidence, some in halves.items():
            some.append(float(stdtrit(freedom, (1 + confidence) / 2)) * error)
    center = np.array(estimates)
    plain, strict, together = (np.array(some) for some in halves.values())
    # The margins are at 0.
    return PartsResult(
        float((np.abs(center) <= plain).mean(axis=1).min()),
        float((center > strict).mean(axis=1).max()),
        float((center < -together).any(axis=0).mean()),
        float((center < -strict).any(axis=0).mean()),
        float(np.quantile((strict - center).max(axis=0), POWER)),
        float(np.quantile((center + together).min(axis=0), POWER)),
    )
