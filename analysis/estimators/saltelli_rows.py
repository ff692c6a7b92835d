"""The runs and responses of Saltelli's design, by base row.

The design is that of the sampler `saltelli`: each base row has the points A, B and one A_B^i for
each hyper-parameter i, which has the value of B in i and those of A elsewhere. All runs of a row
have the same strings and seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.search_quality import SEARCH
from seqmem.analysis.records.checkpoint_curves import padded, stored_fractions
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.search_spaces import space_of, varied_options
from seqmem.core.arrays import Array

SAMPLER = "saltelli"
# Points of a row before those of the single hyper-parameters: A and B.
BASE_POINTS = 2

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
            rows = (
                grid.reindex(columns=range(len(names) + BASE_POINTS))
                .dropna()
                .to_numpy(dtype=np.int64)
            )
            yield group, level, cell, RowRuns(names, runs, rows)


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
    rows = rows.reindex(columns=range(len(names) + BASE_POINTS))
    searches = len(runs[SEARCH].drop_duplicates())
    planned = searches * int(space_of(config, level, cell)["rows"])
    return RowResponses(names, rows.dropna().to_numpy(dtype=float), planned)


def _placed(
    runs: pd.DataFrame, config: Mapping[str, Any], level: int, cell: str
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Return the varied hyper-parameters, and the base row and the point of each run."""
    names = varied_options(space_of(config, level, cell))
    row, point = np.divmod(runs["trial"].to_numpy(dtype=int), len(names) + BASE_POINTS)
    kept = runs[[*SEARCH, "replicate", "repeat"]]
    return names, kept.assign(row=row, point=point, place=np.arange(len(runs)))
