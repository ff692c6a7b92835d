"""Coverage, false alarms and power of clustered contrasts, on simulated values of strings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, largest_t
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

_MAX_T_DRAWS = 20_000

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Layout:
    """Numbers of a balanced design.

    Attributes
    ----------
    strata : int
        Strata, each an (alphabet, level).
    searches : int
        Searches in each stratum.
    strings : int
        Strings in each search.
    """

    strata: int = 4
    searches: int = 3
    strings: int = 8

    def shape(self, simulations: int) -> tuple[int, int, int, int]:
        """Return the shape (simulations, strata, searches, strings) of simulated values.

        Parameters
        ----------
        simulations : int
            Number of simulated sweeps.

        Returns
        -------
        tuple of int
            The shape.
        """
        return simulations, self.strata, self.searches, self.strings


@dataclass(frozen=True)
class Noise:
    """Random parts of the value of a string, in the units of the effect.

    Attributes
    ----------
    search : float
        Standard deviation of the luck of a search.
    string : float
        Standard deviation of string effects.
    draw : callable
        Function of (rng, shape) that draws standardized string effects.
    by_stratum : tuple of float
        Factors on both standard deviations, one per stratum.
    """

    search: float
    string: float
    draw: Draw = lambda rng, shape: rng.normal(size=shape)
    by_stratum: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)


class Interval(NamedTuple):
    """Estimates and limits of n simulated contrasts.

    Attributes
    ----------
    estimate, low, high : array of float, shape (n,)
        Estimates and limits.
    """

    estimate: Array
    low: Array
    high: Array


def _exponential(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.exponential(size=shape) - 1


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    values: Array = rng.standard_t(3, size=shape) / np.sqrt(3)
    return values


def _lapsing(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw effects in which one string in twenty fails by five standard deviations."""
    return rng.normal(size=shape) - 5.0 * (rng.random(shape) < 0.05) + 0.25


