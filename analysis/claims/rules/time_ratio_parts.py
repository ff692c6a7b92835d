"""GRU against LSTM at given levels, for C1 and C2: which runs, which budget, rho on every clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import self_parts
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.requirements import (
    fewer,
    missing_cells,
    missing_levels,
    missing_pairs,
    missing_searches,
)
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    conjunction,
    contrast_part,
    doubted,
)
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.time_ratios import TimeRatios, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets

RATIO_MARGIN = 0.15
_ALPHABETS, _SEARCHES, _STRINGS = 2, 3, 8
_CLOCK = "cal-s"
_CHOICE = ["budget", "design"]
# Simulated: where a quarter is left out, half an effect is lost and the interval does not cover (docs/methods.md).
MANY_DROPPED = 0.1
# The controls of C1 and C2 (METHODS section 5): neither claim is decided on the control of the other.
SMALL_BATCH = 8
_BIASED_TAG = "biased toward no difference"
CLOCK_NAMES = {
    "budget": "in calibrated time",
    "flops": "at equal FLOPs",
    "symbols": "at equal symbols",
    "steps": "at equal steps",
}


@dataclass(frozen=True)
class Selection:
    """Runs of GRU and LSTM at the levels of a claim under one budget, and what the design lacks.

    `others` are budgets and designs that lack nothing either, and were passed over: the largest budget is taken.
    """

    runs: pd.DataFrame
    budget: str
    needs: list[str]
    others: tuple[str, ...] = ()


def main_sweeps(evidence: Evidence) -> set[str]:
    """Sweeps that are no control: neither all with batch 8 nor all with LSTMs of forget bias 1."""
    return evidence.sweeps - evidence.fixed("batch", SMALL_BATCH) - evidence.open_gates


def select(evidence: Evidence, levels: Sequence[int], sweeps: Collection[str]) -> Selection:
    """Runs on i.i.d. strings at LZW levels, of the budget in cal-s and design that lack least."""
    designed = _wanted(evidence.designed, levels, evidence.searched.intersection(sweeps))
    if designed.empty:
        return Selection(
            designed, "", _all_needed(levels, bool(evidence.sweeps.difference(sweeps)))
        )
    sizes = (
        designed.groupby(_CHOICE)["budget_amount"]
        .first()
        .sort_values(ascending=False, kind="stable")
    )
    needs = {key: _needs(designed[_is(designed, key)], levels) for key in sizes.index}
    chosen = min(needs, key=lambda key: len(needs[key]))
    runs = _wanted(evidence.runs, levels, evidence.searched.intersection(sweeps))
    runs = _without_copies(runs[_is(runs, chosen) & answers_smaller_budgets(runs)])
    planned = designed.loc[_is(designed, chosen), "stratum"]
    lacking = needs[chosen] or missing_pairs(pair_cells(runs, "gru", "lstm"), planned, _SEARCHES)
    others = tuple(" ".join(filter(None, key)) for key in needs if key != chosen and not needs[key])
    return Selection(runs, chosen[0], lacking, others)


def rho_part(
    evidence: Evidence, runs: pd.DataFrame, sign: int, clock: str, name: str
) -> VerdictPart:
    """Mean of `sign` times rho, rho positive where the GRU is sooner, on one clock."""
    pairs = pair_cells(runs, "gru", "lstm")
    contrast = clustered_contrast(
        sign * _ratios(evidence, pairs, clock).rho, pairs.strata, pairs.clusters
    )
    who = "GRU" if sign > 0 else "LSTM"
    return contrast_part(
        name, f"{who} sooner by octaves", contrast, RATIO_MARGIN, len(set(pairs.strata))
    )


def clock_parts(evidence: Evidence, runs: pd.DataFrame, sign: int) -> list[VerdictPart]:
    """Rho in calibrated time, which decides, then on the other clocks."""
    return [rho_part(evidence, runs, sign, clock, name) for clock, name in CLOCK_NAMES.items()]


def self_ratios(evidence: Evidence, runs: pd.DataFrame, main: VerdictPart) -> list[VerdictPart]:
    """Rho in calibrated time of each cell against itself, in independent searches."""
    return self_parts(evidence, runs, lambda pairs: _ratios(evidence, pairs).rho, main)


def ratio_notes(evidence: Evidence, chosen: Selection) -> list[str]:
    """What the pairs behind rho left out, and what else they could have been."""
    pairs = pair_cells(chosen.runs, "gru", "lstm")
    found = _ratios(evidence, pairs)
    dropped, at_start = int((~found.informative).sum()), int(found.at_start.sum())
    notes, few = [], MANY_DROPPED * len(pairs)
    if dropped:
        bias = "; that many bias the ratio toward no difference" if dropped > few else ""
        notes.append(
            f"{dropped} of {len(pairs)} pairs are uninformative (threshold below .02) and left out{bias}"
        )
    if at_start:
        bias = "; that many bias the ratio toward no difference" if at_start > few else ""
        bound = "a run was over the threshold at its first checkpoint: that time is a bound"
        notes.append(f"in {at_start} of {len(pairs)} pairs {bound}{bias}")
    if chosen.others:
        notes.append(f"also complete, and passed over: {'; '.join(chosen.others)}")
    return [*notes, *evidence.unknown_ranges(chosen.runs)]


def ratio_verdict(
    evidence: Evidence,
    chosen: Selection,
    deciding: list[VerdictPart],
    flops: list[VerdictPart],
    others: list[VerdictPart],
    notes: list[str],
) -> Verdict:
    """Verdict of the deciding parts, unless the clock or the search speaks against it.

    `flops` are the deciding parts at equal FLOPs, in the same order.
    """
    doubt = evidence.doubts(chosen.runs, RATIO_MARGIN)
    judged = [doubted(part, doubt) for part in deciding]
    verdict, tag = conjunction(judged)
    signs = [
        (np.sign(part.estimate), np.sign(other.estimate))
        for part, other in zip(deciding, flops, strict=True)
    ]
    if verdict == SUPPORTED and any(first != second for first, second in signs):
        verdict, tag = INCONCLUSIVE, CLOCK_DEPENDS
    if verdict == REFUTED and _biased(evidence, chosen):
        tag = f"{tag}, {_BIASED_TAG}" if tag else _BIASED_TAG
    beside = (*flops, *others)
    return Verdict(
        verdict, tag, (*judged, *beside), tuple(part.name for part in beside),
        tuple(self_ratios(evidence, chosen.runs, deciding[0])),
        notes=(*ratio_notes(evidence, chosen), *doubt, *notes), setting=chosen.budget,
    )  # fmt: skip


def control(
    evidence: Evidence, levels: Sequence[int], sign: int, sweeps: Collection[str], name: str
) -> tuple[list[VerdictPart], list[str]]:
    """The same contrast in the sweeps of a control, and a sentence where there are none."""
    runs = select(evidence, levels, sweeps).runs if sweeps else evidence.runs.iloc[:0]
    if runs.empty:
        return [], [f"the control was not run: {name}"]
    return [rho_part(evidence, runs, sign, "budget", f"control: {name}")], []


def lacks_without(
    evidence: Evidence, chosen: Selection, levels: Sequence[int], barred: pd.DataFrame
) -> list[str]:
    """What the planned runs lack of the smallest design once the strings of some runs are barred."""
    planned = _wanted(evidence.designed, levels, set(chosen.runs["sweep"]))
    keys = ["stratum", "cluster", "replicate"]
    out = pd.MultiIndex.from_frame(planned[keys]).isin(pd.MultiIndex.from_frame(barred[keys]))
    return _needs(planned[~out], levels)


def _ratios(evidence: Evidence, pairs: Pairs, clock: str = "budget") -> TimeRatios:
    return time_ratios(evidence.curves.take(pairs.first), evidence.curves.take(pairs.second), clock)


def _biased(evidence: Evidence, chosen: Selection) -> bool:
    """Whether so many pairs are left out, or known only by a bound, that the mean leans to no difference."""
    pairs = pair_cells(chosen.runs, "gru", "lstm")
    found = _ratios(evidence, pairs)
    most = max(int((~found.informative).sum()), int(found.at_start.sum()))
    return most > MANY_DROPPED * len(pairs)


def _without_copies(runs: pd.DataFrame) -> pd.DataFrame:
    """Without searches of another sweep on the very same strings, as sweeps with one seed make: no new evidence."""
    by_string = runs.groupby(["cell", "stratum", "string_id", "repeat"], sort=False)["cluster"]
    first = runs["cluster"].eq(by_string.transform("min"))
    return runs[first.groupby([runs["stratum"], runs["cluster"]]).transform("any")]


def _wanted(rows: pd.DataFrame, levels: Sequence[int], sweeps: Collection[str]) -> pd.DataFrame:
    use = (rows["source"] == "iid") & (rows["measure"] == "lzw") & (rows["budget_unit"] == _CLOCK)
    return rows[
        use
        & rows["level"].isin(levels)
        & rows["cell"].isin(["gru", "lstm"])
        & rows["sweep"].isin(sweeps)
    ]


def _is(rows: pd.DataFrame, choice: tuple[str, str]) -> pd.Series:
    """Rows of one budget and design."""
    return (rows[_CHOICE] == list(choice)).all(axis=1)


def _needs(rows: pd.DataFrame, levels: Sequence[int]) -> list[str]:
    found = missing_cells(rows, ("gru", "lstm")) + missing_levels(rows, levels)
    found += fewer(rows, "alphabet_size", _ALPHABETS, "alphabets")
    return found + missing_searches(rows, _SEARCHES, _STRINGS)


def _all_needed(levels: Sequence[int], controls: bool) -> list[str]:
    names = " and ".join(map(str, levels))
    where = ", in sweeps that are no control (batch 8, forget bias 1)" if controls else ""
    return [
        f"GRU and LSTM on i.i.d. strings of LZW {names}, a budget in {_CLOCK}, {_ALPHABETS} alphabets,"
        f" {_SEARCHES} searches of several trials, {_STRINGS} strings each{where}"
    ]
