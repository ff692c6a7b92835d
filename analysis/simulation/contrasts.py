"""Coverage, false alarms and power of clustered contrasts, on simulated values of strings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, largest_t
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

SIMULATIONS = 2000
_MAX_T_DRAWS = 20_000

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Layout:
    """A design: strata (alphabet x level), searches in each, strings in each search."""

    strata: int = 4
    searches: int = 3
    strings: int = 8

    def shape(self, simulations: int) -> tuple[int, int, int, int]:
        return simulations, self.strata, self.searches, self.strings


@dataclass(frozen=True)
class Noise:
    """What the value of a string is beside the effect, in units of the effect.

    Attributes
    ----------
    search : standard deviation of the luck of a search.
    string : of a string.
    draw : standardized string effects.
    by_stratum : factors on both, one per stratum.
    """

    search: float
    string: float
    draw: Draw = lambda rng, shape: rng.normal(size=shape)
    by_stratum: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)


class Interval(NamedTuple):
    """Estimates and limits of n simulated contrasts, each (n,)."""

    estimate: Array
    low: Array
    high: Array


def _exponential(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.exponential(size=shape) - 1


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    values: Array = rng.standard_t(3, size=shape) / np.sqrt(3)
    return values


def _lapsing(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """One string in twenty is a failure five standard deviations down."""
    return rng.normal(size=shape) - 5.0 * (rng.random(shape) < 0.05) + 0.25


def _tied(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Half of the strings tie."""
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


def simulate(
    layout: Layout, noise: Noise, effect: float, rng: np.random.Generator, simulations: int
) -> Array:
    """Values of strings: (n, strata, searches, strings)."""
    shape = layout.shape(simulations)
    scale = np.array(
        [noise.by_stratum[place % len(noise.by_stratum)] for place in range(layout.strata)]
    )
    luck = noise.search * rng.normal(size=(*shape[:3], 1))
    values: Array = effect + (luck + noise.string * noise.draw(rng, shape)) * scale[:, None, None]
    return values


def clustered(values: Array, confidence: float = PLAIN) -> Interval:
    """The interval of `seqmem.analysis.estimators.contrasts.clustered_contrast` for n balanced sweeps at once.

    Parameters
    ----------
    values : (n, strata, searches, strings); NaN is left out.
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
    """The interval that forgets searches: every string is independent. For comparison; nothing uses it."""
    flat = values.reshape(len(values), values.shape[1], -1)
    centres = flat.mean(axis=2)
    freedom = flat.shape[1] * (flat.shape[2] - 1)
    variance = ((flat - centres[..., None]) ** 2).sum(axis=(1, 2)) / freedom
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * np.sqrt(
        variance / (flat.shape[1] * flat.shape[2])
    )
    estimate = centres.mean(axis=1)
    return Interval(estimate, estimate - half, estimate + half)


def covered(found: Interval, truth: float) -> float:
    """Share of the intervals that hold the truth."""
    return float(((found.low <= truth) & (truth <= found.high)).mean())


def contrast_coverage(
    layout: Layout, simulations: int = SIMULATIONS
) -> dict[str, tuple[float, float, float]]:
    """For each noise: coverage of the 95 % interval, of the 99.4 % interval, and of the one that forgets searches."""
    found = {}
    for name, noise in NOISES.items():
        rng = generator(
            "simulation", "contrast", layout.strata, layout.searches, layout.strings, name
        )
        values = simulate(layout, noise, 0.3, rng, simulations)
        found[name] = (
            covered(clustered(values), 0.3),
            covered(clustered(values, BONFERRONI), 0.3),
            covered(by_string(values), 0.3),
        )
    return found


def self_rejections(
    layout: Layout, search: float, string: float, simulations: int = SIMULATIONS
) -> tuple[int, int]:
    """How many of n comparisons of a cell with itself reject at 5 %: clustered, and forgetting searches.

    Either side has the luck of its own searches (standard deviation `search`) and runs (`string`).
    """
    rng = generator("simulation", "self", search, string)
    sides = [simulate(layout, Noise(search, string), 0.0, rng, simulations) for _ in range(2)]
    difference = sides[0] - sides[1]
    rejected = [
        (1 - covered(rule(difference), 0.0)) * simulations for rule in (clustered, by_string)
    ]
    return round(rejected[0]), round(rejected[1])


def smallest_supported(
    layout: Layout, noise: Noise, margin: float, power: float = 0.8, simulations: int = SIMULATIONS
) -> float:
    """The smallest effect for which the 99.4 % interval lies above the margin in a share `power` of sweeps.

    The estimate shifts with the effect and the width does not, so it is a quantile over sweeps without an effect.
    """
    rng = generator("simulation", "power", noise.search, noise.string)
    found = clustered(simulate(layout, noise, 0.0, rng, simulations), BONFERRONI)
    return float(np.quantile(margin - found.low, power))


def simultaneous_coverage(
    layout: Layout, contrasts: int, simulations: int = SIMULATIONS
) -> tuple[float, float]:
    """Share of sweeps in which all max-t intervals of contrasts with one reference hold their truth at 95 %.

    First with the critical value that is used, then with one for the correlations as estimated from each sweep.
    """
    rng = generator("simulation", "max-t", layout.strata, layout.searches, contrasts)
    values = [
        simulate(layout, NOISES["search variance"], 0.0, rng, simulations)
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
