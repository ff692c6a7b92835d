"""C4: learning rate and units per layer are among the most important hyper-parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    conjunction,
    not_tested,
)
from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.estimators.forest_indices import Sobol, sobol_indices
from seqmem.analysis.estimators.importance import missing_package
from seqmem.analysis.estimators.importance_points import (
    FEWEST_POINTS,
    Points,
    sobol_points,
    sobol_runs,
    within_points,
)
from seqmem.analysis.records.groups import Group
from seqmem.study.memorizers.cells import cell_title

DESIGN_POINTS = 256
DESIGN_INPUTS = 7
TOP_RANKS = 3
LEAST_SHARE = 0.95
LEAST_R_SQUARED = 0.6
# Share of the planned points. If more are lost, the rest may not cover the space evenly.
MOST_FAILED = 0.1
_NAMES = ("learning_rate", "units")
_CELLS = ("gru", "lstm")


class SobolDesign(NamedTuple):
    """Points of one group, level and cell: 256 from a Sobol sequence over seven inputs.

    Each point has its own string.

    Attributes
    ----------
    group : Group
        Settings of the runs.
    level : int
        Complexity level.
    cell : str
        Name of the cell.
    sweeps : frozenset of str
        Sweeps of the points.
    points : Points
        Inputs and scores.
    """

    group: Group
    level: int
    cell: str
    sweeps: frozenset[str]
    points: Points

    @property
    def name(self) -> str:
        """Cell, level and alphabet in words."""
        where = f"{self.group.measure_name} {self.level}, {self.group.alphabet_size} symbols"
        return f"{self.cell} at {where}"

    @property
    def place(self) -> tuple[object, ...]:
        """Settings that both cells must have in common."""
        return (*self.group._replace(design=""), self.level)

    @property
    def lost(self) -> int:
        """Number of points whose runs all failed."""
        return self.points.planned - len(self.points.scores)


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C4: share of refits in which both are among the first three of seven.

    The share is computed for each cell and level. Sweeps with a narrower range of learning rates
    than the widest are the control.
    """
    lacking = missing_package()
    if lacking:
        return not_tested([lacking])
    frame = evidence.frame
    narrow = _narrow(
        evidence, {sweep for design in _designs(evidence, frame) for sweep in design.sweeps}
    )
    main = _designs(evidence, frame[~frame["sweep"].isin(narrow)])
    needs = _needs(main)
    if needs:
        return not_tested(needs)
    parts = [_part(design, "") for design in main]
    control, notes = _control(
        _designs(evidence, frame[frame["sweep"].isin(narrow)]) if narrow else []
    )
    verdict, tag = conjunction(parts)
    aside = tuple(part.name for part in control)
    setting = "; ".join(sorted({design.group.describe() for design in main}))
    return Verdict(
        verdict,
        tag,
        (*parts, *control),
        aside,
        notes=(*notes, *_noise(evidence, main, frame[~frame["sweep"].isin(narrow)])),
        setting=setting,
    )


def _control(designs: list[SobolDesign]) -> tuple[list[VerdictPart], list[str]]:
    """Return the parts with a narrower range of learning rates, and sentences on them."""
    parts = [_part(design, "control: ") for design in designs if not _too_few(design)]
    outcome = f"with a narrower range of learning rates: {Verdict(*conjunction(parts)).words()}"
    notes = [
        outcome if parts else "the control with the range of learning rates halved was not run"
    ]
    return parts, notes + [f"control: {_failed(design)}" for design in designs if _too_few(design)]


def judge_points(indices: Sobol, names: tuple[str, ...]) -> tuple[float, str, str]:
    """Return the share of refits with both names in the top three, the verdict and its tag.

    Equal indices have no order, so a tie across the third rank counts neither as inside nor as
    outside.

    Parameters
    ----------
    indices : Sobol
        Total Sobol indices of a forest and of its refits.
    names : tuple of str
        Hyper-parameters in the order of the indices.
    """
    columns = [names.index(name) for name in _NAMES]
    own = indices.refits[:, columns][:, :, None]
    above = (indices.refits[:, None, :] > own).sum(axis=2)
    not_below = (indices.refits[:, None, :] >= own).sum(axis=2) - 1
    share = float((not_below < TOP_RANKS).all(axis=1).mean())
    if not indices.r_squared >= LEAST_R_SQUARED:
        return share, INCONCLUSIVE, "the forest explains too little"
    if share >= LEAST_SHARE:
        return share, SUPPORTED, ""
    return (
        share,
        REFUTED if ((above >= TOP_RANKS).mean(axis=0) >= LEAST_SHARE).any() else INCONCLUSIVE,
        "",
    )


