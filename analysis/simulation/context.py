"""Coverage, false positives and power of C11 of study 2: context against bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit
from scipy.stats import rankdata

from seqmem.analysis.claims.study_2.rules.constants import (
    BITS_OCTAVES,
    CONTEXT_OCTAVES,
    LEAST_CONTEXT_SLOPE,
    PRIMARY_CONFIDENCE,
)
from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

SEARCHES = 3
CELLS = 2
CONTEXTS = (5, 10, 20, 40, 80)
# Mean bits of the conditions of study2-sources, few and many, by context.
BITS = ((113, 138, 152, 132, 120), (841, 708, 612, 588, 564))
# Octaves, between searches of a condition: the means of their strings.
SEARCH_LUCK = 0.4


class Effects(NamedTuple):
    """A true effect of strings on log2 of the time.

    Attributes
    ----------
    context, bits : float
        Octaves of time per octave.
    condition : float
        Standard deviation of the conditions about the plane, in octaves. Half of its variance is
        shared by the cells.
    """

    context: float
    bits: float
    condition: float


class RuleResult(NamedTuple):
    """Results of a scenario.

    Attributes
    ----------
    coverage : float
        Coverage of the 95 % interval of the slope of context, one cell.
    supported, refuted : float
        Shares of studies in which both cells support, and in which one refutes.
    by_ranks : float
        Share of studies that a rank correlation of time with context above that with bits would
        have called supported, one cell.
    """

    coverage: float
    supported: float
    refuted: float
    by_ranks: float


SCENARIOS = {
    "no effect": Effects(0.0, 0.0, 0.3),
    "slope of context at its margin, no effect of bits": Effects(0.1, 0.0, 0.3),
    "4 octaves of context as 2 of bits": Effects(0.4, 0.8, 0.3),
    "4 octaves of context as 2 of bits, conditions differ": Effects(0.4, 0.8, 0.8),
    "equal slopes": Effects(0.5, 0.5, 0.3),
    "bits alone": Effects(0.0, 0.8, 0.3),
    "context .4": Effects(0.4, 0.0, 0.3),
    "context .8": Effects(0.8, 0.0, 0.3),
    "context .8, conditions differ": Effects(0.8, 0.0, 0.8),
}


def design() -> Array:
    """Return the covariates of the ten conditions, shape (10, 3): 1, log2 context, log2 bits."""
    contexts = np.log2(np.tile(CONTEXTS, len(BITS)).astype(float))
    return np.column_stack([np.ones(len(contexts)), contexts, np.log2(np.ravel(BITS))])


def simulate(effects: Effects, seed: str, studies: int) -> Array:
    """Return log2 of the times of searches, shape (studies, cells, conditions, searches)."""
    rng = generator("simulation", "context", seed)
    plane = design() @ np.array([0.0, effects.context, effects.bits])
    shape = (studies, CELLS, len(plane))
    shared, own = rng.normal(size=(studies, 1, len(plane))), rng.normal(size=shape)
    conditions = effects.condition * np.sqrt(0.5) * (shared + own)
    luck = SEARCH_LUCK * rng.normal(size=(*shape, SEARCHES))
    values: Array = (plane + conditions)[..., None] + luck
    return values


def slopes(values: Array, table: Array | None = None) -> tuple[Array, Array, int]:
    """Return coefficients and their covariance by REML, in closed form for this balanced design.

    All searches of a condition have the same covariates. So the coefficients are those of the means
    of the conditions. Their variance is that of the means about the plane, or the pooled variance
    if that is larger than the variance between conditions would be.

    Parameters
    ----------
    values : array of float, shape (..., conditions, searches)
        log2 of times.
    table : array of float, shape (conditions, 3), optional
        Covariates of the conditions; by default those of all ten.

    Returns
    -------
    coefficients : array of float, shape (..., 3)
        Intercept and slopes.
    covariance : array of float, shape (..., 3, 3)
        Their covariance.
    freedom : int
        Satterthwaite's degrees of freedom: conditions - 3.
    """
    table = design() if table is None else table
    searches = values.shape[-1]
    means = values.mean(axis=-1)
    coefficients = means @ np.linalg.pinv(table).T
    freedom = len(table) - table.shape[1]
    between = searches * ((means - coefficients @ table.T) ** 2).sum(axis=-1)
    within = ((values - means[..., None]) ** 2).sum(axis=(-2, -1))
    within_freedom = len(table) * (searches - 1)
    pooled = (between + within) / (freedom + within_freedom)
    has_conditions = between / freedom > within / within_freedom
    variance = np.where(has_conditions, between / freedom, pooled) / searches
    covariance: Array = variance[..., None, None] * np.linalg.inv(table.T @ table)
    return coefficients, covariance, freedom


def rule_result(name: str, simulations: int = SIMULATIONS) -> RuleResult:
    """Return coverage and verdicts in a scenario.

    Parameters
    ----------
    name : str
        Name in `SCENARIOS`.
    simulations : int, default 2000
        Number of studies.

    Returns
    -------
    RuleResult
        The results.
    """
    truth = SCENARIOS[name]
    values = simulate(truth, name, simulations)
    found = rule_verdicts(values, truth.context)
    return RuleResult(
        float(found.covered.mean()),
        float(found.supported.all(axis=1).mean()),
        float(found.refuted.any(axis=1).mean()),
        float(_ranks_prefer_context(values[:, 0].mean(axis=-1)).mean()),
    )


class CellVerdicts(NamedTuple):
    """What the rule says about cells, each of the shape (...) of their values.

    Attributes
    ----------
    covered : array of bool
        Whether the 95 % interval holds the slope of context.
    supported, refuted : array of bool
        By the 98.75 % intervals of the slope of context, and of context against bits.
    """

    covered: Array
    supported: Array
    refuted: Array


def rule_verdicts(values: Array, truth: float, table: Array | None = None) -> CellVerdicts:
    """Judge cells by the rule.

    Parameters
    ----------
    values : array of float, shape (..., conditions, searches)
        log2 of times.
    truth : float
        The true slope of context.
    table : array of float, shape (conditions, 3), optional
        As for `slopes`.
    """
    coefficients, covariance, freedom = slopes(values, table)
    weights = np.array([[0.0, 1.0, 0.0], [0.0, CONTEXT_OCTAVES, -BITS_OCTAVES]])
    estimates = coefficients @ weights.T
    errors = np.sqrt(np.einsum("pi,...ij,pj->...p", weights, covariance, weights))
    plain = stdtrit(freedom, (1 + PLAIN) / 2) * errors[..., 0]
    half = stdtrit(freedom, (1 + PRIMARY_CONFIDENCE) / 2) * errors
    margins = np.array([LEAST_CONTEXT_SLOPE, 0.0])
    return CellVerdicts(
        np.abs(estimates[..., 0] - truth) <= plain,
        (estimates - half > margins).all(axis=-1),
        (estimates + half < margins).any(axis=-1),
    )


def _ranks_prefer_context(means: Array) -> Array:
    """Return whether the rank correlation with context exceeds that with bits, shape (studies,)."""
    ranks = rankdata(means, axis=-1)
    columns = rankdata(design()[:, 1:], axis=0)
    centred = columns - columns.mean(axis=0)
    scaled = centred / np.linalg.norm(centred, axis=0)
    correlations = (ranks - ranks.mean(axis=-1, keepdims=True)) @ scaled
    prefer: Array = correlations[:, 0] > correlations[:, 1]
    return prefer
