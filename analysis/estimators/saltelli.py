"""Sobol indices of hyper-parameters from Saltelli's design, without a surrogate.

The rows of the design are read by `saltelli_rows`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.saltelli_rows import BASE_POINTS, Configs, row_responses
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.kinds import RECORDS
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import generator

RESAMPLES = 2000
INDEX_COLUMNS = (
    "level cell hyper_parameter total total_low total_high first first_low first_high rows"
    " planned_rows"
).split()
# A variance that is a smaller part of the largest square is 0 up to rounding.
_ROUNDING = 1e-12


class Indices(NamedTuple):
    """Sobol indices of d hyper-parameters.

    Attributes
    ----------
    first, total : array of float, shape (d,)
        Share of the variance by each hyper-parameter alone, and with all its interactions.
    first_interval, total_interval : array of float, shape (2, d)
        Low and high ends of the intervals.
    """

    first: Array
    total: Array
    first_interval: Array
    total_interval: Array


def jansen(values: Array) -> Array:
    """Return first-order and total Sobol indices by Jansen's estimators.

    With V the variance of the responses at A and B, the first-order index of i is
    1 - mean (f(B) - f(A_B^i))² / (2 V). The total index is mean (f(A) - f(A_B^i))² / (2 V).
    Sources: Jansen (1999), Computer Physics Communications 117, 35-43; Saltelli et al. (2010),
    Computer Physics Communications 181, 259-270, table 2, (c) and (f).

    Parameters
    ----------
    values : array of float, shape (n, d + 2)
        Responses, one row for each base row: A, B and A_B^i.

    Returns
    -------
    array of float, shape (2, d)
        First-order and total indices; 0 if all responses at A and B are equal.

    Examples
    --------
    The response is the first of two inputs.

    >>> import numpy as np
    >>> a, b = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> jansen(np.stack([a, b, b, a], axis=1)).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    first, second, mixed = values[:, :1], values[:, 1:BASE_POINTS], values[:, BASE_POINTS:]
    variance = float(values[:, :BASE_POINTS].var())
    if variance == 0:
        return np.zeros((2, mixed.shape[1]))
    left = 0.5 * ((second - mixed) ** 2).mean(axis=0) / variance
    total = 0.5 * ((first - mixed) ** 2).mean(axis=0) / variance
    return np.array([1 - left, total])


def saltelli_indices(
    values: Array, confidence: float = 0.95, resamples: int = RESAMPLES
) -> Indices:
    """Return Sobol indices with intervals from the responses of Saltelli's design.

    Base rows are the units. Intervals are percentiles over rows drawn with replacement, with a
    fixed seed.

    Parameters
    ----------
    values : array of float, shape (n, d + 2)
        Responses, one row for each base row: A, B and A_B^i.
    confidence : float, default 0.95
        Of each interval.
    resamples : int, default 2000
        Draws of rows.

    Returns
    -------
    Indices
        First-order and total indices.

    Raises
    ------
    ValueError
        If there are fewer than two rows or two inputs.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.random.default_rng(0).normal(size=(2, 512))
    >>> saltelli_indices(np.stack([a, b, b, a], axis=1)).total.round(1).tolist()
    [1.0, 0.0]
    """
    rows, width = values.shape
    if rows < 2 or width < BASE_POINTS + 2:
        raise ValueError(f"values of shape {values.shape}: two rows and two inputs are needed")
    drawn = resampled_indices(values, resamples)
    tail = (1 - confidence) / 2
    ends = np.quantile(drawn, [tail, 1 - tail], axis=0)
    first, total = jansen(values)
    return Indices(first, total, ends[:, 0], ends[:, 1])


def resampled_indices(values: Array, resamples: int = RESAMPLES) -> Array:
    """Return the indices of rows drawn with replacement, with a fixed seed.

    Parameters
    ----------
    values : array of float, shape (n, d + 2)
        Responses, one row for each base row: A, B and A_B^i.
    resamples : int, default 2000
        Draws of rows.

    Returns
    -------
    array of float, shape (resamples, 2, d)
        What `jansen` gives for each draw.

    Examples
    --------
    >>> values = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    >>> resampled_indices(values, 3)[:, 1].tolist()  # the response is the first input
    [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0]]
    """
    rows = len(values)
    counts = _resample_counts(rows, resamples)
    centred = values - values[:, :BASE_POINTS].mean()
    first, second, mixed = centred[:, :1], centred[:, 1:BASE_POINTS], centred[:, BASE_POINTS:]
    mean, square = (
        counts @ (centred[:, :BASE_POINTS] ** power).mean(axis=1) / rows for power in (1, 2)
    )
    variance = (square - mean**2)[:, None]
    halves = [counts @ ((base - mixed) ** 2) / rows / 2 for base in (second, first)]
    known = variance > _ROUNDING * float(np.max(centred**2))
    left, total = (
        np.divide(half, variance, out=np.zeros_like(half), where=known) for half in halves
    )
    indices: Array = np.stack([np.where(known, 1 - left, 0.0), total], axis=1)
    return indices


@lru_cache(maxsize=8)
def _resample_counts(rows: int, resamples: int) -> Array:
    """Return how often each draw has each row, shape (resamples, rows)."""
    drawn = generator("analysis", "saltelli", "bootstrap").integers(rows, size=(resamples, rows))
    counts: Array = np.stack([np.bincount(row, minlength=rows) for row in drawn]).astype(float)
    return counts


@argument_kinds(frame=RECORDS)
def saltelli_table(frame: pd.DataFrame, configs: Configs) -> pd.DataFrame:
    """Return the Sobol indices of hyper-parameters from Saltelli's design.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        One row per (group, level, cell, hyper-parameter). `total` and `first` are the total and
        the first-order index, with 95 % intervals over rows drawn with replacement. `rows` are
        whole rows, of `planned_rows`. Without the sampler `saltelli` there are no rows.

    Examples
    --------
    >>> from pathlib import Path
    >>> from seqmem import analysis
    >>> sources = analysis.load_sources([Path("runs/importance")])  # doctest: +SKIP
    >>> analysis.saltelli_table(sources.frame, sources.configs)  # doctest: +SKIP
    """
    table: list[list[object]] = []
    for group, level, cell, found in row_responses(frame, configs):
        if len(found.values) < 2:
            continue
        indices = saltelli_indices(found.values)
        for column, name in enumerate(found.names):
            total = indices.total[column], *indices.total_interval[:, column]
            first = indices.first[column], *indices.first_interval[:, column]
            counts = len(found.values), found.planned
            table.append([*group, level, cell, name, *total, *first, *counts])
    return pd.DataFrame(table, columns=[*Group._fields, *INDEX_COLUMNS])
