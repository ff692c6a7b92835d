"""The part of its string that a run recalls."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.time_ratios import Curves
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.core.arrays import Array


def recalled_fraction(runs: pd.DataFrame, curves: Curves) -> Array:
    """Return the part of its string that each run recalls.

    It is 1 if the string was memorized: the run stopped there, so its stored bits show how early
    it stopped, not how much it recalls. Otherwise it is the best stored fraction of a checkpoint,
    and 0 without a checkpoint. A code that is longer than the string recalls nothing: it counts 0.

    Parameters
    ----------
    runs : pandas.DataFrame
        Records, one row per run.
    curves : Curves
        Their learning curves.

    Returns
    -------
    array of float, shape (n,)
        One value per run, 0 to 1.
    """
    best = np.where(np.isfinite(curves.final), curves.final, 0.0)
    fractions: Array = np.where(memorized_by_budget(runs), 1.0, np.clip(best, 0.0, 1.0))
    return fractions
