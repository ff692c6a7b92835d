"""Two cells on the same verdict strings: how much more one memorizes, and how much sooner, with intervals.

The unit is the search: strings within one share its luck (METHODS section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.estimators.contrasts import PLAIN, Contrast, clustered_contrast
from seqmem.analysis.estimators.time_ratios import Curves, learning_curves, time_ratios
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.core.arrays import Array

# Whether one memorizes more, and whether it is sooner: both may be found by chance.
QUESTIONS = 2


@dataclass(frozen=True)
class Difference:
    """First cell minus second.

    Attributes
    ----------
    bits : bits recalled per string; all of a string's where it was memorized, otherwise the most that were stored.
    fraction : the same in parts of the string.
    rho : octaves by which the first is sooner at what both recall.
    flops : the same at equal FLOPs.
    confidence : of each interval, so that all of a comparison hold together with 95 %.
    strings, uninformative : pairs of verdict runs; those of which one stored too little for a ratio of times.
    """

    first: str
    second: str
    bits: Contrast
    fraction: Contrast
    rho: Contrast
    flops: Contrast
    confidence: float
    strings: int
    uninformative: int

    @property
    def more(self) -> str | None:
        """The cell that memorizes more; None if none is found to."""
        return self._winner(self.bits)

    @property
    def sooner(self) -> str | None:
        """The cell that is sooner; None if none is found to be."""
        return self._winner(self.rho)

    @property
    def depends_on_clock(self) -> bool:
        """Whether the ratio of times changes its sign at equal FLOPs."""
        return bool(self.rho.estimate * self.flops.estimate < 0)

    def _winner(self, found: Contrast) -> str | None:
        low, high = found.interval(self.confidence)
        return self.first if low > 0 else self.second if high < 0 else None


def cell_differences(frame: pd.DataFrame) -> list[Difference]:
    """Every two cells of a comparison's records, the order of names; none where no verdict run is there."""
    evidence = Evidence(frame)
    runs = evidence.runs
    curves = learning_curves(runs)
    recalled = recalled_fraction(runs, curves)
    pairs = list(combinations(sorted(runs["cell"].unique()), 2))
    confidence = 1 - (1 - PLAIN) / (QUESTIONS * max(len(pairs), 1))
    return [
        _difference(runs, curves, recalled, first, second, confidence) for first, second in pairs
    ]


def recalled_fraction(runs: pd.DataFrame, curves: Curves) -> Array:
    """Part of its string that each run can give back, (n,).

    1 where it was memorized: the run stopped there, so its stored bits say how early and not how much. Otherwise the
    best stored fraction of a checkpoint, 0 where there is none.
    """
    best = np.where(np.isfinite(curves.final), curves.final, 0.0)
    found: Array = np.where(memorized_by_budget(runs), 1.0, np.minimum(best, 1.0))
    return found


def _difference(
    runs: pd.DataFrame, curves: Curves, recalled: Array, first: str, second: str, confidence: float
) -> Difference:
    pairs = pair_cells(runs, first, second)
    reference = runs["reference_bits"].to_numpy(dtype=float)[pairs.first]
    fraction = recalled[pairs.first] - recalled[pairs.second]
    sides = curves.take(pairs.first), curves.take(pairs.second)
    times = time_ratios(*sides)
    values = (fraction * reference, fraction, times.rho, time_ratios(*sides, "flops").rho)
    bits, part, rho, flops = (
        clustered_contrast(value, pairs.strata, pairs.clusters) for value in values
    )
    silent = int((~times.informative).sum())
    return Difference(first, second, bits, part, rho, flops, confidence, len(pairs), silent)
