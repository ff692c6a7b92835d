"""C1: the GRU memorizes better than the LSTM on strings of low complexity."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.time_ratio_parts import (
    SMALL_BATCH,
    clock_parts,
    control,
    main_sweeps,
    ratio_verdict,
    select,
)
from seqmem.analysis.claims.rules.verdict import Verdict, not_tested

LOW_LEVELS = (16, 64)


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C1: mean rho at LZW 16 and 64.

    Short strings waste a large batch, so a control with batch 8 is shown beside it.
    """
    chosen = select(evidence, LOW_LEVELS, main_sweeps(evidence))
    if chosen.needs:
        return not_tested(chosen.needs, chosen.budget)
    main, flops, *others = clock_parts(evidence, chosen.runs, +1)
    small = evidence.fixed("batch", SMALL_BATCH) - evidence.open_gates
    beside, notes = control(evidence, LOW_LEVELS, +1, small, "batch 8")
    return ratio_verdict(evidence, chosen, [main], [flops], [*others, *beside], notes)


CLAIM = Claim(
    study=1,
    statement="The GRU memorizes better than the LSTM on strings of low complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if the mean ratio of times to the same stored fraction, LSTM over GRU, at LZW"
    " 16 and 64 is above .15 octaves.",
    test=test,
)
