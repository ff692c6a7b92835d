"""Searches whose points can be paired by slot, by group and level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.estimators.tuning.search_points import (
    SearchRuns,
    are_paired,
    paired_sweeps,
    searches,
)
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.groups import Group, split_groups

# Sweep, string condition and number of a search.
SearchName = tuple[str, str, int]
SearchesByName = Mapping[SearchName, SearchRuns | None]


class Panel(NamedTuple):
    """Searches of one level whose points can be paired by slot.

    Attributes
    ----------
    group : Group
        Strings, protocol, budget and design.
    level : int
        The level.
    sampler : str
        `sobol` or `random`.
    cells : dict of str to dict
        Runs of each search by cell; None for a search with a failed run.
    has_rho : bool
        Whether checkpoints answer smaller budgets, so that rho is defined.
    """

    group: Group
    level: int
    sampler: str
    cells: dict[str, dict[SearchName, SearchRuns | None]]
    has_rho: bool


def panels(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[Panel]:
    """Yield the searches of each group and level, by sampler.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Yields
    ------
    Panel
        Searches of the sweeps that `paired_sweeps` names.
    """
    if not len(frame) or "score" not in frame:
        return
    samplers = paired_sweeps(frame, configs)
    names = frame["sweep"].astype(str)
    for sampler in sorted(set(samplers.values())):
        chosen = frame[names.isin([sweep for sweep, how in samplers.items() if how == sampler])]
        for group, runs in split_groups(chosen):
            for level, some in runs.groupby("level", sort=True):
                cells = {
                    str(cell): dict(searches(own)) for cell, own in some.groupby("cell", sort=True)
                }
                has_rho = bool(answers_smaller_budgets(some[some["status"] != "failed"]).all())
                yield Panel(group, int(level), sampler, cells, has_rho)


def paired_runs(
    first: SearchesByName, second: SearchesByName
) -> list[tuple[SearchRuns, SearchRuns]]:
    """Return the runs of the searches that both sides have, with equal strings and slots.

    Parameters
    ----------
    first, second : mapping of tuple to SearchRuns or None
        Searches by name.

    Returns
    -------
    list of tuple of SearchRuns
        Pairs in the order of the names.
    """
    both = ((first[name], second[name]) for name in sorted(set(first) & set(second)))
    return [
        (one, other)
        for one, other in both
        if one is not None and other is not None and are_paired(one, other)
    ]
