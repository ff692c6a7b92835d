"""C2: the LSTM memorizes sooner than the GRU on strings of high complexity."""

from __future__ import annotations

import numpy as np

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart, not_tested
from seqmem.analysis.claims.study_2.rules.constants import (
    DECIDING_CLOCKS,
    DELTA,
    GIVEN_SHARE,
    HIGH_LEVELS,
    RHO_LEAST_THRESHOLD,
)
from seqmem.analysis.claims.study_2.rules.judging import judged_part
from seqmem.analysis.claims.study_2.rules.time_ratios import Selection, rho_verdict, select
from seqmem.analysis.estimators.stratified_contrasts import stratified_contrast


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C2: mean -rho at LZW 512 and 2048, over 2 and 4 symbols.

    The log2 ratio of stored bits stands beside it.
    """
    chosen = select(evidence, HIGH_LEVELS)
    if chosen.needs:
        return not_tested(chosen.needs)
    bits, notes = bits_part(evidence, chosen)
    return rho_verdict(evidence, "C2", chosen, -1, DECIDING_CLOCKS, [bits], notes)


def bits_part(evidence: Evidence, chosen: Selection) -> tuple[VerdictPart, list[str]]:
    """Return the log2 ratio of stored bits at the whole budget, LSTM over GRU.

    Strings of which the prompt alone gives more than 10 % are left out, and pairs in which a cell
    stored less than 2 %.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    chosen : Selection
        The runs of the claim.

    Returns
    -------
    part : VerdictPart
        The ratio.
    notes : list of str
        A sentence on what is left out, or none.
    """
    runs = chosen.runs
    allowed = runs[runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"]]
    planned = len(pair_cells(runs, "gru", "lstm"))
    pairs = pair_cells(allowed, "gru", "lstm")
    gru, lstm = (evidence.curves.take(side).final for side in (pairs.first, pairs.second))
    use = np.minimum(gru, lstm) >= RHO_LEAST_THRESHOLD
    values = np.full(len(pairs), np.nan)
    values[use] = np.log2(lstm[use] / gru[use])
    contrast = stratified_contrast(values, pairs.strata, pairs.clusters)
    quantity = "log2 of LSTM's over GRU's bits"
    strata = runs["stratum"].nunique()
    part = judged_part("C2", "stored bits", quantity, contrast, DELTA, strata)
    left = planned - int(use.sum())
    return part, [f"{left} of {planned} pairs are left out of the ratio of bits"] if left else []


CLAIM = Claim(
    study=2,
    statement="The LSTM memorizes better than the GRU on strings of high complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if the 98.75 % intervals of the mean ratio of times to the same stored"
    " fraction, GRU over LSTM, at LZW 512 and 2048 lie above .15 octaves, in calibrated time and at"
    " equal FLOPs.",
    test=test,
)
