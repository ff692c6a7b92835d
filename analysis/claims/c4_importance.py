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
from seqmem.analysis.estimators.importance import (
    FEWEST_POINTS,
    Points,
    Sobol,
    missing_package,
    sobol_indices,
    sobol_points,
    sobol_runs,
    within_points,
)
from seqmem.analysis.records.groups import Group

DESIGN_POINTS, DESIGN_INPUTS, TOP_RANKS = 256, 7, 3
LEAST_SHARE = 0.95
LEAST_R_SQUARED = 0.6
# Of the planned points; where more are lost, what is left need not cover the space evenly.
MOST_FAILED = 0.1
_NAMES = ("learning_rate", "units")
_CELLS = ("gru", "lstm")


class SobolDesign(NamedTuple):
    """Points of one (group, level, cell): 256 from a Sobol sequence over seven inputs, each on its own string."""

    group: Group
    level: int
    cell: str
    sweeps: frozenset[str]
    points: Points

    @property
    def name(self) -> str:
        return f"{self.cell} at {self.group.measure_name} {self.level}, {self.group.alphabet_size} symbols"

    @property
    def place(self) -> tuple[object, ...]:
        """What both cells must have in common."""
        return (*self.group._replace(design=""), self.level)

    @property
    def lost(self) -> int:
        """Points of which all runs failed."""
        return self.points.planned - len(self.points.scores)


def test(evidence: Evidence) -> Verdict:
    """Share of refits in which both are among the first three of seven, for each cell and level.

    Sweeps with a narrower range of learning rates than the widest of those with such points are the control.
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
    aside, setting = (
        tuple(part.name for part in control),
        "; ".join(sorted({d.group.describe() for d in main})),
    )
    return Verdict(
        verdict,
        tag,
        (*parts, *control),
        aside,
        notes=(*notes, *_noise(evidence, main, frame[~frame["sweep"].isin(narrow)])),
        setting=setting,
    )


def _control(designs: list[SobolDesign]) -> tuple[list[VerdictPart], list[str]]:
    """Parts with a narrower range of learning rates, and what they say together or lack."""
    parts = [_part(design, "control: ") for design in designs if not _too_few(design)]
    words = f"with a narrower range of learning rates: {Verdict(*conjunction(parts)).words()}"
    notes = [words if parts else "the control with the range of learning rates halved was not run"]
    return parts, notes + [f"control: {_failed(design)}" for design in designs if _too_few(design)]


def judge_points(found: Sobol, names: tuple[str, ...]) -> tuple[float, str, str]:
    """Share of refits with both in the top three, the verdict of these points, and its tag.

    In equal indices there is no order: a tie across the third place is neither inside nor outside.
    """
    columns = [names.index(name) for name in _NAMES]
    own = found.refits[:, columns][:, :, None]
    above = (found.refits[:, None, :] > own).sum(axis=2)
    not_below = (found.refits[:, None, :] >= own).sum(axis=2) - 1
    share = float((not_below < TOP_RANKS).all(axis=1).mean())
    if not found.r_squared >= LEAST_R_SQUARED:
        return share, INCONCLUSIVE, "the forest explains too little"
    if share >= LEAST_SHARE:
        return share, SUPPORTED, ""
    return (
        share,
        REFUTED if ((above >= TOP_RANKS).mean(axis=0) >= LEAST_SHARE).any() else INCONCLUSIVE,
        "",
    )


def _designs(evidence: Evidence, frame: pd.DataFrame) -> list[SobolDesign]:
    """All whole designs as they were planned: points that failed count."""
    found = []
    for group, level, cell, runs in sobol_runs(frame, evidence.configs):
        if len(runs) >= DESIGN_POINTS:
            points = sobol_points(runs, evidence.configs)
            if points.planned >= DESIGN_POINTS and _is_whole_design(points):
                found.append(
                    SobolDesign(group, level, cell, frozenset(runs["sweep"].astype(str)), points)
                )
    return found


def _needs(designs: list[SobolDesign]) -> list[str]:
    """What is missing of cells, of points that did not fail, and of levels that only one cell has."""
    cells = {design.cell for design in designs}
    if not set(_CELLS) <= cells:
        return [
            f"{DESIGN_POINTS} Sobol points over {DESIGN_INPUTS} hyper-parameters, a string of its own for each point, for"
            f" {' and '.join(cell.upper() for cell in _CELLS if cell not in cells)}"
        ]
    found = [_failed(design) for design in designs if _too_few(design)]
    places = {cell: {design.place for design in designs if design.cell == cell} for cell in _CELLS}
    for design in designs:
        absent = [cell.upper() for cell in _CELLS if design.place not in places[cell]]
        found += (
            [f"such points of {' and '.join(absent)} where there are those of {design.name}"]
            if absent
            else []
        )
    return found


def _too_few(design: SobolDesign) -> bool:
    return design.lost > MOST_FAILED * design.points.planned


def _failed(design: SobolDesign) -> str:
    return (
        f"at least {100 * (1 - MOST_FAILED):g} % of the points in runs that did not fail"
        f" ({design.name}: {len(design.points.scores)} of {design.points.planned})"
    )


def _noise(evidence: Evidence, designs: list[SobolDesign], frame: pd.DataFrame) -> list[str]:
    """How much of the scores' variance is that between strings, by Sobol points with several: a ceiling of R²."""
    places, found = {(design.place, design.cell) for design in designs}, []
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
            found.append(
                f"{like.name}: {100 * share:.0f} % of the scores' variance lies between strings of one point"
                f" ({len(like.points.scores)} points), so that no R² above {1 - share:.2f} can be expected"
            )
    return found


def _part(design: SobolDesign, prefix: str) -> VerdictPart:
    points = design.points
    found = sobol_indices(points)
    share, verdict, tag = judge_points(found, points.names)
    lost = f" ({design.lost} of {points.planned} failed)" if design.lost else ""
    basis = f"{len(points.scores)} points{lost} on {points.strings} strings, out-of-fold R² {found.r_squared:.2f}"
    missing = float("nan")
    return VerdictPart(
        prefix + design.name, "share of refits with both in the top 3", share, missing, missing, missing, missing,
        LEAST_SHARE, verdict, tag, basis, PLAIN,
    )  # fmt: skip


def _is_whole_design(points: Points) -> bool:
    """Seven inputs, both names among them, a string of its own for every point, and scores that differ."""
    if not len(points.scores) or not np.ptp(points.scores) > 0:
        return False
    return (
        len(points.names) == DESIGN_INPUTS
        and set(_NAMES) <= set(points.names)
        and points.strings >= len(points.scores)
    )


def _narrow(evidence: Evidence, sweeps: set[str]) -> set[str]:
    """Of these sweeps, those whose range of learning rates is narrower than that of the widest."""
    widths = {}
    for sweep in sorted(sweeps):
        rate = evidence.configs.get(sweep, {}).get("search", {}).get("learning_rate")
        if isinstance(rate, dict) and {"low", "high"} <= rate.keys():
            widths[sweep] = float(rate["high"]) / float(rate["low"])
    return {sweep for sweep, width in widths.items() if width < 0.99 * max(widths.values())}


CLAIM = Claim(
    statement="Learning rate and units per layer are among the most important hyper-parameters.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248); Greff et al. 2017",
    rule="total Sobol index of a forest on 256 Sobol points: both in the top 3 of 7 in at least 95 % of refits, for all"
    " cells and levels; refuted where one is outside in at least 95 %; out-of-fold R² of at least .6",
    test=test,
)
