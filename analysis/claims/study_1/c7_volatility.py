"""C7: the LSTM's loss is more volatile during training."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.fixed_length import (
    FixedLengthComparison,
    by_learning_rate,
    compare_cells,
)
from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.core.arrays import Array

VOLATILITY_COLUMN = "probe_loss_volatility_log_loss_sd"
VOLATILITY_MARGIN = math.log(1.1)


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C7: ln ratio of the volatility of the loss, LSTM over GRU.

    The volatility is the SD of ln(loss) about its running median. The ratio is taken at own and at
    three matched learning rates.
    """
    return compare_cells(evidence, by_learning_rate(evidence, VOLATILITY_COLUMN), _COMPARISON)[0]


def log_deviation(runs: pd.DataFrame) -> Array:
    """Return ln of the SD of ln(loss) about its running median, shape (n,).

    It is NaN if the SD is 0 or was not measured.

    Parameters
    ----------
    runs : DataFrame
        Runs with the column of the probe `loss_volatility`.
    """
    values = runs[VOLATILITY_COLUMN].to_numpy(dtype=float)
    return np.log(np.where(values > 0, values, np.nan))


_COMPARISON = FixedLengthComparison(
    column=VOLATILITY_COLUMN,
    probe="loss_volatility",
    quantity="ln of LSTM's over GRU's volatility",
    measured=log_deviation,
    margin=VOLATILITY_MARGIN,
    matched=3,
    lost="have too few steps within the range of losses",
    setting="runs that go on after memorizing",
)

CLAIM = Claim(
    study=1,
    statement="The LSTM's loss is more volatile during training.",
    source="practice articles on LSTM and GRU",
    rule="Supported if the SD of ln(loss) about its running median over 25 steps, LSTM over GRU,"
    " is above 1.1 at own and at three matched learning rates.",
    test=test,
)
