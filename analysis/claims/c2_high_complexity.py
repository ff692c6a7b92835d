"""C2: the LSTM memorizes better than the GRU on strings of high complexity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from seqmem.analysis.claims import c1_low_complexity
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
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.time_ratios import LEAST_THRESHOLD, best_within, whole_budget
from seqmem.analysis.records.groups import GIVEN_SHARE
from seqmem.core.arrays import Array

HIGH_LEVELS = (512, 2048)
_BITS = "log2 of LSTM's over GRU's bits"


def test(evidence: Evidence) -> Verdict:
    """Mean -rho and log2 ratio of stored bits at LZW 512 and 2048; a control with forget bias 1 stands beside.

    Both must exceed the margin. Whether there is a crossing is said only where C1 and C2 are both supported.
    """
    chosen = select(evidence, HIGH_LEVELS, main_sweeps(evidence))
    if chosen.needs:
        return not_tested(chosen.needs, chosen.budget)
    main, flops, *others = clock_parts(evidence, chosen.runs, -1)
    bits, bits_flops, notes = bits_parts(evidence, chosen)
    opened = evidence.open_gates - evidence.fixed("batch", SMALL_BATCH)
    beside, said = control(evidence, HIGH_LEVELS, -1, opened, "forget bias 1")
    notes += [*said, *bits_notes(evidence, chosen.runs)]
    found = ratio_verdict(
        evidence, chosen, [main, bits], [flops, bits_flops], [*others, *beside], notes
    )
    crossing = crossing_words(c1_low_complexity.test(evidence), found)
    return replace(found, notes=(*found.notes, crossing))


def crossing_words(first: Verdict, second: Verdict) -> str:
    """What may be said of a crossing, from the verdicts of C1 and C2.

    Examples
    --------
    >>> crossing_words(Verdict("supported"), Verdict("inconclusive"))
    'crossing of GRU and LSTM: none in 16–2048'
    """
    words = "crossing of GRU and LSTM: "
    if NOT_TESTED in (first.verdict, second.verdict):
        return f"{words}not tested, it takes C1 and C2"
    if not first.verdict == second.verdict == SUPPORTED:
        return f"{words}none in 16–2048"
    if first.setting != second.setting:
        return f"{words}not tested, C1 holds for {first.setting} and C2 for {second.setting}"
    return f"{words}between LZW 64 and 512"


def bits_parts(evidence: Evidence, chosen: Selection) -> tuple[VerdictPart, VerdictPart, list[str]]:
    """Log2 ratio of the bits stored, LSTM over GRU, within the budget and at equal FLOPs, and what it lacks.

    Strings of which the prompt alone gives more than 10 % are barred; where the rest is less than the design, nothing
    is decided.
    """
    allowed = chosen.runs[~_barred(chosen.runs)]
    pairs, strata = pair_cells(allowed, "gru", "lstm"), chosen.runs["stratum"].nunique()
    runs = evidence.runs
    curves = [evidence.curves.take(places) for places in (pairs.first, pairs.second)]
    limit = np.fmin(*(whole_budget(runs.loc[places]) for places in (pairs.first, pairs.second)))
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
        [f"the ratio of bits needs {'; '.join(lacking)} of strings that are not barred"],
    )


def bits_notes(evidence: Evidence, runs: pd.DataFrame) -> list[str]:
    """How many runs and pairs enter no ratio of bits."""
    barred = int(_barred(runs).sum())
    pairs = pair_cells(runs[~_barred(runs)], "gru", "lstm")
    finals = [evidence.curves.take(places).final for places in (pairs.first, pairs.second)]
    left = int((np.minimum(*finals) < LEAST_THRESHOLD).sum())
    notes = (
        [f"{barred} runs on strings mostly given by the prompt are barred from the ratio of bits"]
        if barred
        else []
    )
    return notes + (
        [f"{left} pairs with less than 2 % stored enter no ratio of bits"] if left else []
    )


def _barred(runs: pd.DataFrame) -> pd.Series:
    return ~(runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"])


def _bits_part(name: str, fractions: list[Array], pairs: Pairs, strata: int) -> VerdictPart:
    """Mean log2 ratio over paired strings, which share their bits, so that fractions say the same.

    Pairs in which one cell stored less than 2 % are left out: a ratio to nothing says nothing.
    """
    gru, lstm = fractions
    use = np.minimum(gru, lstm) >= LEAST_THRESHOLD
    logs = np.full(len(gru), np.nan)
    logs[use] = np.log2(lstm[use] / gru[use])
    return contrast_part(
        name, _BITS, clustered_contrast(logs, pairs.strata, pairs.clusters), RATIO_MARGIN, strata
    )


CLAIM = Claim(
    statement="The LSTM memorizes better than the GRU on strings of high complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="mean ratio of times to the same stored fraction, GRU over LSTM, and ratio of stored bits, LSTM over GRU, at"
    " LZW 512 and 2048: both above .15 octaves",
    test=test,
)
