"""C3: more depth does not necessarily memorize more when training time is constrained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import self_parts
from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.depth_designs import (
    DEPTH_DESIGNS,
    DEPTHS,
    SEARCHES_PER_DEPTH,
    chosen_designs,
    design_needs,
)
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import GAIN_OF_THE_OTHER
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    INCONCLUSIVE,
    LEVELS_EMPTY,
    REFUTED,
    SEARCH_DOUBTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    doubted,
    not_tested,
)
from seqmem.analysis.estimators.contrasts import (
    COMPARATIVE_CLAIMS,
    PLAIN,
    clustered_contrast,
    max_t_intervals,
)
from seqmem.analysis.estimators.time_ratios import best_within, whole_budget

GAIN_MARGIN = 0.03
_QUANTITY = "gain in stored fraction over depth 1"
_ROW = ["cell", "stratum", "search", "string_id", "repeat"]
# Columns with the stored fraction at the budget, and at the fewest FLOPs of any depth of a string.
_READINGS = {"stored": "", "stored_flops": ", at equal FLOPs"}


class DepthTable(NamedTuple):
    """Stored fraction of one design at one budget.

    Attributes
    ----------
    values : array of float, shape (n, depths)
        Stored fraction of each string at each depth; NaN if a depth is missing.
    strata, clusters : list of str
        Level and search of each string.
    rows : DataFrame
        Keys of each string.
    """

    values: np.ndarray
    strata: list[str]
    clusters: list[str]
    rows: pd.DataFrame


class DepthGains(NamedTuple):
    """Gains of depth of one design at one budget.

    Attributes
    ----------
    name : str
        Design and budget.
    gains : list of VerdictPart
        Gains that decide.
    flops : list of VerdictPart
        The same gains at equal FLOPs.
    table : DepthTable
        Stored fractions behind the gains.
    doubts : list of str
        Reasons to doubt the searches.
    """

    name: str
    gains: list[VerdictPart]
    flops: list[VerdictPart]
    table: DepthTable
    doubts: list[str]


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C3: gain of depths 2 to 4 over depth 1 in both designs.

    Each design is tuned anew at a budget and at a quarter of it.
    """
    designs, budgets = chosen_designs(evidence)
    needs = design_needs(designs, budgets)
    if needs:
        return not_tested(needs)
    assert budgets is not None
    runs = {
        (name, budget): _runs(evidence, planned, budget)
        for name, planned in designs.items()
        for budget in budgets
    }
    lacking = [sentence for some in runs.values() for sentence in _lacks_strings(some)]
    if lacking:
        return not_tested(lacking[:1], " and ".join(budgets))
    gains_of = {
        (name, budget): _budget(evidence, some, f"{name}, {budget}")
        for (name, budget), some in runs.items()
    }
    by_design = {name: [gains_of[name, budget] for budget in budgets] for name in DEPTH_DESIGNS}
    verdict, tag = _overall([_outcome(several) for several in by_design.values()])
    slopes = [
        _slope(full.table, quarter.table, name) for name, (full, quarter) in by_design.items()
    ]
    named = (
        [sentence for several in by_design.values() for sentence in _named(several)]
        if verdict == SUPPORTED
        else []
    )
    doubts = dict.fromkeys(sentence for budget in gains_of.values() for sentence in budget.doubts)
    gains = [part for budget in gains_of.values() for part in budget.gains]
    beside = [part for budget in gains_of.values() for part in budget.flops]
    unknown = evidence.unknown_ranges(pd.concat(runs.values()))
    return Verdict(
        verdict,
        tag,
        (*gains, *beside),
        tuple(part.name for part in beside),
        tuple(_self(evidence, runs, gains_of)),
        notes=(*slopes, *named, *doubts, *unknown),
        setting=" and ".join(budgets),
    )


