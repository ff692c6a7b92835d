"""Whether paired searches tried enough: contrasts that still move, and winners at edges.

The rules are those of study 2 (docs/methods.md, "Searches in doubt"). Sweeps whose points depend on
results keep the rules of study 1, see `search_quality`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.estimators.box_edges import box_edges
from seqmem.analysis.estimators.contrasts import PLAIN, Contrast, clustered_contrast
from seqmem.analysis.estimators.search_quality import EDGE_SHARE, winners
from seqmem.analysis.estimators.searched_units import with_searched_units
from seqmem.analysis.estimators.tuning.search_points import (
    SearchRuns,
    are_paired,
    paired_sweeps,
    rho_curve,
    searches,
)
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.search_spaces import space_of

# The margin of a ratio of times, in octaves.
MOVE_MARGIN = 0.15

Configs = Mapping[str, Mapping[str, Any]]


class Move(NamedTuple):
    """How far the contrast of two cells moves when the number of points doubles.

    Attributes
    ----------
    first, second : str
        The cells.
    contrast : Contrast
        Rho at all points minus rho at half of them, in octaves, over searches.
    """

    first: str
    second: str
    contrast: Contrast

    def exceeds(self, margin: float, beyond_chance: bool = False) -> bool:
        """Return whether the move exceeds the margin.

        Parameters
        ----------
        margin : float
            Margin in octaves.
        beyond_chance : bool, default False
            Whether the 95 % interval of the move must exclude 0 too.
        """
        low, high = self.contrast.interval(PLAIN)
        is_large = abs(self.contrast.estimate) > margin
        return is_large and (not beyond_chance or low > 0 or high < 0)


def gate_reasons(
    frame: pd.DataFrame,
    configs: Configs,
    margin: float = MOVE_MARGIN,
    beyond_chance: bool = False,
) -> list[str]:
    """Return the reasons why a comparison of paired searches is inconclusive.

    There are two rules. The contrast of two cells moves by more than the margin between half of the
    points and all. Or more than a third of the winners lie at an edge of their box, in learning
    rate or in units, see `edge_shares`.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them. Only sweeps with paired points are used.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    margin : float, default 0.15
        Margin of the move, in octaves.
    beyond_chance : bool, default False
        Whether the 95 % interval of the move must exclude 0 too. With few searches the estimate
        alone exceeds the margin by chance (docs/methods.md).

    Returns
    -------
    list of str
        One sentence per reason; empty without doubt.
    """
    frame = of_paired_sweeps(frame, configs)
    reasons = [
        f"rho of {move.first} against {move.second} moves by {move.contrast.estimate:+.2g} octaves "
        f"between half of the points and all, more than {margin:g}"
        for move in contrast_moves(frame)
        if move.exceeds(margin, beyond_chance)
    ]
    shares = edge_shares(frame, configs)
    for row in shares[shares["share"] > EDGE_SHARE].itertuples():
        reasons.append(
            f"the winners of {row.winners} of {row.searches} searches of {row.cell} lie at an edge "
            f"of the box in {row.option.replace('_', ' ')}"
        )
    return reasons


def of_paired_sweeps(frame: pd.DataFrame, configs: Configs) -> pd.DataFrame:
    """Return the records of sweeps whose searches are paired by slot.

    Parameters
    ----------
    frame : DataFrame
        Records.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    """
    return frame[frame["sweep"].astype(str).isin(list(paired_sweeps(frame, configs)))]


def contrast_moves(frame: pd.DataFrame) -> list[Move]:
    """Return how far rho of every two cells moves between half of the points and all of them.

    Tuning strings rank the points, and the selection strings of the finalists give the values, at
    both numbers of points. So the same strings are used for both.

    Parameters
    ----------
    frame : DataFrame
        Records of paired searches.

    Returns
    -------
    list of Move
        One for every two cells that share searches of at least two points.
    """
    if not len(frame) or not answers_smaller_budgets(frame[frame["status"] != "failed"]).all():
        return []
    cells = {str(cell): dict(searches(rows)) for cell, rows in frame.groupby("cell", sort=True)}
    moves = []
    for first, second in combinations(sorted(cells), 2):
        names = sorted(set(cells[first]) & set(cells[second]))
        values = [_move(cells[first][name], cells[second][name]) for name in names]
        strata = [f"{sweep}/{condition}" for sweep, condition, _ in names]
        contrast = clustered_contrast(values, strata, [number for *_, number in names])
        if contrast.clusters:
            moves.append(Move(first, second, contrast))
    return moves


def edge_shares(frame: pd.DataFrame, configs: Configs) -> pd.DataFrame:
    """Return the winners at an edge of the box, of each cell and option; see `box_edges`.

    Depth, batch and length have too few values for a rule, see `winner_values`.

    Parameters
    ----------
    frame : DataFrame
        Records of paired searches.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        Columns `cell`, `option`, `winners` (at an edge), `searches`, `share`.
    """
    columns = ["cell", "option", "at_edge"]
    marks = pd.DataFrame(list(_edge_marks(frame, configs)), columns=columns)
    table = marks.groupby(["cell", "option"], as_index=False)["at_edge"].agg(["sum", "size"])
    table = table.rename(columns={"sum": "winners", "size": "searches"})
    return table.assign(share=table["winners"] / table["searches"])


def _move(first: SearchRuns | None, second: SearchRuns | None) -> float:
    if first is None or second is None or not are_paired(first, second):
        return float("nan")
    values = rho_curve(first, second).values
    return float(values[-1] - values[-2]) if len(values) > 1 else float("nan")


def _edge_marks(frame: pd.DataFrame, configs: Configs) -> Iterator[tuple[str, str, bool]]:
    """Yield for each winner and each option with a rule whether it lies at an edge."""
    for sweep, rows in winners(frame).groupby("sweep", sort=True):
        config = configs[str(sweep)]
        searched = with_searched_units(rows, config)
        for (level, cell), own in searched.groupby(["level", "cell"], sort=True):
            space = space_of(config, int(level), str(cell))
            for option, marks in box_edges(own, space).items():
                yield from ((str(cell), option, bool(mark)) for mark in marks)
