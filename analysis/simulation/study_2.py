"""Coverage and power of the primary claims of study 2, on simulated means of searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, stdtrit

from seqmem.analysis.claims.study_2.rules.constants import (
    DELTA,
    EXPONENT_LEVELS,
    EXPONENT_MARGIN,
    PRIMARY_CONFIDENCE,
)
from seqmem.analysis.estimators.censored_likelihood import AT_LEAST, KNOWN
from seqmem.analysis.estimators.censored_lines import Line, fit_line
from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.estimators.knees import best_knee
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

# Standard deviations of rho between searches, in octaves. Real searches of the paired design had
# .06 to .50 in the old box and .26 to 1.06 in the wide one.
DEVIATIONS = (0.1, 0.2, 0.3, 0.45, 0.6, 1.0)
# Planned searches of each stratum of a claim: k = 2, then k = 4, lower level first.
PLANNED = {"C1": (12, 12, 12, 12), "C2": (10, 6, 12, 8)}
# How much the strata vary, in the same order.
PROFILES = {
    "alike": (0.45, 0.45, 0.45, 0.45),
    "high levels more": (0.26, 1.06, 0.26, 1.06),
    "one of few searches more": (0.26, 1.06, 0.26, 0.26),
    "one of many searches more": (0.26, 0.26, 1.06, 0.26),
}
EFFECTS = (0.3, 0.5)
SLOPE_SEARCHES = (12, 6, 10, 12, 6, 6, 8)
# log2 of the bits of i.i.d. strings of 4 symbols, about 8 bits per LZW code.
SLOPE_PLACES = np.log2(np.array(EXPONENT_LEVELS) * 8.0)
SLOPE_PROFILES = {
    "alike": (0.45,) * 7,
    "growing with the level": (0.26, 0.3, 0.4, 0.5, 0.6, 0.8, 1.06),
    "lowest level most": (1.06, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3),
}
UNEQUAL = 0.3
_STRINGS = 6
_STRING_DEVIATION = 0.25
_KNEE_DRAWS = 499
KNEE_LIMITS = (float(SLOPE_PLACES[2]), float(SLOPE_PLACES[5]))


class StrataResult(NamedTuple):
    """Coverage of 95 % intervals of a mean over strata, and their median half-width.

    Attributes
    ----------
    pooled, own : float
        Coverage with one pooled variance, and with a variance for each stratum.
    half_width : float
        Median half-width of the latter, in octaves.
    alarms : int
        Supported or opposite verdicts without a difference, with a variance for each stratum and a
        margin of 0: rejections at the level of the primary family.
    """

    pooled: float
    own: float
    half_width: float
    alarms: int


class RatioPower(NamedTuple):
    """Power of C1 or C2 at one standard deviation between searches.

    Attributes
    ----------
    supported : float
        Smallest true rho that is supported with 80 %, in octaves.
    directed : float
        Smallest true rho whose interval excludes 0 with 80 %.
    shares : tuple of float
        Probability of `supported` at each of `EFFECTS`.
    equivalent : float
        Probability of `refuted (equivalent)` without a difference.
    """

    supported: float
    directed: float
    shares: tuple[float, ...]
    equivalent: float


class SlopeResult(NamedTuple):
    """Results of the slope of C12.

    Attributes
    ----------
    coverage : float
        Coverage of the 95 % interval.
    alarms : int
        Intervals at 98.75 % without 0 although the exponents are equal.
    half_width : float
        Median half-width of the 98.75 % interval.
    supported : float
        Probability of `supported` with equal exponents.
    refuted : float
        Probability of `refuted` with exponents that differ by .3.
    """

    coverage: float
    alarms: int
    half_width: float
    supported: float
    refuted: float


def strata_result(claim: str, profile: str, simulations: int = SIMULATIONS) -> StrataResult:
    """Return the coverage of the mean over strata that vary differently.

    Parameters
    ----------
    claim : str
        "C1" or "C2", for the planned searches.
    profile : str
        Name in `PROFILES`.
    simulations : int, default 2000
        Number of studies.
    """
    rng = generator("simulation", "study 2 strata", claim, profile)
    means, variances, sizes = _studies(PROFILES[profile], PLANNED[claim], rng, simulations)
    estimates = means.mean(axis=0)
    count = len(sizes)
    pooled_freedom = float((sizes - 1).sum())
    pooled = (variances * (sizes - 1)[:, None]).sum(axis=0) / pooled_freedom
    pooled_error = np.sqrt(pooled * (1 / sizes).sum()) / count
    error, freedom = _own_errors(variances, sizes)
    half = stdtrit(freedom, (1 + PLAIN) / 2) * error
    wide = stdtrit(freedom, (1 + PRIMARY_CONFIDENCE) / 2) * error
    pooled_half = stdtrit(pooled_freedom, (1 + PLAIN) / 2) * pooled_error
    return StrataResult(
        float((np.abs(estimates) <= pooled_half).mean()),
        float((np.abs(estimates) <= half).mean()),
        float(np.median(half)),
        int((np.abs(estimates) > wide).sum()),
    )


def ratio_power(claim: str, deviation: float, simulations: int = SIMULATIONS) -> RatioPower:
    """Return the power of C1 or C2 at the planned numbers of searches.

    Parameters
    ----------
    claim : str
        "C1" or "C2".
    deviation : float
        Standard deviation of rho between searches, in octaves.
    simulations : int, default 2000
        Number of studies.
    """
    rng = generator("simulation", "study 2 power", claim, deviation)
    sizes = PLANNED[claim]
    means, variances, counts = _studies((deviation,) * len(sizes), sizes, rng, simulations)
    estimates = means.mean(axis=0)
    error, freedom = _own_errors(variances, counts)
    half = stdtrit(freedom, (1 + PRIMARY_CONFIDENCE) / 2) * error
    low = estimates - half
    return RatioPower(
        float(np.quantile(DELTA - low, 0.8)),
        float(np.quantile(-low, 0.8)),
        tuple(float((effect + low > DELTA).mean()) for effect in EFFECTS),
        float((np.abs(estimates) + half < DELTA).mean()),
    )


def gate_alarm(searches: int, deviation: float, moved: float = 0.0) -> float:
    """Return the probability that the mean move of a contrast exceeds the margin.

    Parameters
    ----------
    searches : int
        Searches of a claim.
    deviation : float
        Standard deviation of the move between searches, in octaves.
    moved : float, default 0
        True move.

    Examples
    --------
    >>> round(gate_alarm(36, 0.46), 3)
    0.05
    """
    error = deviation / np.sqrt(searches)
    return float(ndtr((moved - DELTA) / error) + ndtr((-moved - DELTA) / error))


def slope_result(
    deviations: Sequence[float], seed: str, censored: float = 0.0, simulations: int = SIMULATIONS
) -> SlopeResult:
    """Return coverage and power of the slope of C12 at the planned numbers of searches.

    Parameters
    ----------
    deviations : sequence of float
        Standard deviation of the log2 ratio between searches, by level.
    seed : str
        Name of the draws.
    censored : float, default 0
        Share of strings at the highest level whose ratio is a lower bound. Without censoring every
        search has one value, the mean of its strings.
    simulations : int, default 2000
        Number of studies.
    """
    rng = generator("simulation", "study 2 slope", seed)
    lines = [_line(deviations, censored, rng) for _ in range(simulations)]
    slopes = np.array([line.slope for line in lines])
    plain, wide = (
        np.array([line.interval(confidence)[1] - line.slope for line in lines])
        for confidence in (PLAIN, PRIMARY_CONFIDENCE)
    )
    return SlopeResult(
        float((np.abs(slopes) <= plain).mean()),
        int((np.abs(slopes) > wide).sum()),
        float(np.median(wide)),
        float((np.abs(slopes) + wide < EXPONENT_MARGIN).mean()),
        float((UNEQUAL + slopes - wide > EXPONENT_MARGIN).mean()),
    )


def knee_result(deviation: float, simulations: int = SIMULATIONS) -> tuple[int, float, float]:
    """Return how often a knee is found without and with one.

    Parameters
    ----------
    deviation : float
        Standard deviation of log2 times between searches.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    alarms : int
        Lines without a knee in which one was found at 5 %.
    found : float
        Share of lines with a knee of the median detectable size, in the middle of the limits, in
        which one was found.
    detectable : float
        That size.
    """
    rng = generator("simulation", "study 2 knee", deviation)
    sizes = np.array(SLOPE_SEARCHES)
    means, variances, _ = _studies((deviation,) * len(sizes), SLOPE_SEARCHES, rng, simulations)
    straight = [_knee(mean, own) for mean, own in zip(means.T, variances.T, strict=True)]
    detectable = float(np.median([size for _, size in straight]))
    bend = np.maximum(0.0, SLOPE_PLACES - np.mean(KNEE_LIMITS)) * detectable
    bent = [_knee(mean + bend, own) for mean, own in zip(means.T, variances.T, strict=True)]
    return (
        sum(found for found, _ in straight),
        float(np.mean([found for found, _ in bent])),
        (detectable),
    )


def _knee(means: Array, variances: Array) -> tuple[bool, float]:
    knee = best_knee(
        SLOPE_PLACES, means, variances, SLOPE_SEARCHES, KNEE_LIMITS, "simulation", _KNEE_DRAWS
    )
    assert knee is not None
    return knee.p_value < 0.05, knee.detectable


def _line(deviations: Sequence[float], censored: float, rng: np.random.Generator) -> Line:
    """Fit one simulated study with equal exponents."""
    strings = _STRINGS if censored else 1
    strata = np.repeat(np.arange(len(SLOPE_SEARCHES)), SLOPE_SEARCHES)
    searches = np.arange(len(strata))
    scale = np.array(deviations)[strata]
    luck = scale * rng.standard_normal(len(strata))
    strata, searches = (np.repeat(some, strings) for some in (strata, searches))
    values = np.repeat(luck, strings)
    kinds = np.full(len(values), KNOWN)
    if censored:
        values = values + _STRING_DEVIATION * rng.standard_normal(len(values))
        top = strata == len(SLOPE_SEARCHES) - 1
        missed = top & (rng.random(len(values)) < censored)
        # The budget ended up to one octave before the slower cell got there.
        values = np.where(missed, values - rng.random(len(values)), values)
        kinds = np.where(missed, AT_LEAST, kinds)
    return fit_line(SLOPE_PLACES[strata], values, kinds, strata.tolist(), searches.tolist())


def _studies(
    deviations: Sequence[float], sizes: Sequence[int], rng: np.random.Generator, simulations: int
) -> tuple[Array, Array, Array]:
    """Return means and variances of strata, shape (strata, studies), and the sizes as floats."""
    draws = [
        deviation * rng.standard_normal((simulations, size))
        for deviation, size in zip(deviations, sizes, strict=True)
    ]
    means = np.array([some.mean(axis=1) for some in draws])
    variances = np.array([some.var(axis=1, ddof=1) for some in draws])
    return means, variances, np.array(sizes, dtype=float)


def _own_errors(variances: Array, sizes: Array) -> tuple[Array, Array]:
    """Return standard errors and degrees of freedom as `stratified_contrast` does."""
    parts = variances / sizes[:, None]
    total = parts.sum(axis=0)
    freedom = total**2 / (parts**2 / (sizes - 1)[:, None]).sum(axis=0)
    return np.sqrt(total) / len(sizes), freedom
