"""C7: the LSTM's loss is more volatile during training."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart, not_tested
from seqmem.analysis.claims.study_1.c7_volatility import VOLATILITY_COLUMN, log_deviation
from seqmem.analysis.claims.study_2.rules.constants import VOLATILITY_RATIO
from seqmem.analysis.claims.study_2.rules.judging import combined, judged_part
from seqmem.analysis.claims.study_2.rules.matched_rates import matched_pairs
from seqmem.analysis.estimators.contrasts import clustered_contrast

_MARGIN = math.log(VOLATILITY_RATIO)


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C7: ln ratio of the volatility of the loss, LSTM over GRU.

    Each part is the mean over strings at one level and learning rate, at equal units or at equal
    parameters.
    """
    runs = evidence.runs
    known = VOLATILITY_COLUMN in runs
    values = log_deviation(runs) if known else np.full(len(runs), np.nan)
    deviations = pd.Series(values, runs.index)
    pairs = matched_pairs(evidence, "the probe loss_volatility", deviations.notna())
    if pairs.needs:
        return not_tested(pairs.needs)
    groups = pairs.parts(["size", "level", "learning_rate"])
    parts = [_part(deviations, name, rows, len(groups)) for name, rows in groups]
    lost = int(
        np.isnan(
            deviations[pairs.table["lstm"]].to_numpy() - deviations[pairs.table["gru"]].to_numpy()
        ).sum()
    )
    few = f"{lost} of {len(pairs.table)} pairs have too few steps within the range of losses"
    return Verdict(
        *combined(parts),
        tuple(parts),
        notes=(few,) if lost else (),
        setting="runs that go on after memorizing, at matched learning rates",
    )


def _part(deviations: pd.Series, name: str, rows: pd.DataFrame, parts: int) -> VerdictPart:
    values = deviations[rows["lstm"]].to_numpy() - deviations[rows["gru"]].to_numpy()
    strings = rows["string_id"].tolist()
    contrast = clustered_contrast(values, [""] * len(values), strings)
    quantity = "ln of LSTM's over GRU's volatility"
    return judged_part("C7", name, quantity, contrast, _MARGIN, 1, parts)


CLAIM = Claim(
    study=2,
    statement="The LSTM's loss is more volatile during training.",
    source="practice articles on LSTM and GRU",
    rule="Supported if the 99.4 % interval of the SD of ln(loss) about its running median over 25"
    " steps, LSTM over GRU, lies above 1.1 at every matched learning rate and at both levels, at"
    " equal units and at equal parameters. Refuted if the upper limit of one of these parts is"
    " below 1.1, with limits that hold for all parts together.",
    test=test,
)
