"""C4: learning rate and units per layer are among the most important hyper-parameters."""

from __future__ import annotations

import pandas as pd

from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence
from analysis.claims.verdict import INCONCLUSIVE, REFUTED, SUPPORTED, Part, Verdict, conjunction, not_tested
from analysis.contrasts import PLAIN
from analysis.importance import Points, Sobol, enough_points, forests_installed, sobol_indices
from analysis.psychometric import Array

POINTS, INPUTS, TOP = 256, 7, 3
SHARE = 0.95
LEAST_R_SQUARED = 0.6
NAMES = ("learning_rate", "units")
CELLS = ("gru", "lstm")


def test(evidence: Evidence) -> Verdict:
    """Share of refits in which both are among the first three of seven, for each cell and level.

    Sweeps with a narrower range of learning rates than the widest are the control that repeats it there.
    """
    if not forests_installed():
        return not_tested(["scikit-learn: pip install 'seqmem[analysis]'"])
    narrow = _narrow(evidence)
    main = evidence.frame[~evidence.frame["sweep"].isin(narrow)]
    parts, setting = _parts(evidence, main, "")
    cells = {part.name.split()[0] for part in parts}
    if not parts or not set(CELLS) <= cells:
        return not_tested([
            f"{POINTS} Sobol points over {INPUTS} hyper-parameters, a string of its own for each point, for"
            f" {' and '.join(cell.upper() for cell in CELLS if cell not in cells)}"
        ])  # fmt: skip
    control, _ = _parts(evidence, evidence.frame[evidence.frame["sweep"].isin(narrow)], "control: ")
    verdict, tag = conjunction(parts)
    notes = [] if control else ["the control with the range of learning rates halved was not run"]
    aside = tuple(part.name for part in control)
    return Verdict(verdict, tag, (*parts, *control), aside, notes=tuple(notes), setting=setting)


def judged(found: Sobol, names: tuple[str, ...]) -> tuple[float, str, str]:
    """Share of refits with both in the top three, the verdict of these points, and its tag."""
    ranks = (-found.refits).argsort(axis=1).argsort(axis=1)
    inside = ranks[:, [names.index(name) for name in NAMES]] < TOP
    share = float(inside.all(axis=1).mean())
    if not found.r_squared >= LEAST_R_SQUARED:
        return share, INCONCLUSIVE, "the forest explains too little"
    if share >= SHARE:
        return share, SUPPORTED, ""
    outside: Array = 1 - inside.mean(axis=0)
    return share, REFUTED if (outside >= SHARE).any() else INCONCLUSIVE, ""


def _parts(evidence: Evidence, frame: pd.DataFrame, prefix: str) -> tuple[list[Part], str]:
    parts, settings = [], set()
    for group, level, cell, points in enough_points(frame, evidence.configs, POINTS):
        if not _is_whole_design(points):
            continue
        found = sobol_indices(points)
        share, verdict, tag = judged(found, points.names)
        basis = f"{len(points.scores)} points on {points.strings} strings, out-of-fold R² {found.r_squared:.2f}"
        missing = float("nan")
        name = f"{prefix}{cell} at {group.measure_name} {level}, {group.alphabet_size} symbols"
        parts.append(
            Part(name, "share of refits with both in the top 3", share, missing, missing, missing, missing, SHARE,
                 verdict, tag, basis, PLAIN)
        )  # fmt: skip
        settings.add(group.describe())
    return parts, "; ".join(sorted(settings))


def _is_whole_design(points: Points) -> bool:
    """Seven inputs, both names among them, and a string of its own for every point."""
    return len(points.names) >= INPUTS and set(NAMES) <= set(points.names) and points.strings >= len(points.scores)


def _narrow(evidence: Evidence) -> set[str]:
    """Sweeps whose range of learning rates is narrower than that of the widest."""
    widths = {}
    for sweep, config in evidence.configs.items():
        rate = config.get("search", {}).get("learning_rate")
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
