"""C7: the LSTM's loss is more volatile during training."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence
from analysis.claims.fixed_length import OWN, by_learning_rate, design_needs, difference_part
from analysis.claims.verdict import INCONCLUSIVE, Verdict, conjunction, not_tested
from analysis.psychometric import Array
from analysis.search_quality import doubts

COLUMN = "probe_loss_volatility_log_loss_sd"
MARGIN = math.log(1.1)
MATCHED = 3


def test(evidence: Evidence) -> Verdict:
    """Ln ratio of the SD of ln(loss) about its running median, LSTM over GRU, at own and three matched rates."""
    groups = by_learning_rate(evidence, COLUMN)
    needs = design_needs(groups, MATCHED, "loss_volatility")
    if needs:
        return not_tested(needs)
    quantity = "ln of LSTM's over GRU's volatility"
    found = {
        name: difference_part(evidence, rows, log_deviation, name, quantity, MARGIN) for name, rows in groups.items()
    }
    parts = tuple(part for part, _ in found.values())
    verdict, tag = conjunction(parts)
    notes = [
        f"{lost} pairs at {name} have too few steps within the range of losses"
        for name, (_, lost) in found.items()
        if lost
    ]
    own = evidence.frame[evidence.frame["sweep"].isin(groups[OWN]["sweep"])]
    doubt = doubts(own, evidence.configs, MARGIN)
    if doubt:
        verdict, tag = INCONCLUSIVE, "the search is in doubt"
    return Verdict(verdict, tag, parts, notes=(*notes, *doubt), setting="runs that go on after memorizing")


def log_deviation(runs: pd.DataFrame) -> Array:
    """Ln of the SD of ln(loss) about its running median; NaN where it was not measured or is 0: (n,)."""
    values = runs[COLUMN].to_numpy(dtype=float)
    return np.log(np.where(values > 0, values, np.nan))


CLAIM = Claim(
    statement="The LSTM's loss is more volatile during training.",
    source="practice articles on LSTM and GRU",
    rule="SD of ln(loss) about its running median over 25 steps, LSTM over GRU: above 1.1 at own and at three matched"
    " learning rates",
    test=test,
)