def _designs(evidence: Evidence, frame: pd.DataFrame) -> list[SobolDesign]:
    """Return all complete designs as planned; failed points count."""
    designs = []
    for group, level, cell, runs in sobol_runs(frame, evidence.configs):
        if len(runs) >= DESIGN_POINTS:
            points = sobol_points(runs, evidence.configs)
            if points.planned >= DESIGN_POINTS and _is_whole_design(points):
                designs.append(
                    SobolDesign(group, level, cell, frozenset(runs["sweep"].astype(str)), points)
                )
    return designs


def _needs(designs: list[SobolDesign]) -> list[str]:
    """Return phrases for missing cells, too many failed points, and levels of one cell only."""
    cells = {design.cell for design in designs}
    if not set(_CELLS) <= cells:
        missing = " and ".join(cell_title(cell) for cell in _CELLS if cell not in cells)
        return [
            f"{DESIGN_POINTS} Sobol points over {DESIGN_INPUTS} hyper-parameters, each point with"
            f" its own string, for {missing}"
        ]
    phrases = [_failed(design) for design in designs if _too_few(design)]
    places = {cell: {design.place for design in designs if design.cell == cell} for cell in _CELLS}
    for design in designs:
        absent = [cell_title(cell) for cell in _CELLS if design.place not in places[cell]]
        phrases += (
            [f"such points of {' and '.join(absent)} to match {design.name}"] if absent else []
        )
    return phrases


def _too_few(design: SobolDesign) -> bool:
    return design.lost > MOST_FAILED * design.points.planned


def _failed(design: SobolDesign) -> str:
    return (
        f"at least {100 * (1 - MOST_FAILED):g} % of the points in runs that did not fail"
        f" ({design.name}: {len(design.points.scores)} of {design.points.planned})"
    )


def _noise(evidence: Evidence, designs: list[SobolDesign], frame: pd.DataFrame) -> list[str]:
    """Return sentences on the share of the scores' variance between strings of one point.

    The share limits R². It comes from Sobol points that have several strings.
    """
    places = {(design.place, design.cell) for design in designs}
    notes = []
    for group, level, cell, runs in sobol_runs(frame, evidence.configs):
        like = SobolDesign(
            group,
            level,
            cell,
            frozenset(runs["sweep"].astype(str)),
            sobol_points(runs, evidence.configs),
        )
        if (like.place, cell) not in places or len(like.points.scores) < FEWEST_POINTS:
            continue
        share = within_points(runs, evidence.configs)
        if share == share:
            notes.append(
                f"{like.name}: {100 * share:.0f} % of the scores' variance lies between strings of"
                f" one point ({len(like.points.scores)} points), so R² cannot be expected to"
                f" exceed {1 - share:.2f}"
            )
    return notes


def _part(design: SobolDesign, prefix: str) -> VerdictPart:
    points = design.points
    indices = sobol_indices(points)
    share, verdict, tag = judge_points(indices, points.names)
    lost = f" ({design.lost} of {points.planned} failed)" if design.lost else ""
    basis = (
        f"{len(points.scores)} points{lost} on {points.strings} strings,"
        f" out-of-fold R² {indices.r_squared:.2f}"
    )
    missing = float("nan")
    return VerdictPart(
        prefix + design.name, "share of refits with both in the top 3", share,
        missing, missing, missing, missing, LEAST_SHARE, verdict, tag, basis, PLAIN,
    )  # fmt: skip


def _is_whole_design(points: Points) -> bool:
    """Return whether the points have seven inputs, both names, own strings and varying scores."""
    if not len(points.scores) or not np.ptp(points.scores) > 0:
        return False
    return (
        len(points.names) == DESIGN_INPUTS
        and set(_NAMES) <= set(points.names)
        and points.strings >= len(points.scores)
    )


def _narrow(evidence: Evidence, sweeps: set[str]) -> set[str]:
    """Return those of the sweeps whose range of learning rates is narrower than the widest."""
    widths = {}
    for sweep in sorted(sweeps):
        rate = evidence.configs.get(sweep, {}).get("search", {}).get("learning_rate")
        if isinstance(rate, dict) and {"low", "high"} <= rate.keys():
            widths[sweep] = float(rate["high"]) / float(rate["low"])
    return {sweep for sweep, width in widths.items() if width < 0.99 * max(widths.values())}


CLAIM = Claim(
    study=1,
    statement="Learning rate and units per layer are among the most important hyper-parameters.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248); Greff et al. 2017",
    rule="Supported if both are in the top 3 of 7 in at least 95 % of refits, for all cells and"
    " levels. Refuted if one is outside in at least 95 % of refits. The order is by the total Sobol"
    " index of a forest on 256 Sobol points, whose out-of-fold R² must be at least .6.",
    test=test,
)
