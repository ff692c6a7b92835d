"""C4: learning rate and units per layer are among the most important hyper-parameters."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence
from analysis.claims.verdict import INCONCLUSIVE, REFUTED, SUPPORTED, Part, Verdict, conjunction, not_tested
from analysis.contrasts import PLAIN
from analysis.groups import Group
from analysis.importance import Points, Sobol, enough_points, forests_installed, sobol_indices

POINTS, INPUTS, TOP = 256, 7, 3
SHARE = 0.95
LEAST_R_SQUARED = 0.6
NAMES = ("learning_rate", "units")
CELLS = ("gru", "lstm")


class Design(NamedTuple):
    """Points of one (group, level, cell): 256 from a Sobol sequence over seven inputs, each on its own string."""

    group: Group
    level: int
    cell: str
    sweeps: frozenset[str]
    points: Points


def test(evidence: Evidence) -> Verdict:
    """Share of refits in which both are among the first three of seven, for each cell and level.

    Sweeps with a narrower range of learning rates than the widest of those with such points are the control.
    """
    if not forests_installed():
        return not_tested(["scikit-learn: pip install 'seqmem[analysis]'"])
    narrow = _narrow(evidence, {sweep for design in _designs(evidence, evidence.frame) for sweep in design.sweeps})
    main = _designs(evidence, evidence.frame[~evidence.frame["sweep"].isin(narrow)])
    cells = {design.cell for design in main}
    if not set(CELLS) <= cells:
        return not_tested([
            f"{POINTS} Sobol points over {INPUTS} hyper-parameters, a string of its own for each point, for"
            f" {' and '.join(cell.upper() for cell in CELLS if cell not in cells)}"
        ])  # fmt: skip
    parts = [_part(design, "") for design in main]
    some = _designs(evidence, evidence.frame[evidence.frame["sweep"].isin(narrow)]) if narrow else []
    control = [_part(design, "control: ") for design in some]
    verdict, tag = conjunction(parts)
    repeated = Verdict(*conjunction(control)).words()
    words = f"with a narrower range of learning rates: {repeated}" if control else "was not run"
    notes = (words if control else f"the control with the range of learning rates halved {words}",)
    aside, setting = tuple(part.name for part in control), "; ".join(sorted({d.group.describe() for d in main}))
    return Verdict(verdict, tag, (*parts, *control), aside, notes=notes, setting=setting)


def judged(found: Sobol, names: tuple[str, ...]) -> tuple[float, str, str]:
    """Share of refits with both in the top three, the verdict of these points, and its tag.

    In equal indices there is no order: a tie across the third place is neither inside nor outside.
    """
    columns = [names.index(name) for name in NAMES]
    own = found.refits[:, columns][:, :, None]
    above = (found.refits[:, None, :] > own).sum(axis=2)
    not_below = (found.refits[:, None, :] >= own).sum(axis=2) - 1
    share = float((not_below < TOP).all(axis=1).mean())
    if not found.r_squared >= LEAST_R_SQUARED:
        return share, INCONCLUSIVE, "the forest explains too little"
    if share >= SHARE:
        return share, SUPPORTED, ""
    return share, REFUTED if ((above >= TOP).mean(axis=0) >= SHARE).any() else INCONCLUSIVE, ""


def _designs(evidence: Evidence, frame: pd.DataFrame) -> list[Design]:
    found = []
    for group, level, cell, points in enough_points(frame, evidence.configs, POINTS):
        if _is_whole_design(points):
            rows = frame[(frame["level"] == level) & (frame["cell"] == cell) & (frame["budget"] == group.budget)]
            rows = rows[rows["design"] == group.design] if "design" in rows else rows
            found.append(Design(group, level, cell, frozenset(rows["sweep"].astype(str)), points))
    return found


def _part(design: Design, prefix: str) -> Part:
    points = design.points
    found = sobol_indices(points)
    share, verdict, tag = judged(found, points.names)
    basis = f"{len(points.scores)} points on {points.strings} strings, out-of-fold R² {found.r_squared:.2f}"
    missing = float("nan")
    name = f"{prefix}{design.cell} at {design.group.measure_name} {design.level}, {design.group.alphabet_size} symbols"
    return Part(
        name, "share of refits with both in the top 3", share, missing, missing, missing, missing, SHARE,
        verdict, tag, basis, PLAIN,
    )  # fmt: skip


def _is_whole_design(points: Points) -> bool:
    """Seven inputs, both names among them, and a string of its own for every point."""
    return len(points.names) == INPUTS and set(NAMES) <= set(points.names) and points.strings >= len(points.scores)


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
