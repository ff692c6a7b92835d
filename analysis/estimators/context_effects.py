"""Effects of the context and of the bits of strings on the time that it takes to learn them.

log2 T = a + b1 log2 context + b2 log2 bits + string condition, where the condition is random. The
search is the unit. Some times are only known to be longer than the budget.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.censored_regression import censored_regression
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.mixed_models import random_intercepts

COVARIATES = ("context", "bits")


class ContextEffects(NamedTuple):
    """Effects on log2 of the time, in octaves per octave.

    Attributes
    ----------
    context, bits : Contrast
        The slopes b1 and b2. `clusters` counts string conditions and `values` searches.
    excess : Contrast
        The effect of some octaves of context minus that of some octaves of bits.
    left_out : list of str
        Conditions of which too many times are censored.
    """

    context: Contrast
    bits: Contrast
    excess: Contrast
    left_out: list[str]


def context_effects(
    strings: pd.DataFrame, octaves: tuple[float, float], most_censored: float
) -> ContextEffects | None:
    """Fit the effects of context and bits to the times of the strings of one cell.

    The value of a search is the mean of log2 of its times by censored regression, with one mean per
    search and one variance of strings. The means are then fitted by REML with a random intercept
    per string condition.

    Parameters
    ----------
    strings : DataFrame, n rows
        One row per string: `condition`, `search`, `log2_time` (or log2 of the budget), `censored`,
        `context` in symbols and `bits`.
    octaves : tuple of float
        Octaves of context and of bits whose effects are compared.
    most_censored : float
        Largest share of censored times of a condition that is used.

    Returns
    -------
    ContextEffects or None
        None if the remaining conditions are too few, or do not tell context from bits.

    Examples
    --------
    A string of twice the context takes twice as long, and bits have no effect:

    >>> design = [(c, b, s) for c in (5, 10, 20, 40) for b in (100, 800) for s in (0, 1)]
    >>> strings = pd.DataFrame(design, columns=["context", "bits", "search"])
    >>> strings = strings.assign(
    ...     condition=strings["context"].astype(str) + "/" + strings["bits"].astype(str),
    ...     log2_time=np.log2(strings["context"]) + 0.1 * strings["search"], censored=False)
    >>> effects = context_effects(strings, (4, 2), 0.1)
    >>> round(effects.context.estimate, 6), round(effects.excess.estimate, 6)
    (1.0, 4.0)
    """
    share = strings["censored"].astype(float).groupby(strings["condition"]).transform("mean")
    left_out = sorted(strings.loc[share > most_censored, "condition"].unique())
    used = strings[share <= most_censored]
    censored = used["censored"].astype(bool)
    searches = used["condition"].astype(str) + "/" + used["search"].astype(str)
    used = used[(~censored).groupby(searches).transform("any")]
    if used.empty:
        return None
    means = _search_means(used)
    covariates = np.column_stack([np.ones(len(means)), *np.log2(means[list(COVARIATES)].T.values)])
    conditions = means["condition"].tolist()
    is_determined = np.linalg.matrix_rank(covariates) == covariates.shape[1]
    if not is_determined or not covariates.shape[1] < len(set(conditions)) < len(means):
        return None
    fit = random_intercepts(means["log2_time"], covariates, conditions)
    more_context, more_bits = octaves
    return ContextEffects(
        fit.effect([0, 1, 0]),
        fit.effect([0, 0, 1]),
        fit.effect([0, more_context, -more_bits]),
        left_out,
    )


def _search_means(strings: pd.DataFrame) -> pd.DataFrame:
    """Return one row per search: mean log2 time, and geometric means of context and bits."""
    keys = ["condition", "search"]
    numbers = strings.groupby(keys, sort=True).ngroup().to_numpy()
    cells = (numbers[:, None] == np.arange(numbers.max() + 1)).astype(float)
    fit = censored_regression(strings["log2_time"], cells, strings["censored"])
    logs = {name: np.log2(strings[name].to_numpy(dtype=float)) for name in COVARIATES}
    means = strings[keys].assign(**logs).groupby(keys, sort=True).mean().reset_index()
    powers = {name: 2.0 ** means[name] for name in COVARIATES}
    return means.assign(log2_time=fit.coefficients, **powers)
