"""What one run says about every smaller budget: the best checkpoint at or before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.psychometric import Array
from study.budget import checkpoint_fractions

# Equality of budget fractions to this relative error is equality.
_TOLERANCE = 1e-9

FRACTIONS: Array = np.array(checkpoint_fractions())


def stored_fractions(nll_bits: ArrayLike, reference_bits: float) -> Array:
    """Stored fraction at each checkpoint, (reference - nll) / reference; unclipped, NaN where nll is not finite.

    Examples
    --------
    >>> stored_fractions([100.0, 25.0], 100.0).tolist()
    [0.0, 0.75]
    """
    nll = np.asarray(nll_bits, dtype=float)
    return (reference_bits - np.where(np.isfinite(nll), nll, np.nan)) / reference_bits


def value_at(budgets: ArrayLike, fractions: ArrayLike, values: ArrayLike) -> Array:
    """Best value of one run at or before each budget fraction.

    Parameters
    ----------
    budgets : (b,) fractions of the full budget.
    fractions, values : (c,) increasing checkpoint fractions of the run and the value at each; NaN counts for nothing.

    Returns
    -------
    (b,) running maximum; NaN before the first checkpoint with a value.

    Examples
    --------
    >>> value_at([0.1, 0.5, 0.7, 1.0], [0.25, 0.5, 1.0], [0.2, 0.6, 0.4]).tolist()
    [nan, 0.6, 0.6, 0.6]
    """
    budgets, fractions = np.asarray(budgets, dtype=float), np.asarray(fractions, dtype=float)
    best = np.fmax.accumulate(np.asarray(values, dtype=float))
    reached = np.searchsorted(fractions, budgets * (1 + _TOLERANCE), side="right")
    return np.concatenate([[np.nan], best])[reached]


def first_passage(fractions: ArrayLike, values: ArrayLike, threshold: float) -> float:
    """Smallest checkpoint fraction at which a value of at least `threshold` is reached; NaN if never.

    Examples
    --------
    >>> first_passage([0.25, 0.5, 1.0], [0.2, 0.6, 0.9], 0.5)
    0.5
    """
    reached = np.flatnonzero(np.asarray(values, dtype=float) >= threshold)
    return float(np.asarray(fractions, dtype=float)[reached[0]]) if len(reached) else float("nan")


def stored_at(
    budgets: ArrayLike,
    fractions: Iterable[ArrayLike],
    nll_bits: Iterable[ArrayLike],
    reference_bits: Iterable[float],
    diverged: Iterable[bool],
) -> Array:
    """Running maximum of the stored fraction of n runs at b budget fractions: shape (n, b).

    The iterables have one entry per run. A diverged run keeps the best it had, but counts at least 0, also before its
    first finite checkpoint, since it is a result and not a missing value.
    """
    rows = [
        np.fmax(row, 0.0) if lost else row
        for row, lost in (
            (value_at(budgets, f, stored_fractions(nll, reference)), lost)
            for f, nll, reference, lost in zip(fractions, nll_bits, reference_bits, diverged, strict=True)
        )
    ]
    return np.array(rows).reshape(len(rows), np.size(budgets))


def memorized_at(
    budgets: ArrayLike,
    fractions: Sequence[ArrayLike],
    exact_prefixes: Sequence[ArrayLike],
    periods: Iterable[int],
) -> Array:
    """Whether each of n runs had memorized by each of b budget fractions: 0.0 or 1.0, shape (n, b)."""
    rows = [
        np.asarray(budgets, dtype=float) * (1 + _TOLERANCE) >= first_passage(f, prefix, period)
        for f, prefix, period in zip(fractions, exact_prefixes, periods, strict=True)
    ]
    return np.array(rows, dtype=float).reshape(len(rows), np.size(budgets))