def _tied(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw effects of which half are exactly 0."""
    values: Array = rng.normal(size=shape) * np.sqrt(2) * (rng.random(shape) < 0.5)
    return values


NOISES = {
    "strings alone": Noise(0.0, 0.3),
    "search variance": Noise(0.1, 0.3),
    "large search variance": Noise(0.3, 0.3),
    "skewed strings": Noise(0.1, 0.3, _exponential),
    "heavy tails": Noise(0.1, 0.3, _heavy),
    "lapses": Noise(0.1, 0.3, _lapsing),
    "half of the strings tied": Noise(0.1, 0.3, _tied),
    "one level twice as noisy": Noise(0.1, 0.3, by_stratum=(1.0, 1.0, 1.0, 2.0)),
    "one level four times as noisy": Noise(0.1, 0.3, by_stratum=(1.0, 1.0, 1.0, 4.0)),
}


def simulate_values(
    layout: Layout, noise: Noise, effect: float, rng: np.random.Generator, simulations: int
) -> Array:
    """Return simulated values of strings.

    Parameters
    ----------
    layout : Layout
        The design.
    noise : Noise
        Random parts.
    effect : float
        True effect.
    rng : numpy.random.Generator
        Source of the draws.
    simulations : int
        Number of simulated sweeps.

    Returns
    -------
    array of float, shape (simulations, strata, searches, strings)
        Values.
    """
    shape = layout.shape(simulations)
    scale = np.array(
        [noise.by_stratum[stratum % len(noise.by_stratum)] for stratum in range(layout.strata)]
    )
    luck = noise.search * rng.normal(size=(*shape[:3], 1))
    values: Array = effect + (luck + noise.string * noise.draw(rng, shape)) * scale[:, None, None]
    return values


def clustered(values: Array, confidence: float = PLAIN) -> Interval:
    """Return the interval of `clustered_contrast` for n balanced sweeps at once.

    Parameters
    ----------
    values : array of float, shape (n, strata, searches, strings)
        Values. NaN is left out.
    confidence : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    Interval
        Estimates and limits.
    """
    means = np.nanmean(values, axis=3)
    centres = means.mean(axis=2)
    freedom = means.shape[1] * (means.shape[2] - 1)
    variance = ((means - centres[..., None]) ** 2).sum(axis=(1, 2)) / freedom
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * np.sqrt(
        variance / (means.shape[1] * means.shape[2])
    )
    estimate = centres.mean(axis=1)
    return Interval(estimate, estimate - half, estimate + half)


def by_string(values: Array, confidence: float = PLAIN) -> Interval:
    """Return the interval that ignores searches and takes every string as independent.

    It is computed for comparison only; no claim uses it.

    Parameters
    ----------
    values : array of float, shape (n, strata, searches, strings)
        Values.
    confidence : float, default 0.95
        Nominal coverage of the interval.

    Returns
    -------
    Interval
        Estimates and limits.
    """
    flat = values.reshape(len(values), values.shape[1], -1)
    centres = flat.mean(axis=2)
    freedom = flat.shape[1] * (flat.shape[2] - 1)
    variance = ((flat - centres[..., None]) ** 2).sum(axis=(1, 2)) / freedom
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * np.sqrt(
        variance / (flat.shape[1] * flat.shape[2])
    )
    estimate = centres.mean(axis=1)
    return Interval(estimate, estimate - half, estimate + half)


def covered(interval: Interval, truth: float) -> float:
    """Return the share of the intervals that hold the truth.

    Parameters
    ----------
    interval : Interval
        Limits of n contrasts.
    truth : float
        The true value.

    Returns
    -------
    float
        Share from 0 to 1.

    Examples
    --------
    >>> covered(Interval(np.zeros(2), np.array([-1.0, 0.5]), np.ones(2)), 0.0)
    0.5
    """
    return float(((interval.low <= truth) & (truth <= interval.high)).mean())


def contrast_coverage(
    layout: Layout, simulations: int = SIMULATIONS
) -> dict[str, tuple[float, float, float]]:
    """Return the coverage of three intervals under each noise.

    Parameters
    ----------
    layout : Layout
        The design.
    simulations : int, default 2000
        Simulated sweeps per noise.

    Returns
    -------
    dict of str to tuple of three floats
        By name of the noise: coverage of the 95 % interval, of the 99.4 % interval, and of the 95 %
        interval that ignores searches.
    """
    coverages = {}
    for name, noise in NOISES.items():
        rng = generator(
            "simulation", "contrast", layout.strata, layout.searches, layout.strings, name
        )
        values = simulate_values(layout, noise, 0.3, rng, simulations)
        coverages[name] = (
            covered(clustered(values), 0.3),
            covered(clustered(values, BONFERRONI), 0.3),
            covered(by_string(values), 0.3),
        )
    return coverages


def self_rejections(
    layout: Layout, search: float, string: float, simulations: int = SIMULATIONS
) -> tuple[int, int]:
    """Count the comparisons of a cell with itself that reject at 5 %.

    Parameters
    ----------
    layout : Layout
        The design.
    search : float
        Standard deviation of the luck of a search. Each side has its own searches.
    string : float
        Standard deviation of runs. Each side has its own runs.
    simulations : int, default 2000
        Number of comparisons.

    Returns
    -------
    clustered, by_string : int
        Rejections by the clustered interval, and by the one that ignores searches.
    """
    rng = generator("simulation", "self", search, string)
    sides = [
        simulate_values(layout, Noise(search, string), 0.0, rng, simulations) for _ in range(2)
    ]
    difference = sides[0] - sides[1]
    rejected = [
        (1 - covered(rule(difference), 0.0)) * simulations for rule in (clustered, by_string)
    ]
    return round(rejected[0]), round(rejected[1])


def smallest_supported(
    layout: Layout, noise: Noise, margin: float, power: float = 0.8, simulations: int = SIMULATIONS
) -> float:
    """Return the smallest effect that is supported in a given share of sweeps.

    An effect is supported if the 99.4 % interval lies above the margin. The estimate shifts with
    the effect and the width does not. The result is therefore a quantile over sweeps without an
    effect.

    Parameters
    ----------
    layout : Layout
        The design.
    noise : Noise
        Random parts.
    margin : float
        Margin that the interval must exceed.
    power : float, default 0.8
        Share of sweeps.
    simulations : int, default 2000
        Number of simulated sweeps.

    Returns
    -------
    float
        The effect.
    """
    rng = generator("simulation", "power", noise.search, noise.string)
    interval = clustered(simulate_values(layout, noise, 0.0, rng, simulations), BONFERRONI)
    return float(np.quantile(margin - interval.low, power))


def simultaneous_coverage(
    layout: Layout, contrasts: int, simulations: int = SIMULATIONS
) -> tuple[float, float]:
    """Return the share of sweeps in which all max-t intervals hold their truth at 95 %.

    The contrasts have one reference in common.

    Parameters
    ----------
    layout : Layout
        The design.
    contrasts : int
        Number of contrasts.
    simulations : int, default 2000
        Number of simulated sweeps.

    Returns
    -------
    used, estimated : float
        The share with the critical value that is used, and with one for correlations estimated from
        each sweep.
    """
    rng = generator("simulation", "max-t", layout.strata, layout.searches, contrasts)
    values = [
        simulate_values(layout, NOISES["search variance"], 0.0, rng, simulations)
        for _ in range(contrasts + 1)
    ]
    means = np.stack([(value - values[0]).mean(axis=3) for value in values[1:]], axis=-1)
    centres = means.mean(axis=2, keepdims=True)
    freedom = layout.strata * (layout.searches - 1)
    rest = (means - centres).reshape(simulations, -1, contrasts)
    covariance = np.einsum("nij,nik->njk", rest, rest) / freedom / (layout.strata * layout.searches)
    errors = np.sqrt(np.einsum("njj->nj", covariance))
    largest = np.abs(centres[:, :, 0].mean(axis=1) / errors).max(axis=1)
    correlations = covariance / errors[:, :, None] / errors[:, None, :]
    draws = rng.standard_normal((_MAX_T_DRAWS, contrasts)) / np.sqrt(
        rng.chisquare(freedom, (_MAX_T_DRAWS, 1)) / freedom
    )
    estimated = [_quantile(draws, one) for one in correlations]
    return (
        float((largest <= largest_t(contrasts, freedom, PLAIN)).mean()),
        float((largest <= np.array(estimated)).mean()),
    )


def _quantile(draws: Array, correlations: Array) -> float:
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return float(np.quantile(np.abs(draws @ root.T).max(axis=1), PLAIN))
