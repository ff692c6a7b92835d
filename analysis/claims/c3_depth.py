"""C3: more depth does not necessarily memorize more when training time is constrained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence
from analysis.claims.requirements import missing_searches
from analysis.claims.verdict import INCONCLUSIVE, REFUTED, SUPPORTED, Part, Verdict, not_tested
from analysis.contrasts import COMPARATIVE_CLAIMS, PLAIN, clustered_contrast, max_t_intervals
from analysis.search_quality import doubts

MARGIN = 0.03
DEPTHS = (1, 2, 3, 4)
LEVELS, SEARCHES = 2, 2
QUARTER = 0.25
CLOCK = "cal-s"
DESIGNS = ("units as at depth 1", "parameters matched")
_ROW = ["cell", "stratum", "search", "string_id", "repeat"]


class Table(NamedTuple):
    """Stored fraction of one design at one budget: `values` (n, depths), NaN where a depth is missing, and labels."""

    values: np.ndarray
    strata: list[str]
    clusters: list[str]
    rows: pd.DataFrame


def test(evidence: Evidence) -> Verdict:
    """Gain of depth 2 to 4 over depth 1 at a budget and at a quarter of it, each re-tuned, in both designs."""
    designs = _designs(evidence)
    budgets = _budgets(designs)
    needs = _needs(designs, budgets)
    if needs:
        return not_tested(needs)
    assert budgets is not None
    tables = {(name, b): _table(evidence, designs[name], b) for name in DESIGNS for b in budgets}
    if not all(np.isfinite(table.values).all(axis=1).any() for table in tables.values()):
        return not_tested(["the same strings at every depth (sweeps with one seed)"], " and ".join(budgets))
    parts = [part for (name, budget), table in tables.items() for part in _gains(table, f"{name}, {budget}")]
    outcomes = [_outcome([_of(parts, f"{name}, {budget}") for budget in budgets]) for name in DESIGNS]
    verdict = REFUTED if REFUTED in outcomes else SUPPORTED if set(outcomes) == {SUPPORTED} else INCONCLUSIVE
    sweeps = {sweep for rows in designs.values() for sweep in rows["sweep"]}
    doubt = doubts(evidence.frame[evidence.frame["sweep"].isin(sweeps)], evidence.configs, MARGIN)
    slopes = [_slope(tables[name, budgets[0]], tables[name, budgets[1]], name) for name in DESIGNS]
    notes = [*slopes, *(_named(parts, budgets) if verdict == SUPPORTED else []), *doubt]
    tag = "the search is in doubt" if doubt else ""
    setting = " and ".join(budgets)
    return Verdict(INCONCLUSIVE if doubt else verdict, tag, tuple(parts), notes=tuple(notes), setting=setting)


def _designs(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Planned confirmation runs of sweeps with a fixed depth, by whether their units are searched as at depth 1.

    Fixed means that nothing else was tried. Sweeps with other ranges of units at a depth than at depth 1 are those that
    match parameters.
    """
    planned, tried = evidence.designed, evidence.frame.dropna(subset="depth")
    depths = tried.groupby("sweep")["depth"].agg(["nunique", "first"])
    depths = depths[depths["nunique"] == 1]["first"].astype(int)
    ranges = {str(sweep): evidence.units_range(str(sweep)) for sweep in depths.index}
    shallow = {ranges[str(sweep)] for sweep, depth in depths.items() if depth == 1}
    plain = {str(s) for s, depth in depths.items() if depth == 1 or ranges[str(s)] in shallow}
    matched = {str(s) for s, depth in depths.items() if depth == 1 or ranges[str(s)] not in shallow}
    rows = planned.assign(depth=planned["sweep"].map(depths))
    return {name: rows[rows["sweep"].isin(use)] for name, use in zip(DESIGNS, (plain, matched), strict=True)}


def _budgets(designs: dict[str, pd.DataFrame]) -> tuple[str, str] | None:
    """The largest budget B with a quarter of it among those that every depth of both designs has."""
    common: set[tuple[float, str]] | None = None
    for rows in designs.values():
        for depth in DEPTHS:
            some = rows[(rows["depth"] == depth) & (rows["budget_unit"] == CLOCK)]
            pairs = some[["budget_amount", "budget"]].dropna().drop_duplicates()
            found = {(float(amount), str(budget)) for amount, budget in pairs.itertuples(index=False)}
            common = found if common is None else common & found
    for amount, budget in sorted(common or (), reverse=True):
        for less, quarter in common or ():
            if abs(less - QUARTER * amount) <= 1e-9 * amount:
                return budget, quarter
    return None


