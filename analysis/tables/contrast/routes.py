"""The two routes of a contrast: confirmed winners, or the best of n points of each search."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.estimators.run_values import RunValues, run_values
from seqmem.analysis.records.search_pairs import Layout, pair_searches
from seqmem.analysis.records.sides import Sides
from seqmem.analysis.tables.contrast.confounds import Configs
from seqmem.analysis.tables.contrast.paired import (
    best_differences,
    confirmed_differences,
    point_pairs,
)
from seqmem.analysis.tables.contrast.unpaired import (
    Matrices,
    best_runs,
    confirmed_runs,
    unpaired_differences,
)
from seqmem.analysis.tables.contrast.words import Facts
from seqmem.core.errors import InputError


class Made(NamedTuple):
    """Differences of two settings by search, before they are averaged.

    Attributes
    ----------
    differences : DataFrame or list of Matrices
        By pair of searches, or of every two searches if they are unpaired.
    facts : Facts
        How they were made.
    """

    differences: pd.DataFrame | list[Matrices]
    facts: Facts


def confirmed_winners(sides: Sides, layout: Layout, configs: Configs, clock: str) -> Made:
    """Compare the confirmation runs of winners.

    Parameters
    ----------
    sides : Sides
        The sides.
    layout : Layout
        Their layout.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    clock : str
        Clock of rho.

    Returns
    -------
    Made
        The differences.
    """
    pairs = pair_searches(sides, "confirm", layout, configs)
    values = _values(sides, "confirm", clock)
    facts = Facts(pairs, values.no_rho, clock)
    if facts.is_paired:
        return Made(confirmed_differences(layout, pairs, values), facts)
    first, second = confirmed_runs(pairs)
    return Made(_all_pairs(first, second, values), facts)


def best_of_points(sides: Sides, layout: Layout, configs: Configs, clock: str) -> Made:
    """Compare the expected best of n points that have the settings.

    Parameters
    ----------
    sides : Sides
        The sides.
    layout : Layout
        Their layout.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    clock : str
        Clock of rho.

    Returns
    -------
    Made
        The differences.

    Raises
    ------
    InputError
        Points depend on results, or no search can be used.
    """
    _check_points(sides, configs)
    pairs = pair_searches(sides, "tune", layout, configs)
    values = _values(sides, "tune", clock)
    facts = Facts(pairs, values.no_rho, clock)
    if facts.is_paired:
        points = point_pairs(sides, pairs)
        if not points.pairs:
            raise InputError(
                "every search has failed or missing tuning runs, or other strings for each trial "
                "(strings.fresh), so its points cannot be ranked"
            )
        counts = [sorted({len(pair[side].slots) for pair in points.pairs}) for side in (0, 1)]
        facts = facts._replace(
            subset=points.subset,
            points=(counts[0], counts[1]),
            same_points=points.same_points,
            strings=min(len(first.strings) for first, _ in points.pairs),
            failed=points.left_out,
        )
        return Made(best_differences(points, layout, values), facts)
    first, second, subset = best_runs(pairs)
    runs = [[one for some in side.values() for one in some.values()] for side in (first, second)]
    counts = [sorted({one.points for one in side}) for side in runs]
    facts = facts._replace(
        subset=subset,
        points=(counts[0], counts[1]),
        strings=min((one.strings for side in runs for one in side), default=0),
    )
    return Made(_all_pairs(first, second, values), facts)


def _all_pairs(first: Any, second: Any, values: RunValues) -> list[Matrices]:
    matrices = unpaired_differences(first, second, values)
    if not matrices:
        raise InputError(
            "a and b have no search to compare: every run failed, or the combinations of "
            "other settings (see levels, cells, alphabets) have nothing in common"
        )
    return matrices


def _values(sides: Sides, role: str, clock: str) -> RunValues:
    runs = pd.concat([side.finished for side in sides.both])
    return run_values(runs[runs["role"] == role], clock, sides.contrasts("budget"))


def _check_points(sides: Sides, configs: Configs) -> None:
    """Raise `InputError` if points of a search with searched settings depend on results."""
    remedy = "use search.sampler=sobol, or fix it in two sweeps"
    for side in sides.both:
        tried = side.runs[side.runs["role"] == "tune"]
        for sweep, runs in tried.groupby(tried["sweep"].astype(str), sort=True):
            reason = ""
            if runs["generation"].max() > 0:
                reason = (
                    f"searched by TPE in sweep '{sweep}', whose later points lie where earlier "
                    f"results were good, so points of two values cannot be compared; {remedy}"
                )
            elif configs.get(sweep, {}).get("search", {}).get("enqueue"):
                reason = (
                    f"sweep '{sweep}' has enqueued configurations, which were chosen by hand; "
                    f"{remedy}"
                )
            elif "pruned" in runs and runs["pruned"].eq(True).any():
                reason = (
                    f"sweep '{sweep}' has pruned trials, whose score at the whole budget is not "
                    "known; use a sweep without search.pruner, or fix it in two sweeps"
                )
            if reason:
                raise InputError(f"{', '.join(sides.searched)}: {reason}")
