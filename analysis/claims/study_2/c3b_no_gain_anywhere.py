"""C3b: a deeper network gains nothing at any budget."""

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
    """Return the verdict on C3b: in each cell, every depth gains less than the margin everywhere.

    All ratios must support the claim, so their limits need no adjustment. One ratio refutes it, by
    limits that hold together.
    """
    return depth_verdict(evidence, _judge, _judge_cell, together=False)


def _judge(limits: DepthLimits) -> tuple[str, str]:
    """Return the verdict of one depth at one budget."""
    if limits.tag:
        return INCONCLUSIVE, limits.tag
    if limits.together[0] > DELTA:
        return (REFUTED, OPPOSITE) if limits.flops > 0 else (INCONCLUSIVE, CLOCK_DEPENDS)
    if limits.alone[1] < DELTA:
        return (SUPPORTED, "") if limits.flops < DELTA else (INCONCLUSIVE, CLOCK_DEPENDS)
    return (DIRECTION_ONLY, OPPOSITE) if limits.together[0] > 0 else (INCONCLUSIVE, "")


def _judge_cell(several: Sequence[DepthLimits]) -> tuple[str, str]:
    """Return the verdict of one cell."""
    judged = [_judge(limits) for limits in several]
    verdicts = [verdict for verdict, _ in judged]
    if all(verdict == SUPPORTED for verdict in verdicts):
        return SUPPORTED, ""
    for decisive in (REFUTED, DIRECTION_ONLY):
        if decisive in verdicts:
            return decisive, OPPOSITE
    tags = [tag for _, tag in judged if tag]
    return INCONCLUSIVE, tags[0] if tags else ""


CLAIM = Claim(
    study=2,
    statement="A network of more than one layer gains nothing at any budget.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if, in each cell, every upper limit of the time ratio of depths 2 and 4 over"
    " depth 1, at the budget B and at B/4, is below .15 octave. Refuted if some lower limit exceeds"
    " .15 octave, with limits that hold together for all depths and budgets.",
    test=test,
    scale=GAIN_OF_THE_OTHER,
)
