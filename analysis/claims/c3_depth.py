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
# What is read at the budget, and at the fewest FLOPs that any depth of the same string had to spend.
_READINGS = {"stored": "", "stored_flops": ", at equal FLOPs"}


class DepthTable(NamedTuple):
    """Stored fraction of one design at one budget: `values` (n, depths), NaN where a depth is missing, and labels."""

    values: np.ndarray
    strata: list[str]
    clusters: list[str]
    rows: pd.DataFrame


class DepthGains(NamedTuple):
    """One design at one budget: the gains that decide, the same at equal FLOPs, its table and its searches' doubts."""

    name: str
    gains: list[VerdictPart]
    flops: list[VerdictPart]
    table: DepthTable
    doubts: list[str]


def test(evidence: Evidence) -> Verdict:
    """Gain of depth 2 to 4 over depth 1 at a budget and at a quarter of it, each re-tuned, in both designs."""
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
    lacking = [words for some in runs.values() for words in _lacks_strings(some)]
    if lacking:
        return not_tested(lacking[:1], " and ".join(budgets))
    found = {
        (name, budget): _budget(evidence, some, f"{name}, {budget}")
        for (name, budget), some in runs.items()
    }
    by_design = {name: [found[name, budget] for budget in budgets] for name in DEPTH_DESIGNS}
    verdict, tag = _overall([_outcome(several) for several in by_design.values()])
    slopes = [
        _slope(full.table, quarter.table, name) for name, (full, quarter) in by_design.items()
    ]
    named = (
        [words for several in by_design.values() for words in _named(several)]
        if verdict == SUPPORTED
        else []
    )
    doubt = dict.fromkeys(words for budget in found.values() for words in budget.doubts)
    gains = [part for budget in found.values() for part in budget.gains]
    beside = [part for budget in found.values() for part in budget.flops]
    unknown = evidence.unknown_ranges(pd.concat(runs.values()))
    return Verdict(
        verdict, tag, (*gains, *beside), tuple(part.name for part in beside), tuple(_self(evidence, runs, found)),
        notes=(*slopes, *named, *doubt, *unknown), setting=" and ".join(budgets),
    )  # fmt: skip


def _runs(evidence: Evidence, planned: pd.DataFrame, budget: str) -> pd.DataFrame:
    """Runs of one design at one budget, with what they stored within it and within equal FLOPs."""
    runs = evidence.runs.drop(columns="depth").assign(stored=evidence.curves.final)
    depths = planned.drop_duplicates("sweep").set_index("sweep")["depth"]
    runs = runs[runs["sweep"].isin(depths.index) & (runs["budget"] == budget)]
    runs = runs.assign(depth=runs["sweep"].map(depths), flops_limit=whole_budget(runs))
    runs = runs[runs["depth"].isin(DEPTHS)]
    limits = runs.groupby(_ROW)["flops_limit"].transform("min").to_numpy(dtype=float)
    curves = evidence.curves.take(runs.index.to_numpy())
    return runs.assign(stored_flops=best_within(curves, "flops", limits))


def _lacks_strings(runs: pd.DataFrame) -> list[str]:
    """What the strings that every depth met lack of the smallest design."""
    table = _table(runs)
    whole = table.rows[np.isfinite(table.values).all(axis=1)]
    if whole.empty:
        return ["the same strings at every depth (sweeps with one seed)"]
    searches = (
        whole.groupby("stratum")["search"].nunique().reindex(runs["stratum"].unique(), fill_value=0)
    )
    if searches.min() >= SEARCHES_PER_DEPTH:
        return []
    return [
        f"{SEARCHES_PER_DEPTH} searches per level with the same strings at every depth in runs that did not fail"
    ]


