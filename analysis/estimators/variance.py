"""Sources of the differences between runs: search, string, initialization, hyper-parameters.

The estimators are the moment estimators of nested random effects (Searle, Casella and McCulloch
1992, the ANOVA method on means), cut at 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from seqmem.analysis.records.checkpoint_curves import stored_at
from seqmem.analysis.records.groups import GROUPED_BY, Group, search_labels, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.pruning import without_pruned_sweeps
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds

_NEEDED = (
    "level cell role sweep search string_id trial checkpoint_fractions checkpoint_nll_bits"
    " reference_bits status pruned"
).split()
VARIANCE_COLUMNS = "level cell component variance standard_deviation share units".split()


@argument_kinds()
def nested_components(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object]
) -> dict[str, float]:
    """Return the variance between searches, strings of a search and initializations of a string.

    Parameters
    ----------
    values : array of float, shape (n,)
        One value per run.
    searches, strings : sequence of n labels
        Search and string of each run.

    Returns
    -------
    dict of str to float
        Components by name. A component is NaN if the design cannot tell it: `search` with a single
        search, `initialization` with one run per string. In the second case `string` includes the
        variance of initializations.

    Examples
    --------
    >>> components = nested_components([0.0, 2.0, 4.0, 6.0], [0, 0, 1, 1], [1, 2, 3, 4])
    >>> components["string"], components["search"]
    (2.0, 7.0)
    """
    table = pd.DataFrame(
        {"value": np.asarray(values, dtype=float), "search": searches, "string": strings}
    ).dropna()
    by_string = table.groupby(["search", "string"], sort=True)["value"].agg(["mean", "size"])
    within = _pooled_variance(table["value"], [table["search"], table["string"]])
    by_search = by_string["mean"].groupby(level="search", sort=True).agg(["mean", "size"])
    between = _pooled_variance(by_string["mean"], [by_string.index.get_level_values("search")])
    noise = 0.0 if np.isnan(within) else within * float((1 / by_string["size"]).mean())
    search = float(by_search["mean"].var(ddof=1)) if len(by_search) > 1 else float("nan")
    luck = between * float((1 / by_search["size"]).mean())
    return {
        "search": max(search - luck, 0.0) if not np.isnan(search - luck) else float("nan"),
        "string": max(between - noise, 0.0) if not np.isnan(between) else float("nan"),
        "initialization": within,
    }


def trial_component(
    values: ArrayLike, trials: Sequence[object], strings: Sequence[object]
) -> float:
    """Return the variance between configurations tried on the same strings.

    The variance of single runs is subtracted.

    Parameters
    ----------
    values : array of float, shape (n,)
        One value per run.
    trials, strings : sequence of n labels
        Trial and string of each run.

    Returns
    -------
    float
        The variance; NaN with a single string or a single trial.

    Examples
    --------
    >>> trial_component([0.0, 0.0, 4.0, 4.0], [0, 0, 1, 1], ["a", "b", "a", "b"])
    8.0
    """
    block = _whole_rows(np.asarray(values, dtype=float), trials, strings)
    if min(block.shape) < 2:
        return float("nan")
    means = block.mean(axis=1)
    rest = block - means[:, None] - block.mean(axis=0) + block.mean()
    residual = (rest**2).sum() / ((block.shape[0] - 1) * (block.shape[1] - 1))
    return max(float(means.var(ddof=1) - residual / block.shape[1]), 0.0)


@argument_kinds(frame=RECORDS)
def variance_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the variance of the stored fraction at each level by its source.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, level, cell, component). `search`, `string` and `initialization` are of
        confirmation runs, and `share` is their share of the sum of the known ones.
        `hyper-parameters` is the variance between the trials of a search, as a mean over searches.
        It has no share, because the search removes it. `units` counts searches, strings, runs or
        trials.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.variance_table(frame)  # doctest: +SKIP
    """
    # Few columns of the wide table are needed, and rows are taken from it many times.
    usable = frame.loc[
        frame["status"] != "failed", [name for name in (*GROUPED_BY, *_NEEDED) if name in frame]
    ]
    rows = []
    for group, runs in split_groups(usable):
        stored = pd.Series(_stored(runs), runs.index)
        for (level, cell), some in runs.assign(stored=stored).groupby(["level", "cell"], sort=True):
            rows += [[*group, level, cell, *row] for row in _components(some)]
    return pd.DataFrame(rows, columns=[*Group._fields, *VARIANCE_COLUMNS])


def _stored(runs: pd.DataFrame) -> Array:
    """Return the best stored fraction of each run within the budget: (n,), NaN without a value."""
    stored: Array = stored_at(
        [1.0],
        runs["checkpoint_fractions"],
        runs["checkpoint_nll_bits"],
        runs["reference_bits"],
        runs["status"] == "diverged",
    )[:, 0]
    return stored


def _components(runs: pd.DataFrame) -> list[list[object]]:
    confirm = runs[runs["role"] == "confirm"]
    # Pruned trials lack a value at the whole budget.
    tune = without_pruned_sweeps(runs[runs["role"] == "tune"])
    components = nested_components(
        confirm["stored"], search_labels(confirm).tolist(), confirm["string_id"].tolist()
    )
    counts = (search_labels(confirm).nunique(), confirm["string_id"].nunique(), len(confirm))
    total = float(np.nansum(list(components.values())))
    rows: list[list[object]] = [
        [name, value, np.sqrt(value), value / total if total > 0 else float("nan"), count]
        for (name, value), count in zip(components.items(), counts, strict=True)
    ]
    trials = [
        trial_component(some["stored"], some["trial"].tolist(), some["string_id"].tolist())
        for _, some in tune.groupby(search_labels(tune), sort=True)
    ]
    known = [value for value in trials if not np.isnan(value)]
    between = float(np.mean(known)) if known else float("nan")
    return [
        *rows,
        ["hyper-parameters", between, np.sqrt(between), float("nan"), tune["trial"].nunique()],
    ]


def _whole_rows(values: Array, trials: Sequence[object], strings: Sequence[object]) -> Array:
    """Return the mean value of each trial on each string, shape (trials, strings).

    Trials that lack a string are left out.
    """
    # Sorted, so that the last bits of the sums don't depend on the order of the records.
    rows, columns = (
        pd.factorize(np.asarray(labels, dtype=object), sort=True)[0] for labels in (trials, strings)
    )
    if not len(values):
        return np.empty((0, 0))
    shape = (rows.max() + 1, columns.max() + 1)
    flat = rows * shape[1] + columns
    counts = np.bincount(flat, minlength=shape[0] * shape[1])
    sums = np.bincount(flat, values, minlength=shape[0] * shape[1])
    grid = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0).reshape(
        shape
    )
    whole: Array = grid[np.isfinite(grid).all(axis=1)]
    return whole


def _pooled_variance(values: pd.Series, labels: Sequence[object]) -> float:
    """Return the variance within groups, pooled; NaN if no group has two values."""
    keys = [np.asarray(label) for label in labels]
    groups = values.groupby(keys, sort=True)
    freedom = len(values) - groups.ngroups
    if freedom < 1:
        return float("nan")
    return float(((values - groups.transform("mean")) ** 2).sum() / freedom)
