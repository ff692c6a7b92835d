"""GRU against LSTM at given levels, for C1 and C2 of study 2: runs, clocks, readings, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.requirements import (
    fewer_within,
    missing_cells,
    missing_pairs,
)
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    DIRECTION_ONLY,
    INCONCLUSIVE,
    OPPOSITE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    doubted,
)
from seqmem.analysis.claims.study_2.rules.arms import arm_parts
from seqmem.analysis.claims.study_2.rules.constants import ALPHABETS, DELTA, LEAST_SEARCHES
from seqmem.analysis.claims.study_2.rules.judging import judged_part
from seqmem.analysis.claims.study_2.rules.measured_times import (
    MEASURED,
    checked_by_clock,
    measured_shift,
    timing_notes,
)
from seqmem.analysis.claims.study_2.rules.readings import cell_pairs, tuning_parts, winner_notes
from seqmem.analysis.claims.study_2.rules.sweeps import SCALING, parts_of
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.stratified_contrasts import stratified_contrast
from seqmem.analysis.estimators.time_ratios import TimeRatios, time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets

CLOCK = "cal-s"
ESTIMAND = "the best point of a search of the frozen box"
CLOCK_NAMES = {
    "budget": "in calibrated time",
    "flops": "at equal FLOPs",
    "symbols": "at equal symbols",
    "steps": "at equal steps",
}


class Selection(NamedTuple):
    """Confirmation runs of `study2-scaling` that a claim uses.

    Attributes
    ----------
    runs : DataFrame
        Rows of `Evidence.runs`.
    needs : list of str
        Phrases for what the design lacks.
    setting : str
        Estimand and budgets.
    """

    runs: pd.DataFrame
    needs: list[str]
    setting: str


def select(
    evidence: Evidence, levels: Sequence[int], alphabets: Sequence[int] = ALPHABETS
) -> Selection:
    """Return the runs of GRU and LSTM on i.i.d. strings at LZW levels.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    levels : sequence of int
        LZW levels.
    alphabets : sequence of int
        Numbers of symbols.
    """
    planned = _wanted(evidence, evidence.designed, levels, alphabets)
    runs = _wanted(evidence, evidence.runs, levels, alphabets)
    runs = runs[answers_smaller_budgets(runs)]
    needs = _needs(planned, runs, levels, alphabets)
    return Selection(runs, needs, f"{ESTIMAND}; {_budgets(planned)}")


def ratios(evidence: Evidence, pairs: Pairs, clock: str = "budget") -> TimeRatios:
    """Return rho of pairs of `evidence.runs` on a clock."""
    return time_ratios(evidence.curves.take(pairs.first), evidence.curves.take(pairs.second), clock)


def rho_verdict(
    evidence: Evidence,
    claim: str,
    chosen: Selection,
    sign: int,
    deciding_clocks: Sequence[str],
    beside: Sequence[VerdictPart] = (),
    notes: Sequence[str] = (),
) -> Verdict:
    """Return the verdict on the mean of `sign` times rho over the chosen runs.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    claim : str
        Name within study 2.
    chosen : Selection
        The runs, of a complete design.
    sign : int
        +1 if the claim favours the GRU, -1 if the LSTM.
    deciding_clocks : sequence of str
        Clocks on which the interval must be beyond the margin. Equal FLOPs must at least have the
        same sign.
    beside, notes : sequence
        Further parts that do not decide, and sentences.
    """
    pairs = pair_cells(chosen.runs, "gru", "lstm")
    rho = {clock: sign * ratios(evidence, pairs, clock).rho for clock in CLOCK_NAMES}
    quantity = f"{'GRU' if sign > 0 else 'LSTM'} sooner by octaves"
    contrasts = {
        clock: stratified_contrast(values, pairs.strata, pairs.clusters)
        for clock, values in rho.items()
    }
    strata = len(set(pairs.strata))
    doubts = evidence.doubts(chosen.runs, DELTA)
    parts = {
        clock: judged_part(claim, CLOCK_NAMES[clock], quantity, contrast, DELTA, strata)
        for clock, contrast in contrasts.items()
    }
    shift = measured_shift(evidence, pairs)
    lacking = timing_notes(evidence, shift)
    third = (
        []
        if lacking
        else [
            judged_part(
                claim,
                MEASURED,
                quantity,
                stratified_contrast(rho["budget"] + sign * shift, pairs.strata, pairs.clusters),
                DELTA,
                strata,
            )
        ]
    )
    main = parts["budget"]
    outcome = _on_clocks([parts[clock] for clock in deciding_clocks], parts["flops"])
    outcome = checked_by_clock(outcome, third)
    judged = doubted(main, doubts)
    if doubts:
        outcome = (judged.verdict, judged.tag)
    others = [part for clock, part in parts.items() if clock != "budget"]
    curve = tuning_parts(claim, cell_pairs(evidence, chosen.runs), sign, quantity, DELTA)
    aside = [*others, *third, *beside, *curve]
    itself = arm_parts(evidence, lambda own, both: sign * ratios(own, both).rho, main)
    return Verdict(
        *outcome,
        (judged, *aside),
        tuple(part.name for part in aside),
        tuple(itself),
        notes=(
            *_pair_notes(ratios(evidence, pairs)),
            *lacking,
            *doubts,
            *notes,
            *evidence.unknown_ranges(chosen.runs),
            *winner_notes(evidence, chosen.runs),
        ),
        setting=chosen.setting,
        p_value=_p_value([contrasts[clock] for clock in deciding_clocks]),
    )


def _on_clocks(deciding: Sequence[VerdictPart], flops: VerdictPart) -> tuple[str, str]:
    """Return the verdict of calibrated time, the first part, unless another clock undoes it."""
    main = deciding[0]
    outcome = (main.verdict, main.tag)
    is_beyond = outcome in ((SUPPORTED, ""), (REFUTED, OPPOSITE))
    if is_beyond and any((part.verdict, part.tag) != outcome for part in deciding):
        beyond_zero = {outcome, (DIRECTION_ONLY, main.tag)}
        if all((part.verdict, part.tag) in beyond_zero for part in deciding):
            return DIRECTION_ONLY, ", ".join(filter(None, (main.tag, CLOCK_DEPENDS)))
        return INCONCLUSIVE, CLOCK_DEPENDS
    if main.verdict == SUPPORTED and np.sign(main.estimate) != np.sign(flops.estimate):
        return INCONCLUSIVE, CLOCK_DEPENDS
    return outcome


def _p_value(contrasts: Sequence[Contrast]) -> float:
    """Return the p value of the hypothesis that the effect is not beyond the margin on a clock."""
    return max(contrast.p_value_beyond(DELTA) for contrast in contrasts)


def _pair_notes(found: TimeRatios) -> list[str]:
    count = len(found.rho)
    dropped, at_start = int((~found.informative).sum()), int(found.at_start.sum())
    notes = []
    if dropped:
        notes.append(f"{dropped} of {count} pairs are left out: both stored less than 2 %")
    if at_start:
        notes.append(
            f"in {at_start} of {count} pairs a run passed the threshold before its first"
            " checkpoint, so its time is a bound"
        )
    return notes


def _wanted(
    evidence: Evidence, rows: pd.DataFrame, levels: Sequence[int], alphabets: Sequence[int]
) -> pd.DataFrame:
    use = (rows["source"] == "iid") & (rows["measure"] == "lzw") & (rows["budget_unit"] == CLOCK)
    return rows[
        use
        & rows["level"].isin(list(levels))
        & rows["alphabet_size"].isin(list(alphabets))
        & rows["cell"].isin(["gru", "lstm"])
        & rows["sweep"].isin(parts_of(SCALING, evidence.sweeps))
    ]


def _needs(
    planned: pd.DataFrame, runs: pd.DataFrame, levels: Sequence[int], alphabets: Sequence[int]
) -> list[str]:
    there = set(zip(planned["alphabet_size"], planned["level"], strict=True))
    absent = [
        f"{level} of {alphabet} symbols"
        for alphabet in alphabets
        for level in levels
        if (alphabet, level) not in there
    ]
    if absent:
        return [f"GRU and LSTM of {SCALING} at level {', '.join(absent)}"]
    phrases = missing_cells(planned, ("gru", "lstm"))
    phrases += fewer_within(
        planned,
        ["stratum", "cell"],
        ["cluster"],
        LEAST_SEARCHES,
        "independent searches per level",
    )
    if (planned.groupby("stratum")["budget"].nunique() > 1).any():
        phrases.append("one budget per level")
    pairs = pair_cells(runs, "gru", "lstm")
    return phrases or missing_pairs(pairs, planned["stratum"], LEAST_SEARCHES)


def _budgets(planned: pd.DataFrame) -> str:
    """Return the budget of each alphabet and level, in words."""
    rows = planned[["alphabet_size", "level", "budget"]].drop_duplicates()
    rows = rows.sort_values(["alphabet_size", "level"], kind="stable")
    return ", ".join(
        f"{row.budget} at {row.level} ({row.alphabet_size} symbols)"
        for row in rows.itertuples(index=False)
    )