def _needs(designs: dict[str, pd.DataFrame], budgets: tuple[str, str] | None) -> list[str]:
    found = []
    for name, rows in designs.items():
        absent = [str(depth) for depth in DEPTHS if depth not in set(rows["depth"])]
        if absent:
            found.append(f"sweeps with depth {', '.join(absent)} fixed ({name})")
    if found:
        return found
    if budgets is None:
        return [f"the same budget B and B/4 in {CLOCK}, each searched, at every depth of both designs"]
    rows = pd.concat(designs.values())
    rows = rows[rows["budget"].isin(budgets)]
    levels = rows.groupby(["budget", "depth"])["stratum"].nunique().min()
    found += [] if levels >= LEVELS else [f"{LEVELS} levels at every depth"]
    for _, some in rows.groupby(["budget", "depth", "sweep"]):
        found += [words for words in missing_searches(some, SEARCHES) if words not in found]
    return found


def _table(evidence: Evidence, planned: pd.DataFrame, budget: str) -> Table:
    """Best stored fraction within the budget of every string at every depth."""
    runs = evidence.runs.assign(stored=evidence.curves.final)
    runs = runs[runs["sweep"].isin(planned["sweep"]) & (runs["budget"] == budget)]
    grid = runs.pivot_table(index=_ROW, columns="depth", values="stored", aggfunc="mean").reindex(columns=list(DEPTHS))
    rows = grid.index.to_frame(index=False)
    # The cells of one search meet the same strings: they are one cluster.
    return Table(grid.to_numpy(), rows["stratum"].tolist(), rows["search"].astype(str).tolist(), rows)


def _gains(table: Table, where: str) -> list[Part]:
    """Gain of each depth over depth 1, with simultaneous intervals over depths, Bonferroni over the two budgets."""
    differences = table.values[:, 1:] - table.values[:, :1]
    confidence = 1 - (1 - PLAIN) / COMPARATIVE_CLAIMS / 2
    estimate, low, high, freedom = max_t_intervals(differences, table.strata, table.clusters, confidence)
    _, plain_low, plain_high, _ = max_t_intervals(differences, table.strata, table.clusters, 1 - (1 - PLAIN) / 2)
    parts = []
    for place, depth in enumerate(DEPTHS[1:]):
        # The claim is that there is no gain.
        verdict = SUPPORTED if high[place] < MARGIN else REFUTED if low[place] > MARGIN else INCONCLUSIVE
        parts.append(
            Part(
                f"depth {depth}, {where}", "gain in stored fraction over depth 1", float(estimate[place]),
                float(low[place]), float(high[place]), float(plain_low[place]), float(plain_high[place]), MARGIN,
                verdict, "",
                f"{freedom} degrees of freedom, simultaneous over depths", confidence,
            )
        )  # fmt: skip
    return parts


def _of(parts: Sequence[Part], where: str) -> list[Part]:
    return [part for part in parts if part.name.endswith(where)]


def _outcome(by_budget: Sequence[Sequence[Part]]) -> str:
    """Supported: at some budget no depth gains the margin. Refuted: at every budget some depth gains more than it."""
    if any(all(part.verdict == SUPPORTED for part in parts) for parts in by_budget):
        return SUPPORTED
    if all(any(part.low > MARGIN for part in parts) for parts in by_budget):
        return REFUTED
    return INCONCLUSIVE


def _named(parts: Sequence[Part], budgets: Sequence[str]) -> list[str]:
    named = [
        f"{name}: no depth gains {MARGIN:g} at {budget}"
        for name in DESIGNS
        for budget in budgets
        if all(part.verdict == SUPPORTED for part in _of(parts, f"{name}, {budget}"))
    ]
    return named


def _slope(full: Table, quarter: Table, name: str) -> str:
    """How the gain of depth, mean over depths, changes per doubling of the budget, from the strings of both."""
    gains = []
    for table in (full, quarter):
        gain = pd.Series((table.values[:, 1:] - table.values[:, :1]).mean(axis=1), pd.MultiIndex.from_frame(table.rows))
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
