"""Third reading of a ratio of times: measured seconds of the winners' shapes over table seconds.

The calibrated second comes from a cost table. If the table misjudges the shapes of the two winners
differently, a ratio of calibrated times is not one of measured times. `seqmem time --winners`
measures the shapes on one quiet machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    DIRECTION_ONLY,
    INCONCLUSIVE,
    OPPOSITE,
    REFUTED,
    SUPPORTED,
    VerdictPart,
)
from seqmem.analysis.claims.study_2.rules.constants import TIMING_VISITS
from seqmem.analysis.estimators.step_times import WINNER_WORK, log2_of_table
from seqmem.core.arrays import Array

_SHAPE = ["cell", "depth", "units", "batch", "length", "alphabet_size"]


def measured_shift(evidence: Evidence, runs: pd.DataFrame, pairs: Pairs) -> Array:
    """Return what measured times add to log2 of the second run's time over the first's.

    Parameters
    ----------
    evidence : Evidence
        Records and step times.
    runs : DataFrame
        Runs that the pairs point to, with the columns of a shape.
    pairs : Pairs
        Pairs of runs.

    Returns
    -------
    array of float, shape (n,)
        Octaves to add to rho; NaN for shapes that were not measured in at least 5 visits.
    """
    if evidence.timings is None:
        return np.full(len(pairs), np.nan)
    logs = log2_of_table(evidence.timings, TIMING_VISITS)
    keys = [
        pd.MultiIndex.from_frame(runs.loc[side, _SHAPE]) for side in (pairs.first, pairs.second)
    ]
    first, second = (logs.reindex(key).to_numpy(dtype=float) for key in keys)
    shift: Array = second - first
    return shift


def timing_notes(evidence: Evidence, shift: Array) -> list[str]:
    """Return what the third reading lacks; empty if every winner's shape was measured.

    Parameters
    ----------
    evidence : Evidence
        Records and step times.
    shift : array of float, shape (n,)
        From `measured_shift`.
    """
    missing = int(np.isnan(shift).sum())
    if not missing:
        return []
    timings = evidence.timings
    if timings is None or not (timings["work"] == WINNER_WORK).any():
        return [
            "third reading not made: measured step times are missing; run seqmem time --winners"
        ]
    return [
        f"third reading not made: the shapes of {missing} of {len(shift)} pairs were not measured"
        f" in {TIMING_VISITS} visits; run seqmem time --winners"
    ]


def checked_by_clock(verdict: tuple[str, str], parts: Sequence[VerdictPart]) -> tuple[str, str]:
    """Return the verdict, or `inconclusive (depends on the clock)` if another clock undoes it.

    Parameters
    ----------
    verdict : tuple of str
        The verdict and its tag.
    parts : sequence of VerdictPart
        The same estimate on other clocks.

    Examples
    --------
    >>> from dataclasses import replace
    >>> part = VerdictPart("measured", "rho", 0.3, 0.1, 0.5, 0.2, 0.4, 0.15, "direction only")
    >>> checked_by_clock(("supported", ""), [part])
    ('inconclusive', 'depends on the clock')
    >>> checked_by_clock(("direction only", ""), [replace(part, verdict="supported")])
    ('direction only', '')
    """
    if any(_undone(verdict, part) for part in parts):
        return INCONCLUSIVE, CLOCK_DEPENDS
    return verdict


def _undone(verdict: tuple[str, str], part: VerdictPart) -> bool:
    """Return whether the verdict would not hold for this part.

    An effect beyond the margin confirms a direction.
    """
    words, tag = verdict
    if words == INCONCLUSIVE or CLOCK_DEPENDS in tag:
        return False
    if words == DIRECTION_ONLY:
        beyond = (REFUTED, tag) if tag else (SUPPORTED, "")
        return (part.verdict, part.tag) not in (beyond, verdict)
    if words == REFUTED and tag != OPPOSITE:
        return part.verdict != REFUTED
    return (part.verdict, part.tag) != verdict
