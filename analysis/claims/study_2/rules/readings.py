"""Second readings of a ratio of times: its tuning curve, and what the winners have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import VerdictPart
from seqmem.analysis.claims.study_2.rules.judging import judged_part
from seqmem.analysis.estimators.search_gates import of_paired_sweeps
from seqmem.analysis.estimators.stratified_contrasts import stratified_contrast
from seqmem.analysis.estimators.tuning.search_points import (
    SearchRuns,
    are_paired,
    rho_curve,
    searches,
)
from seqmem.analysis.estimators.tuning.tuning_curves import CONDITIONAL, basis, efforts
from seqmem.analysis.estimators.winner_values import winner_values
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title


class SearchPair(NamedTuple):
    """Two searches with the same points and strings.

    Attributes
    ----------
    stratum : str
        Sweep and string condition.
    search : int
        Number of the search.
    first, second : SearchRuns
        Their runs.
    """

    stratum: str
    search: int
    first: SearchRuns
    second: SearchRuns


def cell_pairs(
    evidence: Evidence, runs: pd.DataFrame, first: str = "gru", second: str = "lstm"
) -> list[SearchPair]:
    """Return the searches of two cells that belong to confirmation runs, paired by slot.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    runs : DataFrame
        Confirmation runs.
    first, second : str
        The cells.

    Returns
    -------
    list of SearchPair
        Searches with a failed run are left out; empty if checkpoints answer no smaller budget.
    """
    frame = of_paired_sweeps(evidence.whole_searches(runs), evidence.configs)
    if not answers_smaller_budgets(frame[frame["status"] != "failed"]).all():
        return []
    sides = [dict(searches(frame[frame["cell"] == cell])) for cell in (first, second)]
    pairs = []
    for name in sorted(set(sides[0]) & set(sides[1])):
        sweep, condition, number = name
        one, other = sides[0][name], sides[1][name]
        if one is not None and other is not None and are_paired(one, other):
            pairs.append(SearchPair(f"{sweep}/{condition}", number, one, other))
    return pairs


def tuning_parts(
    claim: str, pairs: Sequence[SearchPair], sign: int, quantity: str, margin: float
) -> list[VerdictPart]:
    """Return rho of the best of n points, for n = 1, 2, 4 … up to all points.

    Tuning strings rank the points. Values come from the selection strings of the finalists from
    half of the points on. Below, they come from the other tuning strings, so a number of points is
    left out if a search has one tuning string only.

    Parameters
    ----------
    claim : str
        Name within study 2.
    pairs : sequence of SearchPair
        Searches whose first side is the GRU.
    sign : int
        +1 or -1. Rho is positive if the first side is sooner.
    quantity : str
        As in `VerdictPart`.
    margin : float
        Smallest difference that counts, in octaves.

    Returns
    -------
    list of VerdictPart
        They decide nothing.
    """
    if not pairs:
        return []
    points = pairs[0].first.tune.shape[-1]
    if any(pair.first.tune.shape[-1] != points for pair in pairs):
        return []
    curves = np.stack([_curve(pair, points) for pair in pairs])
    strata = [pair.stratum for pair in pairs]
    parts = []
    for subset, values in zip(efforts(points), sign * curves.T, strict=True):
        if not np.isfinite(values).any():
            continue
        contrast = stratified_contrast(values, strata, [pair.search for pair in pairs])
        name = f"best of {subset} of {points} points"
        parts.append(judged_part(claim, name, quantity, contrast, margin, len(set(strata))))
    return parts


def winner_notes(evidence: Evidence, runs: pd.DataFrame) -> list[str]:
    """Return the shares of the winners at each depth, batch and length, a sentence per sweep.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    runs : DataFrame
        Confirmation runs.
    """
    table = winner_values(evidence.whole_searches(runs), evidence.configs)
    notes = []
    for (sweep, level, cell), rows in table.groupby(["sweep", "level", "cell"], sort=True):
        options = [
            f"{option} "
            + ", ".join(f"{row.value} ({row.winners})" for row in values.itertuples(index=False))
            for option, values in rows.groupby("option", sort=True)
        ]
        count = int(rows["searches"].iloc[0])
        notes.append(
            f"winners of the {count} searches of {cell_title(str(cell))} at {level} in {sweep}:"
            f" {'; '.join(options)}"
        )
    return notes


def _curve(pair: SearchPair, points: int) -> Array:
    """Return rho at each effort; NaN where one tuning string both ranks and gives the value."""
    values = rho_curve(pair.first, pair.second).values.copy()
    strings = len(pair.first.tune)
    conditional = [basis(points, subset, strings) == CONDITIONAL for subset in efforts(points)]
    values[conditional] = np.nan
    return values
