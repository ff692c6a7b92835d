"""C12: the time to memorize grows with the bits of a string alike for both cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import stdtr

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.margin_scales import DEPARTURE_FROM_ZERO
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    doubted,
    not_tested,
)
from seqmem.analysis.claims.study_2.rules.arms import arm_parts
from seqmem.analysis.claims.study_2.rules.constants import (
    BREAK_LEVELS,
    BREAK_TEST_LEVEL,
    DECIDING_CLOCKS,
    DELTA,
    EXPONENT_ALPHABET,
    EXPONENT_LEVELS,
    EXPONENT_MARGIN,
    LEAST_FITTED_LEVELS,
    MOST_CENSORED,
    PLAIN_CONFIDENCE,
    PRIMARY_CONFIDENCE,
)
from seqmem.analysis.claims.study_2.rules.measured_times import (
    MEASURED,
    measured_shift,
    timing_notes,
)
from seqmem.analysis.claims.study_2.rules.passage_times import Passages, Times, passages
from seqmem.analysis.claims.study_2.rules.readings import winner_notes
from seqmem.analysis.claims.study_2.rules.time_ratios import CLOCK_NAMES, select
from seqmem.analysis.estimators.censored_likelihood import KNOWN
from seqmem.analysis.estimators.censored_lines import Line
from seqmem.analysis.estimators.contrasts import cluster_means
from seqmem.analysis.estimators.knees import FEWEST_STRATA, best_knee
from seqmem.core.arrays import Array

_QUANTITY = "slope of log2 T90 of LSTM over GRU on log2 bits"
TOO_FEW = "too many strings were not memorized to 90 %"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C12: slope of the paired log2 ratio of times to 90 % stored.

    The exponent of each cell and the search for a break stand beside it.
    """
    chosen = select(evidence, EXPONENT_LEVELS, (EXPONENT_ALPHABET,))
    if chosen.needs:
        return not_tested(chosen.needs)
    pairs = pair_cells(chosen.runs, "gru", "lstm")
    clocks = {clock: passages(evidence, pairs, clock) for clock in DECIDING_CLOCKS}
    fitted = {clock: found.without_censored() for clock, found in clocks.items()}
    lines = {clock: found.line(found.ratio) for clock, found in fitted.items()}
    parts = [slope_part(CLOCK_NAMES[clock], line, fitted[clock]) for clock, line in lines.items()]
    shift = measured_shift(evidence, pairs)
    lacking = timing_notes(evidence, shift)
    third = [] if lacking else [_measured_part(clocks["budget"].shifted(shift))]
    doubts = evidence.doubts(chosen.runs, DELTA)
    verdict, tag = on_both_clocks([*parts, *third])
    judged = [doubted(part, doubts) for part in parts]
    if doubts:
        verdict, tag = judged[0].verdict, judged[0].tag
    cells = [
        part for clock, found in fitted.items() for part in _cell_parts(CLOCK_NAMES[clock], found)
    ]
    return Verdict(
        verdict,
        tag,
        (*judged, *third, *cells),
        tuple(part.name for part in (*third, *cells)),
        tuple(arm_parts(evidence, _arm_slopes, replace(parts[0], name="slope"))),
        notes=(
            *_censored_notes(clocks["budget"]),
            *_break_notes(fitted["budget"]),
            *lacking,
            *doubts,
            *evidence.unknown_ranges(chosen.runs),
            *winner_notes(evidence, chosen.runs),
        ),
        setting=chosen.setting,
        p_value=max(outside_p_value(line) for line in lines.values()),
    )


def judge_slope(low: float, high: float) -> tuple[str, str]:
    """Judge the interval of a difference of exponents.

    Examples
    --------
    >>> judge_slope(-0.05, 0.08), judge_slope(0.12, 0.3), judge_slope(-0.02, 0.12)
    (('supported', ''), ('refuted', 'the exponent of the LSTM is larger'), ('inconclusive', ''))
    """
    if -EXPONENT_MARGIN < low and high < EXPONENT_MARGIN:
        return SUPPORTED, ""
    if low > EXPONENT_MARGIN:
        return REFUTED, "the exponent of the LSTM is larger"
    if high < -EXPONENT_MARGIN:
        return REFUTED, "the exponent of the GRU is larger"
    return INCONCLUSIVE, ""


def slope_part(name: str, line: Line, found: Passages) -> VerdictPart:
    """Return the slope of the ratio as a part of the verdict.

    Parameters
    ----------
    name : str
        The clock.
    line : Line
        The fit.
    found : Passages
        The pairs that were fitted.
    """
    limits = line.interval(PRIMARY_CONFIDENCE)
    verdict, tag = judge_slope(*limits)
    if len(set(found.strata)) < LEAST_FITTED_LEVELS:
        verdict, tag = INCONCLUSIVE, TOO_FEW
    plain = line.interval(PLAIN_CONFIDENCE)
    return VerdictPart(
        name, _QUANTITY, line.slope, *limits, *plain, EXPONENT_MARGIN, verdict, tag,
        _basis(line, found), PRIMARY_CONFIDENCE,
    )  # fmt: skip


def on_both_clocks(parts: list[VerdictPart]) -> tuple[str, str]:
    """Return the common verdict of the clocks; inconclusive if another clock undoes the first.

    Examples
    --------
    >>> part = VerdictPart("a", "slope", 0.0, -0.05, 0.05, 0.0, 0.0, 0.1, "supported")
    >>> on_both_clocks([part, replace(part, verdict="inconclusive")])
    ('inconclusive', 'depends on the clock')
    """
    outcomes = {(part.verdict, part.tag) for part in parts}
    first = (parts[0].verdict, parts[0].tag)
    if len(outcomes) == 1 or parts[0].verdict == INCONCLUSIVE:
        return first
    return INCONCLUSIVE, CLOCK_DEPENDS


