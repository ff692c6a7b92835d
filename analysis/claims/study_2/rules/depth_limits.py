"""Ratios of times of depths in one cell, with limits alone and together, for C3a and C3b."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    LEVELS_EMPTY,
    SEARCH_DOUBTED,
    VerdictPart,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    DELTA,
    DEPTH_LEVELS,
    DEPTHS,
    OTHER_CONFIDENCE,
    PLAIN_CONFIDENCE,
)
from seqmem.analysis.claims.study_2.rules.measured_times import MEASURED
from seqmem.analysis.estimators.contrasts import clustered_contrast, max_t_intervals
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title

QUANTITY = "deeper network sooner by octaves"
BUDGETS = {"rho": "B", "rho_quarter": "B/4"}
DEEPER = DEPTHS[1:]
_RATIOS = [(depth, budget) for depth in DEEPER for budget in BUDGETS]
_CONFIDENCES = (OTHER_CONFIDENCE, PLAIN_CONFIDENCE)


class DepthLimits(NamedTuple):
    """A ratio of times of a depth over depth 1 at one budget, in one cell.

    Attributes
    ----------
    name : str
        Cell, depth and budget.
    estimate, flops : float
        Mean ratio in calibrated time and at equal FLOPs, in octaves.
    alone, together : tuple of float
        Limits of the ratio by itself, and limits that hold for all ratios of the cell together.
    alone_plain, together_plain : tuple of float
        The same at 95 %.
    basis : str
        Number of searches and degrees of freedom, in words.
    tag : str
        Why the ratio decides nothing; empty if it may decide.
    """

    name: str
    estimate: float
    flops: float
    alone: tuple[float, float]
    together: tuple[float, float]
    alone_plain: tuple[float, float]
    together_plain: tuple[float, float]
    basis: str
    tag: str

    def part(self, together: bool, verdict: str, tag: str = "") -> VerdictPart:
        """Return the ratio with one pair of limits as a part of a verdict."""
        limits = self.together if together else self.alone
        plain = self.together_plain if together else self.alone_plain
        return VerdictPart(
            self.name, QUANTITY, self.estimate, *limits, *plain, DELTA, verdict,
            tag, self.basis, OTHER_CONFIDENCE,
        )  # fmt: skip

    def measured(self) -> DepthLimits:
        """Return the ratio under the name of the third reading."""
        return self._replace(name=f"{self.name}, {MEASURED}")

    def flops_part(self) -> VerdictPart:
        """Return the ratio at equal FLOPs, which has no interval."""
        nan = float("nan")
        return VerdictPart(
            f"{self.name}, at equal FLOPs", QUANTITY, self.flops, nan, nan, nan, nan, DELTA,
            INCONCLUSIVE, confidence=OTHER_CONFIDENCE,
        )  # fmt: skip


def cell_limits(
    cell: str, tables: dict[str, pd.DataFrame], doubts: dict[int, list[str]]
) -> list[DepthLimits]:
    """Return the ratios of one cell. Levels are strata, and searches are the unit.

    Parameters
    ----------
    cell : str
        The cell.
    tables : dict of str to DataFrame
        From `depth_table`, on the clock that is judged (`budget`) and in FLOPs (`flops`).
    doubts : dict of int to list of str
        Reasons to doubt the searches of each depth.

    Returns
    -------
    list of DepthLimits
        One for each depth above 1 and budget.
    """
    values, levels, searches = _values(tables["budget"], cell)
    flops, flop_levels, flop_searches = _values(tables["flops"], cell)
    together = {c: _together(values, levels, searches, c) for c in _CONFIDENCES}
    limits = []
    for place, (depth, budget) in enumerate(_RATIOS):
        contrast = clustered_contrast(values[:, place], levels, searches)
        at_flops = clustered_contrast(flops[:, place], flop_levels, flop_searches)
        tag = LEVELS_EMPTY if contrast.strata < len(DEPTH_LEVELS) else ""
        basis = f"{contrast.clusters} searches, {contrast.freedom} degrees of freedom"
        limits.append(
            DepthLimits(
                f"{cell_title(cell)}, depth {depth} at {BUDGETS[budget]}",
                contrast.estimate,
                at_flops.estimate,
                contrast.interval(OTHER_CONFIDENCE),
                together[OTHER_CONFIDENCE][place],
                contrast.interval(PLAIN_CONFIDENCE),
                together[PLAIN_CONFIDENCE][place],
                basis,
                SEARCH_DOUBTED if doubts[depth] else tag,
            )
        )
    return limits


def _values(table: pd.DataFrame, cell: str) -> tuple[Array, list[int], list[int]]:
    """Return the ratios of one cell by search, shape (n, ratios), with levels and searches."""
    own = table[table["cell"] == cell]
    grid = own.pivot(index=["level", "search"], columns="depth", values=list(BUDGETS))
    columns = [grid[budget, depth].to_numpy(dtype=float) for depth, budget in _RATIOS]
    levels, searches = (grid.index.get_level_values(name).tolist() for name in grid.index.names)
    return np.stack(columns, axis=1), levels, searches


def _together(
    values: Array, levels: list[int], searches: list[int], confidence: float
) -> list[tuple[float, float]]:
    _, low, high, _ = max_t_intervals(values, levels, searches, confidence)
    return list(zip(low.tolist(), high.tolist(), strict=True))
