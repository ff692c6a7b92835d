"""C2: the LSTM memorizes better than the GRU on strings of high complexity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cautions import GIVEN_SHARE
from analysis.claims import c1_low_complexity
from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence, pair_cells
from analysis.claims.time_ratio_parts import MARGIN, clock_parts, conclude, control, select
from analysis.claims.verdict import SUPPORTED, Part, Verdict, contrast_part, not_tested
from analysis.contrasts import clustered_contrast
from analysis.time_ratios import LEAST_THRESHOLD

LEVELS = (512, 2048)


def test(evidence: Evidence) -> Verdict:
    """Mean -rho and log2 ratio of stored bits at LZW 512 and 2048; a control with forget bias 1 stands beside.

    Both must exceed the margin. Whether there is a crossing is said only where C1 and C2 are both supported.
    """
    opened = evidence.open_gates
    chosen = select(evidence, LEVELS, evidence.sweeps - opened)
    if chosen.needs:
        return not_tested(chosen.needs, chosen.budget)
    main, *others = clock_parts(evidence, chosen.runs, -1)
    bits, notes = bits_part(evidence, chosen.runs)
    beside, said = control(evidence, LEVELS, -1, opened, "forget bias 1")
    found = conclude(evidence, chosen, [main, bits], [*others, *beside], [*notes, *said])
    crossing = crossing_words(c1_low_complexity.test(evidence).verdict, found.verdict)
    return Verdict(found.verdict, found.tag, found.parts, found.aside, (), (*found.notes, crossing), found.setting)


def crossing_words(first: str, second: str) -> str:
    """What may be said of a crossing, from the verdicts of C1 and C2.

    Examples
    --------
    >>> crossing_words("supported", "inconclusive")
    'crossing of GRU and LSTM: none in 16–2048'
    """
    found = "between LZW 64 and 512" if first == second == SUPPORTED else "none in 16–2048"
    return f"crossing of GRU and LSTM: {found}"


def bits_part(evidence: Evidence, runs: pd.DataFrame) -> tuple[Part, list[str]]:
    """Log2 ratio of the bits stored within the budget, LSTM over GRU, as the ratio of the means of each search.

    Strings of which the prompt alone gives more than 10 % are barred; pairs in which one cell stored less than 2 % are
    left out, since a ratio to nothing says nothing.
    """
    allowed = runs[runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"]]
    pairs = pair_cells(allowed, "gru", "lstm")
    gru, lstm = (evidence.curves.take(places).final for places in (pairs.first, pairs.second))
    use = np.minimum(gru, lstm) >= LEAST_THRESHOLD
    reference = evidence.runs["reference_bits"].to_numpy(dtype=float)[pairs.first][use]
    keys = [np.array(labels, dtype=object)[use] for labels in (pairs.strata, pairs.clusters)]
    table = pd.DataFrame({"gru": gru[use] * reference, "lstm": lstm[use] * reference})
    means = table.groupby(keys, sort=True).mean()
    strata, clusters = (means.index.get_level_values(level).tolist() for level in (0, 1))
    contrast = clustered_contrast(np.log2(means["lstm"] / means["gru"]), strata, clusters)
    part = contrast_part(
        "stored bits", "log2 of LSTM's over GRU's bits", contrast._replace(values=int(use.sum())), MARGIN
    )
    barred, left = len(runs) - len(allowed), int((~use).sum())
    notes = [f"{barred} runs on strings mostly given by the prompt are barred from the ratio of bits"] if barred else []
    return part, notes + ([f"{left} pairs with less than 2 % stored enter no ratio of bits"] if left else [])


CLAIM = Claim(
    statement="The LSTM memorizes better than the GRU on strings of high complexity.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248)",
    rule="mean ratio of times to the same stored fraction, GRU over LSTM, and ratio of stored bits, LSTM over GRU, at"
    " LZW 512 and 2048: both above .15 octaves",
    test=test,
)
