"""Which sweeps C3 compares: depth fixed, with units as at depth 1 or parameters matched, at a budget and a quarter."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.requirements import fewer_within

DEPTHS = (1, 2, 3, 4)
LEVELS_PER_DEPTH, SEARCHES_PER_DEPTH = 2, 2
_QUARTER = 0.25
_CLOCK = "cal-s"
DEPTH_DESIGNS = ("units as at depth 1", "parameters matched")
# What a budget in calibrated seconds means, and what is trained in it.
_SAME = {"protocol": "protocol", "cost_table_hash": "cost table"}


def chosen_designs(evidence: Evidence) -> tuple[dict[str, pd.DataFrame], tuple[str, str] | None]:
    """Both designs at the largest budget B that every depth of them has, with a quarter of it, and these two budgets.

    Without such budgets, both designs at whatever budgets there are, and None.
    """
    everything = depth_designs(evidence)
    amounts = {
        (float(amount), str(budget))
        for rows in everything.values()
        for amount, budget in rows[["budget_amount", "budget"]]
        .dropna()
        .drop_duplicates()
        .itertuples(index=False)
    }
    for amount, budget in sorted(amounts, reverse=True):
        for less, quarter in sorted(amounts):
            if abs(less - _QUARTER * amount) <= 1e-9 * amount:
                designs = depth_designs(evidence, (budget, quarter))
                if _at_every_depth(designs, (budget, quarter)):
                    return designs, (budget, quarter)
    return everything, None


def depth_designs(evidence: Evidence, budgets: tuple[str, ...] = ()) -> dict[str, pd.DataFrame]:
    """Planned confirmation runs of sweeps with a fixed depth, by whether their units are searched as at depth 1.

    Fixed means that nothing else was tried. Sweeps with other ranges of units at a depth than at depth 1 are those that
    match parameters. Only budgets in calibrated seconds count, and where some are given, only those, with the ranges
    that depth 1 has at each of them: what else was run at depth 1 says nothing about these sweeps. Sweeps all of whose
    LSTMs have forget bias 1 are a control.
    """
    planned, tried = evidence.designed, evidence.frame.dropna(subset="depth")
    planned = planned[
        (planned["budget_unit"] == _CLOCK) & ~planned["sweep"].isin(evidence.open_gates)
    ]
    planned = planned[planned["budget"].isin(budgets)] if budgets else planned
    tried = tried[tried["sweep"].isin(planned["sweep"].unique())]
    depths = tried.groupby("sweep")["depth"].agg(["nunique", "first"])
    depths = depths[depths["nunique"] == 1]["first"].astype(int)
    ranges = {str(sweep): evidence.units_range(str(sweep)) for sweep in depths.index}
    rows = planned.assign(depth=planned["sweep"].map(depths))
    first = rows[rows["depth"] == 1].drop_duplicates(["sweep", "budget"])
    at = first["budget"].groupby(first["sweep"].map(ranges)).nunique()
    shallow = set(at.index[at >= len(budgets)])
    plain = {sweep for sweep, units in ranges.items() if units in shallow}
    matched = {
        sweep for sweep, units in ranges.items() if (units in shallow) == (depths[sweep] == 1)
    }
    return {
        name: rows[rows["sweep"].isin(use)]
        for name, use in zip(DEPTH_DESIGNS, (plain, matched), strict=True)
    }


def _at_every_depth(designs: dict[str, pd.DataFrame], budgets: tuple[str, str]) -> bool:
    """Whether every depth of both designs has both budgets."""
    wanted = {(depth, budget) for depth in DEPTHS for budget in budgets}
    return all(
        wanted <= set(zip(rows["depth"], rows["budget"], strict=True)) for rows in designs.values()
    )


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
        return [
            f"the same budget B and B/4 in {_CLOCK}, each searched, at every depth of both designs"
        ]
    for rows in designs.values():
        some = rows[rows["budget"].isin(budgets) & rows["depth"].isin(DEPTHS)]
        lacking = fewer_within(
            some, ["budget", "depth"], ["level"], LEVELS_PER_DEPTH, "levels at every depth"
        )
        keys = ["budget", "depth", "stratum", "cell"]
        lacking += fewer_within(
            some, keys, ["cluster"], SEARCHES_PER_DEPTH, "independent searches per level"
        )
        lacking += [
            f"one {_SAME[name]} for all depths"
            for name in _SAME
            if name in some and some[name].nunique() > 1
        ]
        found += [words for words in lacking if words not in found]
    return found
