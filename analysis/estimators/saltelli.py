"""Sobol indices of hyper-parameters from Saltelli's design, without a surrogate.

The design is that of the sampler `saltelli`: each base row has the points A, B and one A_B^i for
each hyper-parameter i, which has the value of B in i and those of A elsewhere. All runs of a row
have the same strings and seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.search_quality import SEARCH
from seqmem.analysis.records.checkpoint_curves import padded, stored_fractions
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.search_spaces import space_of, varied_options
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import generator

SAMPLER = "saltelli"
RESAMPLES = 2000
INDEX_COLUMNS = (
    "level cell hyper_parameter total total_low total_high first first_low first_high rows"
    " planned_rows"
).split()
# A variance that is a smaller part of the largest square is 0 up to rounding.
_ROUNDING = 1e-12
# Points of a row before those of the single hyper-parameters: A and B.
_BASE = 2

Configs = Mapping[str, Mapping[str, Any]]


class RowResponses(NamedTuple):
    """Responses at the points of Saltelli's design, by row.

    Attributes
    ----------
    names : tuple of d str
        Hyper-parameters in the order of their points.
    values : array of float, shape (n, d + 2)
        One row for each base row: A, B and A_B^i.
    planned : int
        Planned rows. Those with a failed or missing run are left out of `values`.
    """

    names: tuple[str, ...]
    values: Array
    planned: int


class RowRuns(NamedTuple):
    """Runs of Saltelli's design, by row.

    Attributes
    ----------
    names : tuple of d str
        Hyper-parameters in the order of their points.
    runs : DataFrame
        The runs, numbered from 0.
    rows : array of int, shape (n, d + 2)
        Numbers of the runs at A, B and A_B^i of each base row, string and repeat. Rows with a
        failed or missing run are left out.
    """

    names: tuple[str, ...]
    runs: pd.DataFrame
    rows: NDArray[np.int64]


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
    first, second, mixed = values[:, :1], values[:, 1:_BASE], values[:, _BASE:]
    variance = float(values[:, :_BASE].var())
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
    if rows < 2 or width < _BASE + 2:
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
    centred = values - values[:, :_BASE].mean()
    first, second, mixed = centred[:, :1], centred[:, 1:_BASE], centred[:, _BASE:]
    mean, square = (counts @ (centred[:, :_BASE] ** power).mean(axis=1) / rows for power in (1, 2))
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


def responses(runs: pd.DataFrame) -> pd.Series:
    """Return the response of each run: its best stored fraction at any checkpoint.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with their checkpoints.

    Returns
    -------
    Series of float, length n
        The running maximum of the stored fraction at the end. It is 0 for a run that diverged, and
        NaN for a run that failed.

    Examples
    --------
    >>> runs = pd.DataFrame(
    ...     {
    ...         "checkpoint_nll_bits": [[80.0, 30.0, 40.0], [50.0]],
    ...         "reference_bits": 100.0,
    ...         "status": ["budget_spent", "diverged"],
    ...     }
    ... )
    >>> responses(runs).tolist()
    [0.7, 0.0]
    """
    reference = runs["reference_bits"].to_numpy(dtype=float)
    failed = (runs["status"] == "failed").to_numpy()
    curves = [
        [] if lost else nll for lost, nll in zip(failed, runs["checkpoint_nll_bits"], strict=True)
    ]
    stored = stored_fractions(padded(curves), reference[:, None])
    best = np.fmax.reduce(stored, axis=1, initial=np.nan)
    best[(runs["status"] == "diverged").to_numpy()] = 0.0
    return pd.Series(best, runs.index)


def row_responses(
    frame: pd.DataFrame, configs: Configs
) -> Iterator[tuple[Group, int, str, RowResponses]]:
    """Yield each (group, level, cell) that has runs of Saltelli's design, with its responses.

    The response of a point is the mean over its strings and repeats. A row is whole if no run of
    its points failed or is missing.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    """
    for group, level, cell, sweeps in _by_sweep(frame, configs):
        parts = [_of_sweep(own, configs[name], level, cell) for name, own in sweeps]
        for names in dict.fromkeys(part.names for part in parts):
            same = [part for part in parts if part.names == names]
            values = np.concatenate([part.values for part in same])
            planned = sum(part.planned for part in same)
            yield group, level, cell, RowResponses(names, values, planned)


def row_runs(frame: pd.DataFrame, configs: Configs) -> Iterator[tuple[Group, int, str, RowRuns]]:
    """Yield each (group, level, cell) of each sweep with Saltelli's design, with its runs by row.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    """
    for group, level, cell, sweeps in _by_sweep(frame, configs):
        for name, own in sweeps:
            runs = own.reset_index(drop=True)
            names, placed = _placed(runs, configs[name], level, cell)
            grid = placed[runs["status"] != "failed"].pivot(
                index=[*SEARCH, "row", "replicate", "repeat"], columns="point", values="place"
            )
            rows = grid.reindex(columns=range(len(names) + _BASE)).dropna().to_numpy(dtype=np.int64)
            yield group, level, cell, RowRuns(names, runs, rows)


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


def _by_sweep(
    frame: pd.DataFrame, configs: Configs
) -> Iterator[tuple[Group, int, str, list[tuple[str, pd.DataFrame]]]]:
    """Yield each (group, level, cell) with its tuning runs of Saltelli's design, by sweep."""
    sweeps = [
        name
        for name, config in configs.items()
        if config.get("search", {}).get("sampler") == SAMPLER
    ]
    chosen = frame[frame["sweep"].isin(sweeps) & (frame["role"] == "tune")] if sweeps else frame[:0]
    for group, runs in split_groups(chosen) if len(chosen) else ():
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            parts = [(str(sweep), own) for sweep, own in some.groupby("sweep", sort=True)]
            yield group, int(level), str(cell), parts


def _of_sweep(runs: pd.DataFrame, config: Mapping[str, Any], level: int, cell: str) -> RowResponses:
    """Return the responses of one cell of one sweep at one level."""
    names, placed = _placed(runs, config, level, cell)
    trials = placed.assign(response=responses(runs)).groupby([*SEARCH, "row", "point"], sort=True)
    # A trial without all its runs has no response.
    planned_runs = int(trials.size().max())
    whole = trials["response"].agg("count") == planned_runs
    rows = trials["response"].mean().where(whole).unstack("point")
    rows = rows.reindex(columns=range(len(names) + _BASE))
    searches = len(runs[SEARCH].drop_duplicates())
    planned = searches * int(space_of(config, level, cell)["rows"])
    return RowResponses(names, rows.dropna().to_numpy(dtype=float), planned)


def _placed(
    runs: pd.DataFrame, config: Mapping[str, Any], level: int, cell: str
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Return the varied hyper-parameters, and the base row and the point of each run."""
    names = varied_options(space_of(config, level, cell))
    row, point = np.divmod(runs["trial"].to_numpy(dtype=int), len(names) + _BASE)
    kept = runs[[*SEARCH, "replicate", "repeat"]]
    return names, kept.assign(row=row, point=point, place=np.arange(len(runs)))
