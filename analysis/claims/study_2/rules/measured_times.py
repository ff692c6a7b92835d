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

MEASURED = "in measured time"
_SHAPE = ["cell", "depth", "units", "batch", "length", "alphabet_size"]


def measured_over_table(evidence: Evidence, runs: pd.DataFrame) -> Array:
    """Return log2 of measured over table step time of the shape of each run.

    Parameters
    ----------
    evidence : Evidence
        Records and step times.
    runs : DataFrame, n rows
        Runs with the columns of a shape.

    Returns
    -------
    array of float, shape (n,)
        Octaves; NaN for shapes that were not measured in at least 5 visits.
    """
    if evidence.timings is None:
        return np.full(len(runs), np.nan)
    logs = log2_of_table(evidence.timings, TIMING_VISITS)
    shapes = pd.MultiIndex.from_frame(runs[_SHAPE])
    octaves: Array = logs.reindex(shapes).to_numpy(dtype=float)
    return octaves


def measured_shift(evidence: Evidence, pairs: Pairs) -> Array:
    """Return what measured times add to log2 of the second run's time over the first's.

    Parameters
    ----------
    evidence : Evidence
        Records and step times.
    pairs : Pairs
        Pairs of `evidence.runs`.

    Returns
    -------
    array of float, shape (n,)
        Octaves to add to rho; NaN if the shape of a run was not measured.
    """
    first, second = (
        measured_over_table(evidence, evidence.runs.loc[side])
        for side in (pairs.first, pairs.second)
    )
    shift: Array = second - first
    return shift


def timing_notes(evidence: Evidence, octaves: Array, counted: str = "pairs") -> list[str]:
    """Return what the third reading lacks; empty if every shape that it needs was measured.

    Parameters
    ----------
    evidence : Evidence
        Records and step times.
    octaves : array of float, shape (n,)
        From `measured_shift`, or from `measured_over_table`.
    counted : str, default "pairs"
        What the array has a value for, in the plural.
    """
    missing = int(np.isnan(octaves).sum())
    if not missing:
        return []
    timings = evidence.timings
    if timings is None or not (timings["work"] == WINNER_WORK).any():
        return [
            "third reading not made: measured step times are missing; run seqmem time --winners"
        ]
    return [
        f"third reading not made: the shapes of {missing} of {len(octaves)} {counted} were not"
        f" measured in {TIMING_VISITS} visits; run seqmem time --winners"
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
