"""Points of a search that a Sobol sequence chose, with their scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.search_quality import SEARCH
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.pruning import pruned_sweeps
from seqmem.core.arrays import Array
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS

FEWEST_POINTS = 64
_SAMPLERS = ("sobol", "tpe")


class Points(NamedTuple):
    """Configurations that were tried, with their scores.

    Attributes
    ----------
    inputs : array of float, shape (n, d)
        Hyper-parameters of each configuration.
    scores : array of float, shape (n,)
        Mean score of each configuration over its strings.
    names : tuple of d str
        Names of the hyper-parameters.
    strings : int
        Number of distinct strings behind the scores.
    planned : int
        Number of planned configurations, including failed ones.
    """

    inputs: Array
    scores: Array
    names: tuple[str, ...]
    strings: int
    planned: int = 0


def sobol_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Points:
    """Return the configurations of one (group, level, cell) that a Sobol sequence chose.

    A search starts with Sobol points (generation 0). With the sampler `sobol`, all of its trials
    are such points.

    Parameters
    ----------
    rows : DataFrame
        Records of one (group, level, cell).
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    Points
        One point per trial. Its score is the mean over its strings.
    """
    planned = rows[_by_sobol(rows, configs)]
    chosen = planned[planned["status"] != "failed"]
    trials = chosen.groupby([*SEARCH, "trial"], sort=True)
    names = [name for name in SEARCHED_FIELDS if name in chosen and chosen[name].nunique() > 1]
    table = trials[names].first().apply(_as_numbers)
    scores = trials["score"].mean().to_numpy(dtype=float)
    strings = int(chosen["string_id"].nunique())
    count = len(planned[[*SEARCH, "trial"]].drop_duplicates())
    return Points(table.to_numpy(dtype=float), scores, tuple(names), strings, count)


def within_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> float:
    """Return the share of the scores' variance that lies between the strings of one Sobol point.

    The estimator is that of one-way random effects: the mean square within points, over its sum
    with the variance of the points. If each point has one string, hyper-parameters can explain at
    most R² = 1 - share.

    Parameters
    ----------
    rows : DataFrame
        Records of one (group, level, cell).
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    float
        The share; NaN if no point has several strings.
    """
    chosen = rows[_by_sobol(rows, configs) & (rows["status"] != "failed")]
    scores = chosen.groupby([*SEARCH, "trial", "string_id"], sort=True)["score"].mean().dropna()
    points = scores.groupby(level=[*SEARCH, "trial"])
    counts = points.size().to_numpy(dtype=float)
    size = len(scores)
    if len(counts) < 2 or size == len(counts):
        return float("nan")
    own = scores - points.transform("mean")
    within = float(own @ own) / (size - len(counts))
    apart = float(counts @ (points.mean() - scores.mean()).to_numpy() ** 2) / (len(counts) - 1)
    # Effective number of strings per point, for points with unequal numbers of strings.
    several = (size - float(counts @ counts) / size) / (len(counts) - 1)
    total = within + max(apart - within, 0.0) / several
    return within / total if total > 0 else float("nan")


def enough_points(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], fewest: int = FEWEST_POINTS
) -> Iterator[tuple[Group, int, str, Points]]:
    """Yield each (group, level, cell) that has enough Sobol points for a forest.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    fewest : int, default 64
        Fewest points.

    Yields
    ------
    tuple of Group, int, str and Points
        Group, level, cell and points. The scores differ, and at least two inputs vary.
    """
    for group, level, cell, some in sobol_runs(frame, configs):
        if len(some) < fewest:
            continue
        points = sobol_points(some, configs)
        if len(points.scores) >= fewest and len(points.names) > 1 and np.ptp(points.scores) > 0:
            yield group, level, cell, points


def sobol_runs(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Group, int, str, pd.DataFrame]]:
    """Yield each (group, level, cell) with the runs of its Sobol points, including failed runs.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Yields
    ------
    tuple of Group, int, str and DataFrame
        Group, level, cell and runs.
    """
    if not {"score", "generation"} <= set(frame):
        return
    for group, runs in split_groups(frame[_by_sobol(frame, configs)]):
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            yield group, int(level), str(cell), some


def _as_numbers(values: pd.Series) -> pd.Series:
    """Return the values of a hyper-parameter as numbers; names become their ranks.

    A clip that is absent is none at all, above every other one. Other absent values count as 0.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    if numbers.isna().sum() > values.isna().sum():
        numbers = values.astype(str).rank(method="dense")
    if values.name == "gradient_clip" and numbers.notna().any():
        return numbers.fillna(2 * numbers.max())
    return numbers.fillna(0.0)


def _by_sobol(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.Series:
    """Return whether each row is a run, failed or not, of a point that a Sobol sequence chose."""
    sampler = {
        name: config.get("search", {}).get("sampler", "tpe") for name, config in configs.items()
    }
    names = {
        how: [name for name in rows["sweep"].unique() if sampler.get(name, "tpe") == how]
        for how in _SAMPLERS
    }
    by_sobol, by_tpe = (rows["sweep"].isin(names[how]) for how in _SAMPLERS)
    chosen = by_sobol | (by_tpe & (rows["generation"] == 0))
    # The score of a pruned point is a lower bound, and pruned points are no random part of all.
    complete = ~rows["sweep"].astype(str).isin(pruned_sweeps(rows, configs))
    return chosen & complete & (rows["role"] == "tune")
