"""The efforts at which a comparison would have another answer, in words."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.estimators.tuning.tuning_curves import CONDITIONAL
from seqmem.study.memorizers.cells import cell_title

NOT_DECIDED = "no difference is found"


def other_efforts(curve: pd.DataFrame) -> str:
    """Return at which efforts the answer would be another than with all points of a search.

    The answer at n is the sign of rho if its simultaneous 95 % interval excludes 0.

    Parameters
    ----------
    curve : DataFrame
        Rows `rho` of one panel of `tuning_table`, with n ascending.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> curve = pd.DataFrame({"n": [1, 2], "low": [-0.2, 0.1], "high": [0.3, 0.4]})
    >>> curve = curve.assign(first="gru", second="lstm", points=2, basis="selection strings")
    >>> other_efforts(curve)
    'With the best of 2 points, the GRU is sooner. With fewer, the answer would be another: n = 1, \
no difference is found.'
    """
    answers = [_answer(row) for _, row in curve.iterrows()]
    last = f"With the best of {curve['n'].iloc[-1]} points, {answers[-1]}."
    others = [
        f"n = {row['n']}{_condition(row)}, {answer}"
        for (_, row), answer in zip(curve.iterrows(), answers, strict=True)
        if answer != answers[-1]
    ]
    if not others:
        return f"{last} With fewer, the answer would be the same."
    return f"{last} With fewer, the answer would be another: {'; '.join(others)}."


def _answer(row: pd.Series) -> str:
    if row["low"] > 0:
        return f"the {cell_title(str(row['first']))} is sooner"
    if row["high"] < 0:
        return f"the {cell_title(str(row['second']))} is sooner"
    return NOT_DECIDED


def _condition(row: pd.Series) -> str:
    return f" ({CONDITIONAL}, no claim)" if row["basis"] == CONDITIONAL else ""