def outside_p_value(line: Line) -> float:
    """Return the p value of the hypothesis that the slope is not inside the margins.

    It is twice the larger value of two one-sided tests, so it is below 1 - c exactly if the
    interval at c lies inside the margins.
    """
    if line.freedom <= 0 or not line.error > 0:
        return float("nan")
    nearest = (abs(line.slope) - EXPONENT_MARGIN) / line.error
    return min(1.0, 2 * float(stdtr(line.freedom, nearest)))


def _measured_part(found: Passages) -> VerdictPart:
    fitted = found.without_censored()
    return slope_part(MEASURED, fitted.line(fitted.ratio), fitted)


def _cell_parts(clock: str, found: Passages) -> list[VerdictPart]:
    """Return the exponent of each cell, which decides nothing."""
    parts = []
    for cell, times in (("GRU", found.first), ("LSTM", found.second)):
        line = found.line(times)
        limits = (*line.interval(PRIMARY_CONFIDENCE), *line.interval(PLAIN_CONFIDENCE))
        quantity = "slope of log2 T90 on log2 bits"
        name = f"exponent of {cell} {clock}"
        basis = _basis(line, found)
        parts.append(
            VerdictPart(
                name, quantity, line.slope, *limits, 1.0, INCONCLUSIVE, "shown only", basis,
                PRIMARY_CONFIDENCE,
            )
        )  # fmt: skip
    return parts


def _basis(line: Line, found: Passages) -> str:
    strata = len(set(found.strata))
    counts = f"{line.values} strings in {line.clusters} searches of {strata} levels"
    return f"{counts}, {line.censored} censored; {line.freedom:.1f} degrees of freedom"


def _censored_notes(found: Passages) -> list[str]:
    return [
        f"{100 * share:.0f} % of the pairs at {stratum} did not reach 90 % stored within the budget"
        + (", so the level is left out of the fit" if share > MOST_CENSORED else "")
        for stratum, share in found.censored().items()
        if share > 0
    ]


def _break_notes(found: Passages) -> list[str]:
    """Return what a search for a knee found in the times of each cell and in their ratio."""
    series = {
        "the exponent of GRU": found.first,
        "the exponent of LSTM": found.second,
        "the ratio": found.ratio,
    }
    return [_break_note(name, found, times) for name, times in series.items()]


def _break_note(name: str, found: Passages, times: Times) -> str:
    points, index = cluster_means(
        np.column_stack([found.bits, times.values]), found.strata, found.clusters
    )
    order = range(int(index.max()) + 1 if len(index) else 0)
    own = [points[index == stratum] for stratum in order]
    if not own or min(map(len, own)) < 2:
        return f"break of {name}: not tested, too few searches"
    if len(own) < FEWEST_STRATA:
        return f"break of {name}: not tested, too few levels"
    means = np.array([some.mean(axis=0) for some in own])
    knee = best_knee(
        means[:, 0],
        means[:, 1],
        [some[:, 1].var(ddof=1) for some in own],
        [len(some) for some in own],
        _break_limits(found, means[:, 0]),
        name,
    )
    if knee is None:
        return f"break of {name}: not tested, the searches of a level do not differ"
    if knee.p_value < BREAK_TEST_LEVEL:
        return (
            f"break of {name}: at {2**knee.place:.0f} bits the slope changes by {knee.change:+.2f}"
            f" (p {knee.p_value:.3f})"
        )
    return (
        f"break of {name}: none found (p {knee.p_value:.2f}); a change of slope of"
        f" {knee.detectable:.2f} would have been found with 80 %"
    )


def _break_limits(found: Passages, places: Array) -> tuple[float, float]:
    """Return log2 bits of the levels between which a knee may lie."""
    levels = np.array(sorted({int(stratum.split()[-1]) for stratum in found.strata}), dtype=float)
    # At the first or last level, a knee would be no other than a line.
    inside = np.clip(np.log2(BREAK_LEVELS), *np.log2(levels[[1, -2]]))
    low, high = np.interp(inside, np.log2(levels), places)
    return float(low), float(high)


def _arm_slopes(own: Evidence, pairs: Pairs) -> Array:
    """Return values whose mean over equally weighted levels is the slope of the log2 ratio."""
    found = passages(own, pairs, "budget")
    strata = np.array(found.strata)
    names = sorted(set(found.strata))
    places = np.array([found.bits[strata == name].mean() for name in names])
    centred = places - places.mean()
    if not (centred**2).sum() > 0:
        return np.full(len(pairs), np.nan)
    weights = dict(zip(names, len(names) * centred / (centred**2).sum(), strict=True))
    known = np.where(found.ratio.kinds == KNOWN, found.ratio.values, np.nan)
    slopes: Array = known * np.array([weights[name] for name in found.strata])
    return slopes


CLAIM = Claim(
    study=2,
    statement="The time to memorize a string grows with its bits by the same exponent for the LSTM"
    " and the GRU.",
    source="study 1, exploratory",
    rule="Supported if the 98.75 % interval of the slope of the log2 ratio of times to 90 % stored,"
    " LSTM over GRU, on log2 bits lies within ±.1 in calibrated time and at equal FLOPs, at LZW 64"
    " to 2048 over 4 symbols. Refuted if it lies beyond .1 on one side on both clocks.",
    test=test,
    scale=DEPARTURE_FROM_ZERO,
)