def _table(runs: pd.DataFrame, column: str = "stored") -> DepthTable:
    """Stored fraction of every string at every depth."""
    finite = runs.assign(**{column: runs[column].replace(-np.inf, np.nan)})
    grid = finite.pivot_table(index=_ROW, columns="depth", values=column, aggfunc="mean").reindex(
        columns=list(DEPTHS)
    )
    rows = grid.index.to_frame(index=False)
    # The cells of one search meet the same strings: they are one cluster.
    return DepthTable(
        grid.to_numpy(), rows["stratum"].tolist(), rows["search"].astype(str).tolist(), rows
    )


def _budget(evidence: Evidence, runs: pd.DataFrame, where: str) -> DepthGains:
    """Gains of one design at one budget; a gain is in doubt with the searches of its depth or of depth 1."""
    strata = runs["stratum"].nunique()
    gains, flops = (
        _gains(_table(runs, column), where + words, strata) for column, words in _READINGS.items()
    )
    doubts = [
        evidence.doubts(runs[runs["depth"].isin([1, depth])], GAIN_MARGIN) for depth in DEPTHS[1:]
    ]
    judged = [doubted(part, doubt) for part, doubt in zip(gains, doubts, strict=True)]
    named = [
        f"{part.name}: {words}"
        for part, doubt in zip(gains, doubts, strict=True)
        for words in doubt
    ]
    return DepthGains(where, judged, flops, _table(runs), named)


def _gains(table: DepthTable, where: str, strata: int) -> list[VerdictPart]:
    """Gain of each depth over depth 1, with simultaneous intervals over depths, Bonferroni over the two budgets."""
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
    for place, depth in enumerate(DEPTHS[1:]):
        # The claim is that there is no gain.
        verdict = (
            SUPPORTED
            if high[place] < GAIN_MARGIN
            else REFUTED
            if low[place] > GAIN_MARGIN
            else INCONCLUSIVE
        )
        verdict, tag = (verdict, "") if known >= strata else (INCONCLUSIVE, LEVELS_EMPTY)
        parts.append(
            VerdictPart(
                f"depth {depth}, {where}", _QUANTITY, float(estimate[place]),
                float(low[place]), float(high[place]), float(plain_low[place]), float(plain_high[place]), GAIN_MARGIN,
                verdict, tag,
                f"{freedom} degrees of freedom, simultaneous over depths", confidence,
            )
        )  # fmt: skip
    return parts


def _self(
    evidence: Evidence,
    runs: dict[tuple[str, str], pd.DataFrame],
    found: dict[tuple[str, str], DepthGains],
) -> list[VerdictPart]:
    """Each cell against itself, at the same depth: the difference in stored fraction between independent searches."""
    parts, stored = [], evidence.curves.final
    for key, some in runs.items():
        like = replace(
            found[key].gains[0], name=found[key].name, quantity="difference in stored fraction"
        )
        keys = ("stratum", "cell", "depth")
        parts += self_parts(
            evidence, some, lambda pairs: stored[pairs.first] - stored[pairs.second], like, keys
        )
    return parts


def _outcome(budgets: Sequence[DepthGains]) -> tuple[str, str]:
    """Supported: at some budget no depth gains the margin. Refuted: at every budget some depth gains more than it.

    A budget at which the gain of some depth is on the other side of the margin at equal FLOPs supports nothing.
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
    """Both designs must support the claim; one that refutes it is enough."""
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
    """How the gain of depth, mean over depths, changes per doubling of the budget, from the strings of both."""
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
    found = clustered_contrast(slope, strata, clusters)
    low, high = found.interval()
    change = f"{found.estimate:.3g} per doubling of the budget (95 %: [{low:.3g}, {high:.3g}])"
    return f"{name}: the gain of depth changes by {change}"


CLAIM = Claim(
    statement="More depth does not necessarily memorize more when training time is constrained.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="supported if at a named budget no depth of 2 to 4 gains .03 in stored fraction over depth 1, with units as at"
    " depth 1 and with parameters matched; refuted if at every budget some depth gains more",
    test=test,
)
