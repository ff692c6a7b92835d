"""Tuning curves of cells and of their contrast, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import max_t_intervals
from seqmem.analysis.estimators.tuning.random_search import missing_bands, random_search_band
from seqmem.analysis.estimators.tuning.search_points import (
    SearchRuns,
    bits_curve,
    rho_curve,
    score_curve,
)
from seqmem.analysis.estimators.tuning.tuning_curves import CONDITIONAL, SearchCurve, basis, efforts
from seqmem.analysis.records.arms import without_second_arms
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.tables.search_panels import Panel, paired_runs, panels
from seqmem.core.python_arguments import argument_kinds

SCORE = "score"
BITS = "stored bits"
RHO = "rho"
# The band of one random search alone, see `random_search`.
ONE_SEARCH = "score, one random search"
TUNING_COLUMNS = (
    "level first second quantity sampler points n value low high beyond known basis"
    " search searches left_out tuning_strings"
).split()
# A score is -1 if a run diverged, and at most 2: memorized at the first checkpoint.
LEAST_SCORE = -1.0
MOST_SCORE = 2.0


@argument_kinds(frame=RECORDS)
def tuning_table(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Compute the expected best of n points of a search, for growing n.

    Only sweeps with the sampler `sobol` (with a power of two as `trials`) or `random` are used,
    because the points of other samplers depend on results. The estimand is the best of a random
    n-subset of the N points of a search.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        One row per (group, level, quantity, n). `quantity` is `score` or `stored bits` of the cell
        `first`, or `rho` in octaves, positive where `first` is sooner than `second`. `low` and
        `high` are 95 % limits for all n together, over `searches` searches; NaN for one search.
        `basis` says which strings give the values. `beyond` is the mean probability of winners that
        are no finalist, and `known` of winners with a known value. `left_out` counts the searches
        with failed runs. Of random search, the rows `score, one random search` hold the exact band
        of one search, named in `search`, conditional on its tuning strings; they need opda. If
        points were pruned, n starts above the largest number of pruned points of a search.

    Examples
    --------
    >>> from pathlib import Path
    >>> from seqmem import analysis
    >>> sources = analysis.load_sources([Path("runs/quick")])  # doctest: +SKIP
    >>> tuning_table(sources.frame, sources.configs)  # doctest: +SKIP
    """
    rows: list[list[object]] = []
    for panel in panels(without_second_arms(frame, configs), configs):
        for cell in sorted(panel.cells):
            for quantity, curve in ((SCORE, score_curve), (BITS, bits_curve)):
                rows += _cell_rows(panel, cell, quantity, curve)
            rows += _random_rows(panel, cell)
        for first, second in combinations(sorted(panel.cells), 2):
            rows += _rho_rows(panel, first, second)
    return pd.DataFrame(rows, columns=[*Group._fields, *TUNING_COLUMNS])


def _cell_rows(
    panel: Panel, cell: str, quantity: str, curve: Callable[[SearchRuns], SearchCurve]
) -> Iterator[list[object]]:
    known = [runs for runs in panel.cells[cell].values() if runs is not None]
    left = len(panel.cells[cell]) - len(known)
    for shape, some in _by_shape(known, lambda runs: runs):
        curves = [curve(runs) for runs in some]
        pruned = max(runs.points.pruned for runs in some)
        yield from _rows(panel, (cell, "", quantity), shape, curves, left, pruned)


def _rho_rows(panel: Panel, first: str, second: str) -> Iterator[list[object]]:
    if not panel.has_rho:
        return
    pairs = paired_runs(panel.cells[first], panel.cells[second])
    left = len(set(panel.cells[first]) | set(panel.cells[second])) - len(pairs)
    for shape, some in _by_shape(pairs, lambda pair: pair[0]):
        curves = [rho_curve(*pair) for pair in some]
        pruned = max(runs.points.pruned for pair in some for runs in pair)
        yield from _rows(panel, (first, second, RHO), shape, curves, left, pruned)


def _random_rows(panel: Panel, cell: str) -> Iterator[list[object]]:
    """Yield the exact bands of random search, one search at a time."""
    if panel.sampler != "random" or missing_bands():
        return
    for (sweep, _, number), runs in panel.cells[cell].items():
        if runs is None or runs.points.pruned:
            continue
        strings, _, points = runs.tune.shape
        subsets = efforts(points)
        band = random_search_band(runs.points.ranks, subsets, LEAST_SCORE, MOST_SCORE)
        for n, *limits in zip(subsets, band.value, band.low, band.high, strict=True):
            yield [
                *panel.group, panel.level, cell, "", ONE_SEARCH, panel.sampler, points, n, *limits,
                0.0, 1.0, CONDITIONAL, f"{sweep}/{number}", 1, 0, strings,
            ]  # fmt: skip


def _rows(
    panel: Panel,
    what: tuple[str, str, str],
    shape: tuple[int, int],
    curves: list[SearchCurve],
    left: int,
    pruned: int,
) -> Iterator[list[object]]:
    strings, points = shape
    subsets = [n for n in efforts(points) if n > pruned]
    valid = slice(-len(subsets), None)
    complete = [curve for curve in curves if np.isfinite(curve.values[valid]).all()]
    if not complete:
        return
    values = np.stack([curve.values[valid] for curve in complete])
    estimate, low, high, _ = max_t_intervals(values, [0] * len(values), [*range(len(values))])
    beyond, known = (
        np.mean([getattr(curve, name)[valid] for curve in complete], axis=0)
        for name in ("beyond", "known")
    )
    left += len(curves) - len(complete)
    limits = (estimate, low, high, beyond, known)
    for n, *numbers in zip(subsets, *limits, strict=True):
        kind = basis(points, n, strings)
        counts = ["", len(complete), left, strings]
        yield [*panel.group, panel.level, *what, panel.sampler, points, n, *numbers, kind, *counts]


def _by_shape(
    items: Iterable[Any], runs_of: Callable[[Any], SearchRuns]
) -> Iterator[tuple[tuple[int, int], list[Any]]]:
    """Yield the items whose searches have equal numbers of tuning strings and points."""
    by_shape: dict[tuple[int, int], list[Any]] = {}
    for item in items:
        strings, _, points = runs_of(item).tune.shape
        by_shape.setdefault((strings, points), []).append(item)
    yield from sorted(by_shape.items(), key=lambda entry: entry[0])