def _runs(evidence: Evidence, planned: pd.DataFrame, budget: str) -> pd.DataFrame:
    """Return the runs of one design at one budget, with what they stored.

    `stored` is the fraction at the budget, `stored_flops` the fraction at equal FLOPs.
    """
    runs = evidence.runs.drop(columns="depth").assign(stored=evidence.curves.final)
    depths = planned.drop_duplicates("sweep").set_index("sweep")["depth"]
    runs = runs[runs["sweep"].isin(depths.index) & (runs["budget"] == budget)]
    runs = runs.assign(depth=runs["sweep"].map(depths), flops_limit=whole_budget(runs))
    runs = runs[runs["depth"].isin(DEPTHS)]
    limits = runs.groupby(_ROW)["flops_limit"].transform("min").to_numpy(dtype=float)
    curves = evidence.curves.take(runs.index.to_numpy())
    return runs.assign(stored_flops=best_within(curves, "flops", limits))


def _lacks_strings(runs: pd.DataFrame) -> list[str]:
    """Return what the strings that every depth has lack of the design."""
    table = _table(runs)
    whole = table.rows[np.isfinite(table.values).all(axis=1)]
    if whole.empty:
        return ["the same strings at every depth (sweeps with the same seed)"]
    searches = (
        whole.groupby("stratum")["search"].nunique().reindex(runs["stratum"].unique(), fill_value=0)
    )
    if searches.min() >= SEARCHES_PER_DEPTH:
        return []
    return [
        f"{SEARCHES_PER_DEPTH} searches per level with the same strings at every depth in runs"
        " that did not fail"
    ]


def _table(runs: pd.DataFrame, column: str = "stored") -> DepthTable:
    """Return the stored fraction of every string at every depth."""
    finite = runs.assign(**{column: runs[column].replace(-np.inf, np.nan)})
    grid = finite.pivot_table(index=_ROW, columns="depth", values=column, aggfunc="mean").reindex(
        columns=list(DEPTHS)
    )
    rows = grid.index.to_frame(index=False)
    # The cells of one search have the same strings, so they form one cluster.
    return DepthTable(
        grid.to_numpy(), rows["stratum"].tolist(), rows["search"].astype(str).tolist(), rows
    )


def _budget(evidence: Evidence, runs: pd.DataFrame, where: str) -> DepthGains:
    """Return the gains of one design at one budget.

    A gain is in doubt if the searches at its depth or at depth 1 are.
    """
    strata = runs["stratum"].nunique()
    gains, flops = (
        _gains(_table(runs, column), where + reading, strata)
        for column, reading in _READINGS.items()
    )
    doubts = [
        evidence.doubts(runs[runs["depth"].isin([1, depth])], GAIN_MARGIN) for depth in DEPTHS[1:]
    ]
    judged = [doubted(part, doubt) for part, doubt in zip(gains, doubts, strict=True)]
    named = [
        f"{part.name}: {reason}"
        for part, reasons in zip(gains, doubts, strict=True)
        for reason in reasons
    ]
    return DepthGains(where, judged, flops, _table(runs), named)


def _gains(table: DepthTable, where: str, strata: int) -> list[VerdictPart]:
    """Return the gain of each depth over depth 1.

    Intervals are simultaneous over depths, with a Bonferroni correction for the two budgets.
    """
    differences = table.values[:, 1:] - table.values[:, :1]
    known = len(
        {s for s, row in zip(table.strata, differences, strict=True) if np.isfinite(row).all()}
    )
    confidence = 1 - (1 - PLAIN) / COMPARATIVE_CLAIMS / 2
    estimate, low, high, freedom = max_t_intervals(
        differences, table.strata, table.clusters, confidence
    )
    _, plain_low, plain_high, _ = max_t_intervals(
        differences, table.strata, table.clusters, 1 - (1 - PLAIN) / 2
    )
    parts = []
    for index, depth in enumerate(DEPTHS[1:]):
        # The claim is that there is no gain.
        verdict = (
            SUPPORTED
            if high[index] < GAIN_MARGIN
            else REFUTED
            if low[index] > GAIN_MARGIN
            else INCONCLUSIVE
        )
        tag = ""
        if known < strata:
            verdict = INCONCLUSIVE
            tag = LEVELS_EMPTY
        parts.append(
            VerdictPart(
                f"depth {depth}, {where}", _QUANTITY, float(estimate[index]),
                float(low[index]), float(high[index]), float(plain_low[index]),
                float(plain_high[index]), GAIN_MARGIN, verdict, tag,
                f"{freedom} degrees of freedom, simultaneous over depths", confidence,
            )
        )  # fmt: skip
    return parts


