"""Sweeps that C3 compares: the depth is fixed, at a budget and a quarter of it, in two designs.

In one design, units are searched as at depth 1. In the other, the parameters are matched.
"""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.requirements import fewer_within

DEPTHS = (1, 2, 3, 4)
LEVELS_PER_DEPTH = 2
SEARCHES_PER_DEPTH = 2
_QUARTER = 0.25
_CLOCK = "cal-s"
DEPTH_DESIGNS = ("units as at depth 1", "parameters matched")
# Columns that decide what a budget in calibrated seconds means.
_SAME = {"protocol": "protocol", "cost_table_hash": "cost table"}


def chosen_designs(evidence: Evidence) -> tuple[dict[str, pd.DataFrame], tuple[str, str] | None]:
    """Return the runs of both designs, and the budget and its quarter that they are compared at.

    The budget is the largest that every depth of both designs has, together with a quarter of it.

    Parameters
    ----------
    evidence : Evidence
        The records.

    Returns
    -------
    designs : dict of str to DataFrame
        Planned confirmation runs by the name of the design.
    budgets : tuple of str or None
        The budget and its quarter. None if no budget has its quarter at every depth; the designs
        then hold the runs of all budgets.
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
    """Return planned confirmation runs of sweeps with a fixed depth, by design.

    A depth is fixed if a sweep tried no other. A sweep matches parameters if its range of units at
    a depth differs from the range at depth 1. Only budgets in calibrated seconds count. Sweeps
    whose LSTMs all have forget bias 1 are a control and are left out.

    Parameters
    ----------
    evidence : Evidence
        The records.
    budgets : tuple of str
        Budgets to use; all if empty. If given, only the ranges of units that depth 1 has at each of
        them count as those of depth 1.

    Returns
    -------
    dict of str to DataFrame
        Rows of `evidence.designed` with the fixed `depth`, by the names in `DEPTH_DESIGNS`.
    """
    tried = evidence.frame.dropna(subset="depth")
    planned = evidence.designed
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
    count = first["budget"].groupby(first["sweep"].map(ranges)).nunique()
    shallow = set(count.index[count >= len(budgets)])
    plain = {sweep for sweep, units in ranges.items() if units in shallow}
    matched = {
        sweep for sweep, units in ranges.items() if (units in shallow) == (depths[sweep] == 1)
    }
    return {
        name: rows[rows["sweep"].isin(use)]
        for name, use in zip(DEPTH_DESIGNS, (plain, matched), strict=True)
    }


def _at_every_depth(designs: dict[str, pd.DataFrame], budgets: tuple[str, str]) -> bool:
    """Return whether every depth of both designs has both budgets."""
    wanted = {(depth, budget) for depth in DEPTHS for budget in budgets}
    return all(
        wanted <= set(zip(rows["depth"], rows["budget"], strict=True)) for rows in designs.values()
    )


def design_needs(designs: dict[str, pd.DataFrame], budgets: tuple[str, str] | None) -> list[str]:
    """Return phrases for missing depths, budgets, levels and searches; empty if nothing is missing.

    Parameters
    ----------
    designs : dict of str to DataFrame
        Planned runs by design, from `chosen_designs`.
    budgets : tuple of str or None
        The budget and its quarter.
    """
    phrases = []
    for name, rows in designs.items():
        absent = [str(depth) for depth in DEPTHS if depth not in set(rows["depth"])]
        if absent:
            phrases.append(f"sweeps with depth {', '.join(absent)} fixed ({name})")
    if phrases:
        return phrases
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
        phrases += [phrase for phrase in lacking if phrase not in phrases]
    return phrases
