"""GRU against LSTM at given levels, for C1 and C2: which runs, which budget, rho on every clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.evidence import Evidence, pair_cells
from analysis.claims.requirements import fewer, missing_cells, missing_levels, missing_searches
from analysis.claims.verdict import INCONCLUSIVE, SUPPORTED, Part, Verdict, conjunction, contrast_part
from analysis.contrasts import clustered_contrast
from analysis.first_passage import answers_smaller_budgets
from analysis.search_quality import doubts
from analysis.time_ratios import time_ratios

MARGIN = 0.15
ALPHABETS, SEARCHES, STRINGS = 2, 3, 8
CLOCK = "cal-s"
_CHOICE = ["budget", "design"]
# Simulated: where a quarter is left out, half an effect is lost and the interval does not cover (docs/methods.md).
MANY_DROPPED = 0.1
CLOCK_DEPENDS, SEARCH_DOUBTED = "depends on the clock", "the search is in doubt"
CLOCK_NAMES = {
    "budget": "in calibrated time",
    "flops": "at equal FLOPs",
    "symbols": "at equal symbols",
    "steps": "at equal steps",
}


@dataclass(frozen=True)
class Selection:
    """Runs of GRU and LSTM at the levels of a claim under one budget, and what the design lacks."""

    runs: pd.DataFrame
    budget: str
    needs: list[str]


def select(evidence: Evidence, levels: Sequence[int], sweeps: Collection[str]) -> Selection:
    """Runs on i.i.d. strings at LZW levels, of the budget in cal-s and design that lack least."""
    designed = _wanted(evidence.designed, levels, sweeps)
    if designed.empty:
        return Selection(designed, "", _all_needed(levels))
    sizes = designed.groupby(_CHOICE)["budget_amount"].first().sort_values(ascending=False, kind="stable")
    needs = {key: _needs(designed[_is(designed, key)], levels) for key in sizes.index}
    chosen = min(needs, key=lambda key: len(needs[key]))
    runs = _wanted(evidence.runs, levels, sweeps)
    runs = runs[_is(runs, chosen) & answers_smaller_budgets(runs)]
    lacking = needs[chosen] or ([] if len(pair_cells(runs, "gru", "lstm")) else ["runs that did not fail"])
    return Selection(runs, chosen[0], lacking)


def rho_part(evidence: Evidence, runs: pd.DataFrame, sign: int, clock: str, name: str) -> Part:
    """Mean of `sign` times rho, rho positive where the GRU is sooner, on one clock."""
    pairs = pair_cells(runs, "gru", "lstm")
    found = time_ratios(evidence.curves.take(pairs.first), evidence.curves.take(pairs.second), clock)
    contrast = clustered_contrast(sign * found.rho, pairs.strata, pairs.clusters)
    who = "GRU" if sign > 0 else "LSTM"
    return contrast_part(name, f"{who} sooner by octaves", contrast, MARGIN)


def clock_parts(evidence: Evidence, runs: pd.DataFrame, sign: int) -> list[Part]:
    """Rho in calibrated time, which decides, then on the other clocks."""
    return [rho_part(evidence, runs, sign, clock, name) for clock, name in CLOCK_NAMES.items()]


def notes_of(evidence: Evidence, runs: pd.DataFrame) -> list[str]:
    """What the pairs behind rho left out."""
    pairs = pair_cells(runs, "gru", "lstm")
    found = time_ratios(evidence.curves.take(pairs.first), evidence.curves.take(pairs.second))
    dropped, at_start = int((~found.informative).sum()), int(found.at_start.sum())
    notes = []
    if dropped:
        bias = "; that many bias the ratio toward no difference" if dropped > MANY_DROPPED * len(pairs) else ""
        notes.append(f"{dropped} of {len(pairs)} pairs are uninformative (threshold below .02) and left out{bias}")
    if at_start:
        notes.append(f"in {at_start} pairs a run was over the threshold at its first checkpoint: that time is a bound")
    return notes


def conclude(
    evidence: Evidence, chosen: Selection, deciding: list[Part], others: list[Part], notes: list[str]
) -> Verdict:
    """Verdict of the deciding parts, unless the clock or the search speaks against it."""
    verdict, tag = conjunction(deciding)
    if verdict == SUPPORTED and np.sign(others[0].estimate) != np.sign(deciding[0].estimate):
        verdict, tag = INCONCLUSIVE, CLOCK_DEPENDS
    doubt = doubts(evidence.frame[evidence.frame["sweep"].isin(chosen.runs["sweep"])], evidence.configs, MARGIN)
    if doubt:
        verdict, tag = INCONCLUSIVE, SEARCH_DOUBTED
    notes = [*notes_of(evidence, chosen.runs), *doubt, *notes]
    aside = tuple(part.name for part in others)
    return Verdict(verdict, tag, (*deciding, *others), aside, notes=tuple(notes), setting=chosen.budget)


def control(
    evidence: Evidence, levels: Sequence[int], sign: int, sweeps: Collection[str], name: str
) -> tuple[list[Part], list[str]]:
    """The same contrast in the sweeps of a control, and a sentence where there are none."""
    runs = select(evidence, levels, sweeps).runs if sweeps else evidence.runs.iloc[:0]
    if runs.empty:
        return [], [f"the control was not run: {name}"]
    return [rho_part(evidence, runs, sign, "budget", f"control: {name}")], []


def _wanted(rows: pd.DataFrame, levels: Sequence[int], sweeps: Collection[str]) -> pd.DataFrame:
    use = (rows["source"] == "iid") & (rows["measure"] == "lzw") & (rows["budget_unit"] == CLOCK)
    return rows[use & rows["level"].isin(levels) & rows["cell"].isin(["gru", "lstm"]) & rows["sweep"].isin(sweeps)]


def _is(rows: pd.DataFrame, choice: tuple[str, str]) -> pd.Series:
    """Rows of one budget and design."""
    return (rows[_CHOICE] == list(choice)).all(axis=1)


def _needs(rows: pd.DataFrame, levels: Sequence[int]) -> list[str]:
    found = missing_cells(rows, ("gru", "lstm")) + missing_levels(rows, levels)
    found += fewer(rows, "alphabet_size", ALPHABETS, "alphabets")
    return found + missing_searches(rows, SEARCHES, STRINGS)


def _all_needed(levels: Sequence[int]) -> list[str]:
    names = " and ".join(map(str, levels))
    return [
        f"GRU and LSTM on i.i.d. strings of LZW {names}, a budget in {CLOCK}, {ALPHABETS} alphabets,"
        f" {SEARCHES} searches, {STRINGS} strings each"
    ]
