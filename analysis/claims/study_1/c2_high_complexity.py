"""C2: the LSTM memorizes better than the GRU on strings of high complexity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.time_ratio_parts import (
    RATIO_MARGIN,
    SMALL_BATCH,
    Selection,
    clock_parts,
    control,
    lacks_without,
    main_sweeps,
    ratio_verdict,
    select,
)
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    NOT_TESTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    contrast_part,
    not_tested,
)
from seqmem.analysis.claims.study_1 import c1_low_complexity
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.time_ratios import LEAST_THRESHOLD, best_within, whole_budget
from seqmem.analysis.records.groups import GIVEN_SHARE
from seqmem.core.arrays import Array

HIGH_LEVELS = (512, 2048)
_BITS = "log2 of LSTM's over GRU's bits"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C2: mean -rho and log2 ratio of stored bits at LZW 512 and 2048.

    Both must exceed the margin. A control with forget bias 1 is shown beside them. A crossing of
    the cells is reported only if C1 and C2 are both supported.
    """
    chosen = select(evidence, HIGH_LEVELS, main_sweeps(evidence))
    if chosen.needs:
        return not_tested(chosen.needs, chosen.budget)
    main, flops, *others = clock_parts(evidence, chosen.runs, -1)
    bits, bits_flops, notes = bits_parts(evidence, chosen)
    opened = evidence.open_gates - evidence.fixed("batch", SMALL_BATCH)
    beside, missing = control(evidence, HIGH_LEVELS, -1, opened, "forget bias 1")
    notes += [*missing, *bits_notes(evidence, chosen.runs)]
    verdict = ratio_verdict(
        evidence, chosen, [main, bits], [flops, bits_flops], [*others, *beside], notes
    )
    crossing = crossing_words(c1_low_complexity.test(evidence), verdict)
    return replace(verdict, notes=(*verdict.notes, crossing))


def crossing_words(first: Verdict, second: Verdict) -> str:
    """Return what the verdicts of C1 and C2 say about a crossing of the cells.

    Examples
    --------
    >>> crossing_words(Verdict("supported"), Verdict("inconclusive"))
    'crossing of GRU and LSTM: none in 16–2048'
    """
    crossing = "crossing of GRU and LSTM: "
    if NOT_TESTED in (first.verdict, second.verdict):
        return f"{crossing}not tested, because C1 and C2 are needed"
    if not first.verdict == second.verdict == SUPPORTED:
        return f"{crossing}none in 16–2048"
    if first.setting != second.setting:
        return f"{crossing}not tested, C1 holds for {first.setting} and C2 for {second.setting}"
    return f"{crossing}between LZW 64 and 512"


def bits_parts(evidence: Evidence, chosen: Selection) -> tuple[VerdictPart, VerdictPart, list[str]]:
    """Return the log2 ratio of stored bits, LSTM over GRU, at the budget and at equal FLOPs.

    Strings of which the prompt alone gives more than 10 % are excluded. If the remaining strings do
    not make the whole design, nothing is decided.

    Parameters
    ----------
    evidence : Evidence
        The records.
    chosen : Selection
        The runs of the claim.

    Returns
    -------
    bits, flops : VerdictPart
        The ratio at the budget and at equal FLOPs.
    notes : list of str
        A sentence on what the design lacks, or none.
    """
    allowed = chosen.runs[~_barred(chosen.runs)]
    pairs = pair_cells(allowed, "gru", "lstm")
    strata = chosen.runs["stratum"].nunique()
    runs = evidence.runs
    curves = [evidence.curves.take(positions) for positions in (pairs.first, pairs.second)]
    limit = np.fmin(
        *(whole_budget(runs.loc[positions]) for positions in (pairs.first, pairs.second))
    )
    readings = {
        "stored bits": [some.final for some in curves],
        "stored bits at equal FLOPs": [best_within(some, "flops", limit) for some in curves],
    }
    bits, flops = (_bits_part(name, values, pairs, strata) for name, values in readings.items())
    lacking = lacks_without(evidence, chosen, HIGH_LEVELS, chosen.runs[_barred(chosen.runs)])
    if not lacking:
        return bits, flops, []
    bits = replace(bits, verdict=INCONCLUSIVE, tag="too few strings may count in bits")
    return (
        bits,
        flops,
        [f"the ratio of bits needs {'; '.join(lacking)} of strings that are not excluded"],
    )


def bits_notes(evidence: Evidence, runs: pd.DataFrame) -> list[str]:
    """Return sentences on the runs and pairs that the ratio of bits leaves out."""
    barred = int(_barred(runs).sum())
    pairs = pair_cells(runs[~_barred(runs)], "gru", "lstm")
    finals = [evidence.curves.take(positions).final for positions in (pairs.first, pairs.second)]
    left = int((np.minimum(*finals) < LEAST_THRESHOLD).sum())
    notes = (
        [
            f"{barred} runs are excluded from the ratio of bits because the prompt gives more than"
            " 10 % of their string"
        ]
        if barred
        else []
    )
    return notes + (
        [f"{left} pairs with less than 2 % stored are left out of the ratio of bits"]
        if left
        else []
    )


def _barred(runs: pd.DataFrame) -> pd.Series:
    return ~(runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"])


def _bits_part(name: str, fractions: list[Array], pairs: Pairs, strata: int) -> VerdictPart:
    """Return the mean log2 ratio over paired strings, as the ratio of stored fractions.

    Paired strings have the same number of bits. Pairs in which one cell stored less than 2 % are
    left out, because their ratio is not informative.
    """
    gru, lstm = fractions
    use = np.minimum(gru, lstm) >= LEAST_THRESHOLD
    logs = np.full(len(gru), np.nan)
    logs[use] = np.log2(lstm[use] / gru[use])
    return contrast_part(
        name, _BITS, clustered_contrast(logs, pairs.strata, pairs.clusters), RATIO_MARGIN, strata
    )


CLAIM = Claim(
    study=1,
    statement="The LSTM memorizes better than the GRU on strings of high complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="Supported if two means at LZW 512 and 2048 are above .15 octaves: the ratio of times to"
    " the same stored fraction, GRU over LSTM, and the ratio of stored bits, LSTM over GRU.",
    test=test,
)
