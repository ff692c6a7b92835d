"""The scatter of rho between searches, and the searches that it calls for, without any mean.

The sample size of study 2 is estimated again at half of its planned searches (its pre-registration,
section 2). Nothing here tells which cell is sooner: a standard deviation has no sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, isfinite, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.study_2.rules.constants import (
    ALPHABETS,
    DELTA,
    HIGH_LEVELS,
    LOW_LEVELS,
    PRIMARY_CONFIDENCE,
)
from seqmem.analysis.claims.study_2.rules.sweeps import SCALING, parts_of
from seqmem.analysis.estimators.stratified_contrasts import satterthwaite
from seqmem.analysis.estimators.time_ratios import time_ratios
from seqmem.core.errors import InputError
from seqmem.workflows.study_2.frozen_settings import (
    MOST_ADDED_CORE_HOURS,
    frozen_config,
    seconds_of_search,
)

CLAIM_LEVELS = {"C1": LOW_LEVELS, "C2": HIGH_LEVELS}
MOST_SEARCHES = 200


class Scatter(NamedTuple):
    """The scatter of one stratum.

    Attributes
    ----------
    alphabet_size, level : int
        The stratum.
    searches : int
        Searches of which both cells are confirmed.
    planned : int
        Searches of the frozen preset; those that are there if there is no such preset.
    deviation : float
        Standard deviation of the mean rho of a search, in octaves; NaN below two searches.
    core_hours : float
        Cost of one more search of both cells, in calibrated core-hours; NaN without a preset.
    """

    alphabet_size: int
    level: int
    searches: int
    planned: int
    deviation: float
    core_hours: float


def scatter(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> list[Scatter]:
    """Return the scatter of rho in every stratum of `study2-scaling`, in the order of the strata.

    Only the first half of the planned searches counts, so the answer stays the same when more are
    there.

    Parameters
    ----------
    frame : DataFrame
        Records of one or both parts.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Raises
    ------
    InputError
        If there are no pairs of runs of both cells.
    """
    own = parts_of(SCALING, set(frame["sweep"].astype(str)))
    evidence = Evidence(frame[frame["sweep"].astype(str).isin(own)].reset_index(drop=True), configs)
    pairs = pair_cells(evidence.runs, "gru", "lstm")
    if not len(pairs):
        raise InputError(f"no confirmed searches of {SCALING} with both cells; run it first")
    first, second = (evidence.curves.take(rows) for rows in (pairs.first, pairs.second))
    values = evidence.runs.loc[pairs.first, ["sweep", "alphabet_size", "level", "search"]].assign(
        rho=time_ratios(first, second).rho
    )
    keys = ["alphabet_size", "level"]
    scatters = []
    for (alphabet_size, level), rows in values.dropna(subset="rho").groupby(keys, sort=True):
        means = rows.groupby("search")["rho"].mean()
        config = frozen_config(str(rows["sweep"].iloc[0]))
        planned, cost = len(means), nan
        if config is not None and int(level) in config.strings.levels:
            at_level = config.at_level(int(level))
            planned = at_level.search.searches
            cost = seconds_of_search(at_level) / 3600
            means = means[means.index < ceil(planned / 2)]
        deviation = float(means.std(ddof=1)) if len(means) > 1 else nan
        scatters.append(
            Scatter(int(alphabet_size), int(level), len(means), planned, deviation, cost)
        )
    return scatters


def half_width(strata: Sequence[Scatter], searches: Sequence[int]) -> float:
    """Return the half-width of a claim's interval with so many searches per stratum, in octaves.

    The estimate is the mean over strata of the means over searches. The interval is a t interval
    at the confidence of the primary claims. Strata differ in their scatter, so its degrees of
    freedom are Satterthwaite's, as in the rules of C1 and C2.

    Parameters
    ----------
    strata : sequence of Scatter
        The strata of the claim.
    searches : sequence of int
        Searches of each.

    Examples
    --------
    >>> strata = [Scatter(4, level, 6, 12, 0.3, 0.01) for level in (16, 64)]
    >>> round(half_width(strata, [12, 12]), 3)  # t(22, .99375) = 2.72 times .3 / sqrt(24)
    0.167
    """
    if min(searches) < 2:
        return nan
    variances = [one.deviation**2 / count for one, count in zip(strata, searches, strict=True)]
    if not sum(variances) > 0:
        return sum(variances)  # 0, or NaN if a deviation is unknown
    freedom = satterthwaite(variances, [count - 1 for count in searches])
    error = sqrt(sum(variances)) / len(strata)
    return float(stdtrit(freedom, (1 + PRIMARY_CONFIDENCE) / 2)) * error


def needed_searches(strata: Sequence[Scatter]) -> list[int] | None:
    """Return the searches of each stratum with which a claim's half-width is at most the margin.

    Starting from the plan, the stratum with the largest variance of its mean gets one more search
    at a time.

    Parameters
    ----------
    strata : sequence of Scatter
        The strata of the claim.

    Returns
    -------
    list of int or None
        Searches of each stratum; None if 200 of one are too few or a deviation is unknown.

    Examples
    --------
    >>> needed_searches([Scatter(4, 16, 6, 12, 0.3, 0.01), Scatter(4, 64, 6, 12, 0.1, 0.01)])
    [12, 12]
    >>> needed_searches([Scatter(4, 16, 6, 12, 0.5, 0.01), Scatter(4, 64, 6, 12, 0.1, 0.01)])
    [22, 12]
    """
    if not all(isfinite(one.deviation) for one in strata):
        return None
    counts = [max(one.planned, 2) for one in strata]
    while not half_width(strata, counts) <= DELTA:
        widest = int(
            np.argmax([one.deviation**2 / n for one, n in zip(strata, counts, strict=True)])
        )
        counts[widest] += 1
        if counts[widest] > MOST_SEARCHES:
            return None
    return counts


def added_searches(scatters: Sequence[Scatter]) -> list[int]:
    """Return how many searches each stratum gets beyond its plan, within the core-hours allowed.

    Of the claims whose interval is still wider than the margin, the stratum with the largest
    variance of its mean gets one more search at a time, until every interval is narrow enough or
    the next search would exceed the core-hours that may be added in all.

    Parameters
    ----------
    scatters : sequence of Scatter
        All strata of both claims.

    Raises
    ------
    InputError
        If a deviation or a cost is unknown, or a claim lacks a stratum.

    Examples
    --------
    >>> wide = [Scatter(k, level, 6, 12, 0.5, 0.25) for k in (2, 4) for level in (16, 64)]
    >>> narrow = [Scatter(k, level, 6, 12, 0.1, 0.25) for k in (2, 4) for level in (512, 2048)]
    >>> added_searches([*wide, *narrow])  # 3 core-hours are 12 searches of a quarter
    [3, 3, 3, 3, 0, 0, 0, 0]
    """
    claims = {
        claim: [place for place, one in enumerate(scatters) if one.level in levels]
        for claim, levels in CLAIM_LEVELS.items()
    }
    used = {place for places in claims.values() for place in places}
    if any(len(claims[claim]) < _strata_of(claim) for claim in claims):
        raise InputError("not all strata are there; give the folders of both parts")
    if not all(isfinite(scatters[one].deviation + scatters[one].core_hours) for one in used):
        raise InputError("the scatter of a stratum is unknown; it takes two searches")
    counts = [max(one.planned, 2) for one in scatters]
    left = MOST_ADDED_CORE_HOURS
    while True:
        open_places = [
            place
            for places in claims.values()
            if not half_width([scatters[one] for one in places], [counts[one] for one in places])
            <= DELTA
            for place in places
        ]
        if not open_places:
            break
        widest = max(open_places, key=lambda one: scatters[one].deviation ** 2 / counts[one])
        left -= scatters[widest].core_hours
        if left < 0:
            break
        counts[widest] += 1
    return [count - one.planned for count, one in zip(counts, scatters, strict=True)]


def blinded_lines(scatters: Sequence[Scatter]) -> list[str]:
    """Return the standard deviations, and the searches that each primary claim needs, as text.

    Parameters
    ----------
    scatters : sequence of Scatter
        All strata that are there.
    """
    lines = [
        f"{one.alphabet_size} symbols, level {one.level}: {one.searches} of {one.planned} planned "
        f"searches, standard deviation of rho between searches {_octaves(one.deviation)}"
        for one in scatters
    ]
    for claim, levels in CLAIM_LEVELS.items():
        strata = [one for one in scatters if one.level in levels]
        if len(strata) < _strata_of(claim):
            lines.append(
                f"{claim}: not all of its strata are there; give the folders of both parts"
            )
        else:
            lines += _claim_lines(claim, strata)
    return [*lines, *_added_lines(scatters)]


def _strata_of(claim: str) -> int:
    return len(CLAIM_LEVELS[claim]) * len(ALPHABETS)


def _added_lines(scatters: Sequence[Scatter]) -> list[str]:
    """Return the searches to add within the allowance, and the half-widths that they give."""
    allowed = f"at most {MOST_ADDED_CORE_HOURS:g} core-hours may be added in all"
    try:
        added = added_searches(scatters)
    except InputError:
        return [allowed]
    if not any(added):
        return [f"{allowed}; none are needed"]
    lines = [f"{allowed}; the widest stratum first, these are added:"]
    for more, one in zip(added, scatters, strict=True):
        if more:
            lines.append(
                f"{one.alphabet_size} symbols, level {one.level}: {one.planned + more} searches, "
                f"{more} more than planned, {more * one.core_hours:.2f} core-hours"
            )
    for claim, levels in CLAIM_LEVELS.items():
        strata = [(one, one.planned + more) for one, more in zip(scatters, added, strict=True)]
        own = [(one, count) for one, count in strata if one.level in levels]
        width = half_width([one for one, _ in own], [count for _, count in own])
        lines.append(f"{claim}: half-width of the interval with them {_octaves(width)}")
    return lines


def _claim_lines(claim: str, strata: Sequence[Scatter]) -> list[str]:
    planned = half_width(strata, [one.planned for one in strata])
    lines = [
        f"{claim}: half-width of the {PRIMARY_CONFIDENCE:.2%} interval with the planned searches "
        f"{_octaves(planned)}; wanted: the margin, {_octaves(DELTA)}"
    ]
    needed = needed_searches(strata)
    if needed is None:
        return [
            *lines,
            f"{claim}: no number of searches up to {MOST_SEARCHES} is known to be enough",
        ]
    more = [
        (count - one.planned, one)
        for count, one in zip(needed, strata, strict=True)
        if count > one.planned
    ]
    if not more:
        return [*lines, f"{claim}: the planned searches are enough"]
    for added, one in sorted(more, key=lambda pair: -pair[1].deviation):
        lines.append(
            f"{claim}: {one.alphabet_size} symbols, level {one.level} needs {one.planned + added} "
            f"searches, {added} more than planned, {added * one.core_hours:.2f} core-hours"
        )
    return lines


def _octaves(value: float) -> str:
    return f"{value:.3f} octaves" if isfinite(value) else "unknown"
