"""Results at smaller budgets, read from the checkpoints of a run.

A run's value at a smaller budget is its best value at any checkpoint up to that budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.study.budget import checkpoint_fractions

# Budget fractions that differ by less than this relative error count as equal.
_TOLERANCE = 1e-9

FRACTIONS: Array = np.array(checkpoint_fractions())


def fractions_of(runs: pd.DataFrame) -> Array:
    """Return the fractions of the budget at which some of the runs took checkpoints.

    Parameters
    ----------
    runs : DataFrame
        Records. Those without the column `checkpoints_per_octave` have two per octave.

    Returns
    -------
    array of float, shape (c,)
        Increasing, the last one 1.

    Examples
    --------
    >>> len(fractions_of(pd.DataFrame({"checkpoints_per_octave": [2, 4]})))
    25
    """
    if "checkpoints_per_octave" not in runs:
        return FRACTIONS
    grids = [checkpoint_fractions(int(p)) for p in runs["checkpoints_per_octave"].dropna().unique()]
    fractions = np.unique(np.concatenate(grids)) if grids else FRACTIONS
    # Grids of three and of two per octave meet at whole octaves, up to the last bit.
    apart: Array = fractions[np.append(True, np.diff(np.log2(fractions)) > _TOLERANCE)]
    return apart


def stored_fractions(nll_bits: ArrayLike, reference_bits: ArrayLike) -> Array:
    """Return the stored fraction at each checkpoint, (reference - nll) / reference, not clipped.

    Parameters
    ----------
    nll_bits : array of float, shape (c,)
        Negative log-likelihood of the string at each checkpoint, in bits.
    reference_bits : float or array of float
        Ideal code length of the string in bits. It must broadcast against `nll_bits`.

    Returns
    -------
    array of float, shape (c,)
        Stored fractions. NaN where `nll_bits` is not finite or the reference is not positive.

    Examples
    --------
    >>> stored_fractions([100.0, 25.0], 100.0).tolist()
    [0.0, 0.75]
    """
    nll = np.asarray(nll_bits, dtype=float)
    reference = np.asarray(reference_bits, dtype=float)
    reference = np.where(reference > 0, reference, np.nan)
    stored: Array = (reference - np.where(np.isfinite(nll), nll, np.nan)) / reference
    return stored


@argument_kinds()
def value_at(budgets: ArrayLike, fractions: ArrayLike, values: ArrayLike) -> Array:
    """Return the best value of one run at or before each budget fraction.

    Parameters
    ----------
    budgets : array of float, shape (b,)
        Fractions of the full budget.
    fractions : array of float, shape (c,)
        Checkpoints of the run as increasing fractions of its budget.
    values : array of float, shape (c,)
        Value at each checkpoint. NaN is ignored.

    Returns
    -------
    array of float, shape (b,)
        Running maximum of the values. NaN before the first checkpoint with a value.

    Examples
    --------
    >>> value_at([0.1, 0.5, 0.7, 1.0], [0.25, 0.5, 1.0], [0.2, 0.6, 0.4]).tolist()
    [nan, 0.6, 0.6, 0.6]
    """
    best: Array = _values_at(budgets, padded([fractions]), padded([values]))[0]
    return best


@argument_kinds()
def first_passage(fractions: ArrayLike, values: ArrayLike, threshold: float) -> float:
    """Return the smallest checkpoint fraction at which a value reaches the threshold.

    Parameters
    ----------
    fractions : array of float, shape (c,)
        Checkpoints of the run as increasing fractions of its budget.
    values : array of float, shape (c,)
        Value at each checkpoint.
    threshold : float
        Value to reach.

    Returns
    -------
    float
        Fraction of the budget; NaN if no value reaches the threshold.

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
    """Return the best stored fraction of each run at or before each budget fraction.

    Parameters
    ----------
    budgets : array of float, shape (b,)
        Fractions of the full budget.
    fractions : iterable of n arrays of float
        Checkpoints of each run as increasing fractions of its budget.
    nll_bits : iterable of n arrays of float
        Negative log-likelihood at each checkpoint, in bits.
    reference_bits : iterable of n floats
        Ideal code length of each run's string, in bits.
    diverged : iterable of n booleans
        Whether each run diverged. A diverged run is a result: it counts at least 0, also before its
        first finite checkpoint.

    Returns
    -------
    array of float, shape (n, b)
        Running maximum of the stored fraction. NaN where a run has no value yet.

    Examples
    --------
    >>> stored_at([0.5, 1.0], [[0.5, 1.0]], [[75.0, 25.0]], [100.0], [False]).tolist()
    [[0.25, 0.75]]
    """
    reference = np.array(list(reference_bits), dtype=float)
    stored = stored_fractions(padded(nll_bits), reference[:, None])
    best = _values_at(budgets, padded(fractions), stored)
    lost = np.array(list(diverged), dtype=bool)
    best[lost] = np.fmax(best[lost], 0.0)
    return best


