"""What one run says about every smaller budget: the best checkpoint at or before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seqmem.core.arrays import Array
from seqmem.study.budget import checkpoint_fractions

# Equality of budget fractions to this relative error is equality.
_TOLERANCE = 1e-9

FRACTIONS: Array = np.array(checkpoint_fractions())


def stored_fractions(nll_bits: ArrayLike, reference_bits: ArrayLike) -> Array:
    """Stored fraction at each checkpoint, (reference - nll) / reference; unclipped.

    NaN where nll is not finite, or the reference is no bits at all: of nothing no share can be stored.

    Examples
    --------
    >>> stored_fractions([100.0, 25.0], 100.0).tolist()
    [0.0, 0.75]
    """
    nll, given = np.asarray(nll_bits, dtype=float), np.asarray(reference_bits, dtype=float)
    reference = np.where(given > 0, given, np.nan)
    found: Array = (reference - np.where(np.isfinite(nll), nll, np.nan)) / reference
    return found


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
    found: Array = _values_at(budgets, padded([fractions]), padded([values]))[0]
    return found


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
    reference = np.array(list(reference_bits), dtype=float)
    found = _values_at(
        budgets, padded(fractions), stored_fractions(padded(nll_bits), reference[:, None])
    )
    lost = np.array(list(diverged), dtype=bool)
    found[lost] = np.fmax(found[lost], 0.0)
    return found


def memorized_at(
    budgets: ArrayLike,
    fractions: Sequence[ArrayLike],
    exact_prefixes: Sequence[ArrayLike],
    periods: Iterable[int],
) -> Array:
    """Whether each of n runs had memorized by each of b budget fractions: 0.0 or 1.0, shape (n, b)."""
    first = memorized_first(fractions, exact_prefixes, periods)
    found: Array = (np.asarray(budgets, dtype=float) * (1 + _TOLERANCE) >= first[:, None]).astype(
        float
    )
    return found


def memorized_by_budget(runs: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each of n runs had memorized within its budget, at any checkpoint: (n,).

    A run that goes on after memorizing and loses the string again did memorize it: the value at a budget is the best
    checkpoint at or before it. For runs that stop when they memorize this is the record's `memorized`, at the end.
    """
    first = memorized_first(
        runs["checkpoint_fractions"], runs["checkpoint_exact_prefixes"], runs["period"]
    )
    return np.asarray(runs["memorized"].to_numpy(dtype=bool) | ~np.isnan(first))


def memorized_first(
    fractions: Iterable[ArrayLike], exact_prefixes: Iterable[ArrayLike], periods: Iterable[int]
) -> Array:
    """Smallest checkpoint fraction at which each of n runs had memorized; NaN if it never had: shape (n,)."""
    places, prefixes = padded(fractions), padded(exact_prefixes)
    hits = prefixes >= np.array(list(periods), dtype=float)[:, None]
    if not hits.size:
        return np.full(len(hits), np.nan)
    return np.where(hits.any(axis=1), places[np.arange(len(hits)), hits.argmax(axis=1)], np.nan)


def padded(lists: Iterable[ArrayLike]) -> Array:
    """Rows of unequal lengths as one array, NaN after the end of each: shape (n, longest).

    Examples
    --------
    >>> padded([[0.5, 1.0], [1.0]]).tolist()
    [[0.5, 1.0], [1.0, nan]]
    """
    rows = [np.asarray(row, dtype=float) for row in lists]
    lengths = np.array([len(row) for row in rows], dtype=int)
    table = np.full((len(rows), lengths.max(initial=0)), np.nan)
    if table.size:
        table[np.arange(table.shape[1]) < lengths[:, None]] = np.concatenate(rows)
    return table


def answers_smaller_budgets(runs: pd.DataFrame) -> NDArray[np.bool_]:
    """Which runs' checkpoints answer smaller budgets: (n,). A run that ended on restored best weights does not:

    a run with the smaller budget would have ended on other weights than those its checkpoints measured.
    """
    if "restore_best_weights" not in runs:
        return np.ones(len(runs), dtype=bool)
    return np.asarray(~runs["restore_best_weights"].eq(True).to_numpy(dtype=bool))


def _values_at(budgets: ArrayLike, fractions: Array, values: Array) -> Array:
    """Best value of n runs at b budgets from padded (n, c) arrays: shape (n, b)."""
    budgets = np.atleast_1d(np.asarray(budgets, dtype=float))
    best = np.fmax.accumulate(values, axis=1) if values.size else values
    best = np.concatenate([np.full((len(best), 1), np.nan), best], axis=1)
    reached = np.column_stack(
        [(fractions <= budget * (1 + _TOLERANCE)).sum(axis=1) for budget in budgets]
    )
    found: Array = (
        np.take_along_axis(best, reached, axis=1) if len(best) else np.empty((0, len(budgets)))
    )
    return found
