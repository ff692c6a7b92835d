"""Compare two cells on the same verdict strings: what they recall and how soon, with intervals.

The unit is the search: the strings of a search share its tuning luck (pre-registration of study 1,
section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.estimators.contrasts import PLAIN, Contrast, clustered_contrast
from seqmem.analysis.estimators.recalled_bits import recalled_fraction
from seqmem.analysis.estimators.time_ratios import Curves, learning_curves, time_ratios
from seqmem.core.arrays import Array

# Whether one cell memorizes more, and whether it is faster: chance may answer either with yes.
QUESTIONS = 2
# Smaller differences of stored fractions do not matter: pre-registration of study 1, section 5, C3.
RECALL_MARGIN = 0.03


@dataclass(frozen=True)
class Difference:
    """The difference of the first cell minus the second.

    Attributes
    ----------
    first : str
        Name of a cell.
    second : str
        Name of the other cell.
    bits : Contrast
        Bits recalled per string: all of a memorized string, otherwise the most that were stored.
    fraction : Contrast
        The same as a part of the string.
    rho : Contrast
        Octaves by which the first cell is sooner at what both recall.
    flops : Contrast
        The same at equal FLOPs.
    confidence : float
        Confidence of each interval; all intervals of a comparison hold together with 95 %.
    strings : int
        Pairs of verdict runs.
    uninformative : int
        Pairs in which one run stored too little for a ratio of times.
    whole_bits : float
        Bits of a whole string, the mean over the pairs. No difference of bits is larger.
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
    whole_bits: float

    @property
    def more(self) -> str | None:
        """The cell that memorizes more, or None if the interval includes zero."""
        return self._winner(self.bits)

    @property
    def sooner(self) -> str | None:
        """The cell that reaches the same recall sooner, or None if the interval includes zero."""
        return self._winner(self.rho)

    @property
    def cells(self) -> tuple[str, str]:
        """Both cells."""
        return self.first, self.second

    @property
    def equal_recall(self) -> bool:
        """Whether the interval shows that both recall the same part of a string."""
        return self._is_within(self.fraction, RECALL_MARGIN)

    @property
    def equal_time(self) -> bool:
        """Whether the interval shows that both take the same time to the same recall."""
        return self._is_within(self.rho, RATIO_MARGIN)

    @property
    def equal(self) -> bool:
        """Whether the intervals show that both are equal within the margins."""
        return self.equal_recall and self.equal_time

    @property
    def is_decided(self) -> bool:
        """Whether one cell is shown to be better, or both to be equal.

        Time decides only between cells that are shown to recall as much.
        """
        in_time = self.sooner is not None or self.equal_time
        return self.more is not None or (self.equal_recall and in_time)

    def other(self, cell: str) -> str:
        """Return the cell of the two that is not the given one."""
        return self.second if cell == self.first else self.first

    @property
    def depends_on_clock(self) -> bool:
        """Whether the ratio of times changes its sign at equal FLOPs."""
        return bool(self.rho.estimate * self.flops.estimate < 0)

    def _winner(self, contrast: Contrast) -> str | None:
        low, high = contrast.interval(self.confidence)
        return self.first if low > 0 else self.second if high < 0 else None

    def _is_within(self, contrast: Contrast, margin: float) -> bool:
        low, high = contrast.interval(self.confidence)
        return -margin <= low and high <= margin


def cell_differences(frame: pd.DataFrame) -> list[Difference]:
    """Return the difference of every two cells of a comparison.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of one comparison, as `analysis.load` returns them.

    Returns
    -------
    list of Difference
        In the order of names; empty without verdict runs.
    """
    evidence = Evidence(frame)
    runs = evidence.runs
    curves = learning_curves(runs)
    recalled = recalled_fraction(runs, curves)
    pairs = list(combinations(sorted(runs["cell"].unique()), 2))
    confidence = 1 - (1 - PLAIN) / (QUESTIONS * max(len(pairs), 1))
    return [
        _difference(runs, curves, recalled, first, second, confidence) for first, second in pairs
    ]


def _difference(
    runs: pd.DataFrame, curves: Curves, recalled: Array, first: str, second: str, confidence: float
) -> Difference:
    pairs = pair_cells(runs, first, second)
    reference = runs["reference_bits"].to_numpy(dtype=float)[pairs.first]
    fraction = recalled[pairs.first] - recalled[pairs.second]
    sides = curves.take(pairs.first), curves.take(pairs.second)
    times = time_ratios(*sides)
    values = (fraction * reference, fraction, times.rho, time_ratios(*sides, "flops").rho)
    bits, part, rho, flops, whole = (
        clustered_contrast(value, pairs.strata, pairs.clusters) for value in (*values, reference)
    )
    silent = int((~times.informative).sum())
    count = len(pairs)
    return Difference(
        first, second, bits, part, rho, flops, confidence, count, silent, whole.estimate
    )
