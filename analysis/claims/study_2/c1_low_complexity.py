"""C1: the GRU memorizes sooner than the LSTM on strings of low complexity."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict, not_tested
from seqmem.analysis.claims.study_2.rules.constants import LOW_LEVELS
from seqmem.analysis.claims.study_2.rules.time_ratios import rho_verdict, select


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C1: mean rho at LZW 16 and 64, over 2 and 4 symbols."""
    chosen = select(evidence, LOW_LEVELS)
    if chosen.needs:
        return not_tested(chosen.needs)
    return rho_verdict(evidence, "C1", chosen, +1, ("budget",))


CLAIM = Claim(
    study=2,
    statement="The GRU memorizes better than the LSTM on strings of low complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if the 98.75 % interval of the mean ratio of times to the same stored fraction,"
    " LSTM over GRU, at LZW 16 and 64 lies above .15 octaves, with the same sign at equal FLOPs.",
    test=test,
)
