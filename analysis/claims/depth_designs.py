"""Which sweeps C3 compares: depth fixed, with units as at depth 1 or parameters matched, at a budget and a quarter."""

from __future__ import annotations

import pandas as pd

from analysis.claims.evidence import Evidence
from analysis.claims.requirements import fewer_within

DEPTHS = (1, 2, 3, 4)
LEVELS, SEARCHES = 2, 2
QUARTER = 0.25
CLOCK = "cal-s"
DESIGNS = ("units as at depth 1", "parameters matched")
# What a budget in calibrated seconds means, and what is trained in it.
_SAME = {"protocol": "protocol", "cost_table_hash": "cost table"}


def depth_designs(evidence: Evidence) -> dict[str, pd.DataFrame]:
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


def common_budgets(designs: dict[str, pd.DataFrame]) -> tuple[str, str] | None:
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


def design_needs(designs: dict[str, pd.DataFrame], budgets: tuple[str, str] | None) -> list[str]:
    """What is missing of depths, budgets, levels and searches in each design."""
    found = []
    for name, rows in designs.items():
        absent = [str(depth) for depth in DEPTHS if depth not in set(rows["depth"])]
        if absent:
            found.append(f"sweeps with depth {', '.join(absent)} fixed ({name})")
    if found:
        return found
    if budgets is None:
        return [f"the same budget B and B/4 in {CLOCK}, each searched, at every depth of both designs"]
    for rows in designs.values():
        some = rows[rows["budget"].isin(budgets) & rows["depth"].isin(DEPTHS)]
        lacking = fewer_within(some, ["budget", "depth"], ["level"], LEVELS, "levels at every depth")
        keys = ["budget", "depth", "stratum", "cell"]
        lacking += fewer_within(some, keys, ["cluster"], SEARCHES, "independent searches per level")
        lacking += [f"one {_SAME[name]} for all depths" for name in _SAME if name in some and some[name].nunique() > 1]
        found += [words for words in lacking if words not in found]
    return found
