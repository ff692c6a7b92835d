"""C11 of study 2 where budgets end before some strings are stored: coverage, verdicts and bias."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr
from scipy.stats import norm

from seqmem.analysis.claims.study_2.rules.constants import MOST_CENSORED
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.context import (
    CELLS,
    SEARCH_LUCK,
    SEARCHES,
    Effects,
    design,
    rule_verdicts,
)
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

STRINGS = 6
# Octaves, between strings of a search. The luck of a search is that of the mean of its strings.
STRING_LUCK = 0.4
# Expectation-maximization steps. More change no mean of a search by a thousandth of an octave.
_STEPS = 60

SCENARIOS = {
    "context .8": Effects(0.8, 0.0, 0.3),
    "context .8, conditions differ": Effects(0.8, 0.0, 0.8),
    "4 octaves of context as 2 of bits": Effects(0.4, 0.8, 0.3),
    "slope of context at its margin, no effect of bits": Effects(0.1, 0.0, 0.3),
}
# Times of the hardest condition that are longer than the budget, on average over studies.
CENSORED = (0.02, 0.05, 0.10)


class CensoredResult(NamedTuple):
    """Results of a scenario.

    Attributes
    ----------
    coverage : float
        Coverage of the 95 % interval of the slope of context, one cell.
    supported, refuted : float
        Shares of studies in which both cells support, and in which one refutes.
    left_out : float
        Mean number of conditions that are left out, of ten.
    """

    coverage: float
    supported: float
    refuted: float
    left_out: float


def simulate_strings(effects: Effects, seed: str, studies: int) -> Array:
    """Return log2 of the times of strings.

    Parameters
    ----------
    effects : Effects
        The true effects.
    seed : str
        Name of the scenario.
    studies : int
        Number of studies.

    Returns
    -------
    array of float, shape (studies, cells, conditions, searches, strings)
        log2 of times.
    """
    rng = generator("simulation", "context", "censored", seed)
    plane = design() @ np.array([0.0, effects.context, effects.bits])
    shape = (studies, CELLS, len(plane))
    shared, own = rng.normal(size=(studies, 1, len(plane))), rng.normal(size=shape)
    conditions = effects.condition * np.sqrt(0.5) * (shared + own)
    luck = np.sqrt(SEARCH_LUCK**2 - STRING_LUCK**2 / STRINGS) * rng.normal(size=(*shape, SEARCHES))
    strings = STRING_LUCK * rng.normal(size=(*shape, SEARCHES, STRINGS))
    values: Array = ((plane + conditions)[..., None] + luck)[..., None] + strings
    return values


def budget_of(effects: Effects, share: float) -> float:
    """Return log2 of the budget that a share of the times of the hardest condition exceeds."""
    hardest = float((design() @ np.array([0.0, effects.context, effects.bits])).max())
    of_search = SEARCH_LUCK**2 - STRING_LUCK**2 / STRINGS
    deviation = np.sqrt(effects.condition**2 + of_search + STRING_LUCK**2)
    return hardest + float(norm.isf(share)) * float(deviation)


def search_means(times: Array, censored: NDArray[np.bool_], used: NDArray[np.bool_]) -> Array:
    """Return the means of searches by censored regression, as `censored_regression` gives them.

    Each study and cell has one variance of strings, from the conditions that are used.

    Parameters
    ----------
    times : array of float, shape (..., conditions, searches, strings)
        log2 of times, or of the budget.
    censored : array of bool, of the same shape
        Whether a time is longer than the budget.
    used : array of bool, shape (..., conditions)
        Conditions that are used.

    Returns
    -------
    array of float, shape (..., conditions, searches)
        Means.
    """
    weight = used[..., None, None]
    count = weight.sum(axis=(-3, -2, -1), keepdims=True) * times[0, 0, 0].size
    expected, added = times, np.zeros_like(times)
    for _ in range(_STEPS):
        means = expected.mean(axis=-1, keepdims=True)
        squares = np.where(weight, (expected - means) ** 2 + added, 0.0)
        total = squares.sum(axis=(-3, -2, -1), keepdims=True)
        deviation = np.sqrt(np.maximum(total, 1e-12) / np.maximum(count, 1))
        places = (times - means) / deviation
        hazards = np.exp(-(places**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-places))
        expected = np.where(censored, means + deviation * hazards, times)
        added = np.where(censored, deviation**2 * (1 + places * hazards - hazards**2), 0.0)
    final: Array = expected.mean(axis=-1)
    return final


def censored_result(name: str, share: float, simulations: int = SIMULATIONS) -> CensoredResult:
    """Return coverage and verdicts in a scenario.

    Parameters
    ----------
    name : str
        Name in `SCENARIOS`.
    share : float
        Share of the times of the hardest condition that are longer than the budget, on average.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    CensoredResult
        The results. A cell with too few conditions decides nothing and counts in no coverage.
    """
    truth = SCENARIOS[name]
    limit = budget_of(truth, share)
    times = simulate_strings(truth, f"{name}, {share:g}", simulations)
    censored = times > limit
    used = censored.mean(axis=(-2, -1)) <= MOST_CENSORED
    means = search_means(np.minimum(times, limit), censored, used)
    shape = means.shape[:2]
    covered = np.full(shape, np.nan)
    supported, refuted = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for pattern in np.unique(used.reshape(-1, used.shape[-1]), axis=0):
        table = design()[pattern]
        if len(table) <= table.shape[1] or np.linalg.matrix_rank(table) < table.shape[1]:
            continue
        alike = (used == pattern).all(axis=-1)
        found = rule_verdicts(means[alike][:, pattern], truth.context, table)
        covered[alike], supported[alike], refuted[alike] = found
    return CensoredResult(
        float(np.nanmean(covered)),
        float(supported.all(axis=1).mean()),
        float(refuted.any(axis=1).mean()),
        float((~used).sum(axis=-1).mean()),
    )
