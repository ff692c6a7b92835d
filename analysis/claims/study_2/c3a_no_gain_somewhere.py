"""C3a: at some budget, a deeper network gains nothing."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import GAIN_OF_THE_OTHER
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    DIRECTION_ONLY,
    INCONCLUSIVE,
    OPPOSITE,
    REFUTED,
    SUPPORTED,
    Verdict,
)
from seqmem.analysis.claims.study_2.rules.constants import DELTA
from seqmem.analysis.claims.study_2.rules.depth_limits import DepthLimits
from seqmem.analysis.claims.study_2.rules.depth_parts import depth_verdict


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C3a: in each cell, some depth above 1 gains less than the margin.

    The limits hold together for all depths and budgets of a cell.
    """
    return depth_verdict(evidence, _judge, _judge_cell, together=True)


def _judge(limits: DepthLimits) -> tuple[str, str]:
    """Return whether one depth gains nothing at one budget."""
    if limits.tag:
        return INCONCLUSIVE, limits.tag
    if limits.together[1] < DELTA:
        return (SUPPORTED, "") if limits.flops < DELTA else (INCONCLUSIVE, CLOCK_DEPENDS)
    return INCONCLUSIVE, ""


def _judge_cell(several: Sequence[DepthLimits]) -> tuple[str, str]:
    """Return the verdict of one cell.

    One ratio is enough to support the claim. To refute it, every ratio must exceed the margin, so
    limits of single ratios decide then.
    """
    judged = [_judge(limits) for limits in several]
    if (SUPPORTED, "") in judged:
        return SUPPORTED, ""
    tags = [tag for _, tag in judged if tag]
    if not any(limits.tag for limits in several):
        if all(limits.alone[0] > DELTA for limits in several):
            agree = all(limits.flops > 0 for limits in several)
            return (REFUTED, OPPOSITE) if agree else (INCONCLUSIVE, CLOCK_DEPENDS)
        if all(limits.alone[0] > 0 for limits in several):
            return DIRECTION_ONLY, OPPOSITE
    return INCONCLUSIVE, tags[0] if tags else ""


CLAIM = Claim(
    study=2,
    statement="There is a budget at which a network of more than one layer gains nothing.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if, in each cell, the upper limit of the time ratio of depth 2 or 4 over depth"
    " 1 is below .15 octave at the budget B or at B/4, with limits that hold together for all"
    " depths and budgets. Refuted if every lower limit exceeds .15 octave.",
    test=test,
    scale=GAIN_OF_THE_OTHER,
)