def _self(
    evidence: Evidence,
    runs: dict[tuple[str, str], pd.DataFrame],
    gains_of: dict[tuple[str, str], DepthGains],
) -> list[VerdictPart]:
    """Return the difference in stored fraction between searches of each cell at each depth."""
    stored = evidence.curves.final
    parts = []
    for key, some in runs.items():
        like = replace(
            gains_of[key].gains[0],
            name=gains_of[key].name,
            quantity="difference in stored fraction",
        )
        keys = ("stratum", "cell", "depth")
        parts += self_parts(
            evidence, some, lambda pairs: stored[pairs.first] - stored[pairs.second], like, keys
        )
    return parts


def _outcome(budgets: Sequence[DepthGains]) -> tuple[str, str]:
    """Return the verdict of one design.

    Supported if no depth gains the margin at some budget. Refuted if some depth gains more at every
    budget. A budget supports nothing if some gain is beyond the margin at equal FLOPs.
    """
    without = [
        budget for budget in budgets if all(part.verdict == SUPPORTED for part in budget.gains)
    ]
    if any(all(part.estimate < GAIN_MARGIN for part in budget.flops) for budget in without):
        return SUPPORTED, ""
    if without:
        return INCONCLUSIVE, CLOCK_DEPENDS
    if all(any(part.verdict == REFUTED for part in budget.gains) for budget in budgets):
        return REFUTED, ""
    doubtful = any(part.tag == SEARCH_DOUBTED for budget in budgets for part in budget.gains)
    return INCONCLUSIVE, SEARCH_DOUBTED if doubtful else ""


def _overall(outcomes: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the common verdict of both designs: supported if both are, refuted if one is."""
    verdicts = [verdict for verdict, _ in outcomes]
    verdict = (
        REFUTED
        if REFUTED in verdicts
        else SUPPORTED
        if set(verdicts) == {SUPPORTED}
        else INCONCLUSIVE
    )
    return verdict, next((tag for one, tag in outcomes if one == verdict and tag), "")


def _named(budgets: Sequence[DepthGains]) -> list[str]:
    return [
        f"no depth gains {GAIN_MARGIN:g} with {budget.name}"
        for budget in budgets
        if all(part.verdict == SUPPORTED for part in budget.gains)
    ]


def _slope(full: DepthTable, quarter: DepthTable, name: str) -> str:
    """Return a sentence on the change of the mean gain of depth per doubling of the budget."""
    gains = []
    for table in (full, quarter):
        gain = pd.Series(
            (table.values[:, 1:] - table.values[:, :1]).mean(axis=1),
            pd.MultiIndex.from_frame(table.rows),
        )
        gains.append(gain)
    slope = ((gains[0] - gains[1]) / 2).dropna()
    strata = slope.index.get_level_values("stratum").tolist()
    clusters = slope.index.get_level_values("search").astype(str).tolist()
    contrast = clustered_contrast(slope, strata, clusters)
    low, high = contrast.interval()
    change = f"{contrast.estimate:.3g} per doubling of the budget (95 %: [{low:.3g}, {high:.3g}])"
    return f"{name}: the gain of depth changes by {change}"


CLAIM = Claim(
    study=1,
    statement="More depth does not necessarily memorize more when training time is constrained.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if, at a named budget, no depth of 2 to 4 gains .03 in stored fraction over"
    " depth 1. This must hold with units as at depth 1 and with parameters matched. Refuted if"
    " some depth gains more at every budget.",
    test=test,
    scale=GAIN_OF_THE_OTHER,
)