def memorized_at(
    budgets: ArrayLike,
    fractions: Sequence[ArrayLike],
    exact_prefixes: Sequence[ArrayLike],
    periods: Iterable[int],
) -> Array:
    """Return whether each run had memorized its string by each budget fraction.

    Parameters
    ----------
    budgets : array of float, shape (b,)
        Fractions of the full budget.
    fractions : sequence of n arrays of float
        Checkpoints of each run as increasing fractions of its budget.
    exact_prefixes : sequence of n arrays of int
        Symbols recalled before the first error at each checkpoint.
    periods : iterable of n ints
        Period of each run's string, in symbols.

    Returns
    -------
    array of float, shape (n, b)
        1.0 where the run had memorized, otherwise 0.0.

    Examples
    --------
    >>> memorized_at([0.25, 1.0], [[0.25, 1.0]], [[7, 12]], [12]).tolist()
    [[0.0, 1.0]]
    """
    first = memorized_first(fractions, exact_prefixes, periods)
    limits = np.asarray(budgets, dtype=float) * (1 + _TOLERANCE)
    memorized: Array = (limits >= first[:, None]).astype(float)
    return memorized


def memorized_by_budget(runs: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether each run had memorized at any checkpoint within its budget.

    A run that goes on after memorizing may lose the string again. It still counts as memorized. For
    runs that stop when they memorize, this equals the column `memorized`.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with their checkpoints.

    Returns
    -------
    array of bool, shape (n,)
        True for runs that had memorized.
    """
    first = memorized_first(
        runs["checkpoint_fractions"], runs["checkpoint_exact_prefixes"], runs["period"]
    )
    return np.asarray(runs["memorized"].to_numpy(dtype=bool) | ~np.isnan(first))


def memorized_first(
    fractions: Iterable[ArrayLike], exact_prefixes: Iterable[ArrayLike], periods: Iterable[int]
) -> Array:
    """Return the smallest checkpoint fraction at which each run had memorized.

    Parameters
    ----------
    fractions : iterable of n arrays of float
        Checkpoints of each run as increasing fractions of its budget.
    exact_prefixes : iterable of n arrays of int
        Symbols recalled before the first error at each checkpoint.
    periods : iterable of n ints
        Period of each run's string, in symbols.

    Returns
    -------
    array of float, shape (n,)
        Fractions of the budget; NaN for runs that never memorized.

    Examples
    --------
    >>> memorized_first([[0.5, 1.0], [1.0]], [[3, 12], [5]], [12, 12]).tolist()
    [1.0, nan]
    """
    checkpoints = padded(fractions)
    prefixes = padded(exact_prefixes)
    hits = prefixes >= np.array(list(periods), dtype=float)[:, None]
    if not hits.size:
        return np.full(len(hits), np.nan)
    first = checkpoints[np.arange(len(hits)), hits.argmax(axis=1)]
    return np.where(hits.any(axis=1), first, np.nan)


def padded(lists: Iterable[ArrayLike]) -> Array:
    """Return rows of unequal length as one array, with NaN after the end of each row.

    Parameters
    ----------
    lists : iterable of n arrays of float
        The rows.

    Returns
    -------
    array of float, shape (n, longest)
        The padded rows.

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
    """Return whether the checkpoints of each run answer smaller budgets.

    A run that restores its best weights at the end does not answer them: with the smaller budget,
    it would have ended on other weights than those that its checkpoints measured.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records.

    Returns
    -------
    array of bool, shape (n,)
        False for runs with `restore_best_weights`.
    """
    if "restore_best_weights" not in runs:
        return np.ones(len(runs), dtype=bool)
    return np.asarray(~runs["restore_best_weights"].eq(True).to_numpy(dtype=bool))


def _values_at(budgets: ArrayLike, fractions: Array, values: Array) -> Array:
    """Return the best value of n runs at b budgets, shape (n, b), from padded arrays (n, c)."""
    budgets = np.atleast_1d(np.asarray(budgets, dtype=float))
    best = np.fmax.accumulate(values, axis=1) if values.size else values
    best = np.concatenate([np.full((len(best), 1), np.nan), best], axis=1)
    reached = np.column_stack(
        [(fractions <= budget * (1 + _TOLERANCE)).sum(axis=1) for budget in budgets]
    )
    if not len(best):
        return np.empty((0, len(budgets)))
    values_at: Array = np.take_along_axis(best, reached, axis=1)
    return values_at
