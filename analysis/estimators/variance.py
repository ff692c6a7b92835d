"""Where differences between runs come from: search, string, initialization, hyper-parameters.

Moment estimators of nested random effects (Searle, Casella and McCulloch 1992, the ANOVA method on means), not below 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from seqmem.analysis.records.checkpoint_curves import stored_at
from seqmem.analysis.records.groups import GROUPED_BY, Group, search_labels, split_groups
from seqmem.core.arrays import Array

COMPONENTS = ("search", "string", "initialization")
_NEEDED = (
    "level cell role sweep search string_id trial checkpoint_fractions checkpoint_nll_bits reference_bits status"
).split()
COLUMNS = "level cell component variance standard_deviation share units".split()


def nested_components(
    values: ArrayLike, searches: Sequence[object], strings: Sequence[object]
) -> dict[str, float]:
    """Variance between searches, between strings of a search and between initializations of a string.

    Parameters
    ----------
    values : (n,) one per run.
    searches, strings : (n,) labels.

    Returns
    -------
    Components by name; NaN where the design can't tell: `search` with a single one, `initialization` with one run per
    string, whose variance `string` then holds as well.

    Examples
    --------
    >>> found = nested_components([0.0, 2.0, 4.0, 6.0], [0, 0, 1, 1], [1, 2, 3, 4])
    >>> found["string"], found["search"]
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
    """Variance between configurations tried on the same strings, without that of single runs; NaN for one string.

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


def variance_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Variance of the stored fraction at each level by its source: one row per (group, level, cell, component).

    `search`, `string` and `initialization` are of confirmation runs, with their `share` of the sum of those known;
    `hyper-parameters` is between the trials of a search, mean over searches, and has no share: it is what the search
    removes. `units` counts searches, strings, runs and trials.
    """
    # Of a wide table few columns are needed, and rows are taken from it many times over.
    usable = frame.loc[
        frame["status"] != "failed", [name for name in (*GROUPED_BY, *_NEEDED) if name in frame]
    ]
    rows = []
    for group, runs in split_groups(usable):
        stored = pd.Series(_stored(runs), runs.index)
        for (level, cell), some in runs.assign(stored=stored).groupby(["level", "cell"], sort=True):
            rows += [[*group, level, cell, *row] for row in _components(some)]
    return pd.DataFrame(rows, columns=[*Group._fields, *COLUMNS])


def _stored(runs: pd.DataFrame) -> Array:
    """Best stored fraction within the budget of each run, NaN where nothing was measured: (n,)."""
    fractions, bits = runs["checkpoint_fractions"], runs["checkpoint_nll_bits"]
    stored: Array = stored_at(
        [1.0], fractions, bits, runs["reference_bits"], runs["status"] == "diverged"
    )[:, 0]
    return stored


def _components(runs: pd.DataFrame) -> list[list[object]]:
    confirm, tune = runs[runs["role"] == "confirm"], runs[runs["role"] == "tune"]
    found = nested_components(
        confirm["stored"], search_labels(confirm).tolist(), confirm["string_id"].tolist()
    )
    counts = (search_labels(confirm).nunique(), confirm["string_id"].nunique(), len(confirm))
    total = float(np.nansum(list(found.values())))
    rows: list[list[object]] = [
        [name, value, np.sqrt(value), value / total if total > 0 else float("nan"), count]
        for (name, value), count in zip(found.items(), counts, strict=True)
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
    """Mean value of each trial on each string, trials that lack a string left out: (trials, strings)."""
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
    """Variance within groups, pooled; NaN where no group has two values."""
    keys = [np.asarray(label) for label in labels]
    groups = values.groupby(keys, sort=True)
    freedom = len(values) - groups.ngroups
    if freedom < 1:
        return float("nan")
    return float(((values - groups.transform("mean")) ** 2).sum() / freedom)
