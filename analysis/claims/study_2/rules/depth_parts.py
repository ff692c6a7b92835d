"""What C3a and C3b share: the ratios of depths in each cell, their limits and their doubts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.requirements import fewer_within, missing_cells
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    LEVELS_EMPTY,
    SEARCH_DOUBTED,
    Verdict,
    VerdictPart,
    not_tested,
    verdict_words,
)
from seqmem.analysis.claims.study_2.rules.arms import arm_parts
from seqmem.analysis.claims.study_2.rules.constants import (
    DELTA,
    DEPTH_ALPHABET,
    DEPTH_LEVELS,
    DEPTHS,
    GATE_EDGE_SHARE,
    GATE_MOVE_OCTAVES,
    LEAST_SEARCHES,
    OTHER_CONFIDENCE,
    PLAIN_CONFIDENCE,
)
from seqmem.analysis.claims.study_2.rules.judging import combined
from seqmem.analysis.claims.study_2.rules.readings import winner_notes
from seqmem.analysis.claims.study_2.rules.sweeps import DEPTH, parts_of
from seqmem.analysis.estimators.contrasts import clustered_contrast, max_t_intervals
from seqmem.analysis.estimators.depth_ratios import depth_table
from seqmem.analysis.estimators.search_gates import edge_shares, of_paired_sweeps
from seqmem.analysis.estimators.time_ratios import time_ratios
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title

QUANTITY = "deeper network sooner by octaves"
CELLS = ("gru", "lstm")
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

    def flops_part(self) -> VerdictPart:
        """Return the ratio at equal FLOPs, which has no interval."""
        nan = float("nan")
        return VerdictPart(
            f"{self.name}, at equal FLOPs", QUANTITY, self.flops, nan, nan, nan, nan, DELTA,
            INCONCLUSIVE, confidence=OTHER_CONFIDENCE,
        )  # fmt: skip


class DepthEvidence(NamedTuple):
    """Everything that C3a and C3b are judged on.

    Attributes
    ----------
    limits : dict of str to list of DepthLimits
        Ratios by cell.
    notes : list of str
        Sentences to be read beside the verdict.
    against_itself : list of VerdictPart
        The negative control.
    setting : str
        The budget B.
    needs : list of str
        What the design lacks; the rest is then empty.
    """

    limits: dict[str, list[DepthLimits]]
    notes: list[str]
    against_itself: list[VerdictPart]
    setting: str
    needs: list[str]


def depth_evidence(evidence: Evidence) -> DepthEvidence:
    """Return the ratios of depths in the sweeps of `study2-depth`.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    """
    frame = _frame(evidence)
    needs = _needs(frame)
    if needs:
        return DepthEvidence({}, [], [], "", needs)
    tables = {clock: depth_table(frame, clock) for clock in ("budget", "flops")}
    empty = [
        f"{cell_title(cell)}: searches of depth {depth} at level {level} whose runs did not fail"
        for cell, level, depth in product(CELLS, DEPTH_LEVELS, DEEPER)
        if any(_ratios(table, cell, level, depth) < LEAST_SEARCHES for table in tables.values())
    ]
    if empty:
        return DepthEvidence({}, [], [], "", empty)
    doubts = {cell: _doubts(evidence, frame, tables["budget"], cell) for cell in CELLS}
    limits = {cell: _limits(cell, tables, doubts[cell]) for cell in CELLS}
    sentences = [one for cell in CELLS for some in doubts[cell].values() for one in some]
    runs = evidence.runs[evidence.runs["sweep"].isin(frame["sweep"].unique())]
    notes = [*dict.fromkeys(sentences), *_missing(tables["budget"]), *_kept(tables["budget"])]
    return DepthEvidence(
        limits,
        [*notes, *winner_notes(evidence, runs)],
        _control(evidence, limits[CELLS[0]][0]),
        str(frame["budget"].iloc[0]),
        [],
    )


def depth_verdict(
    evidence: Evidence,
    judge: Callable[[DepthLimits], tuple[str, str]],
    judge_cell: Callable[[Sequence[DepthLimits]], tuple[str, str]],
    together: bool,
) -> Verdict:
    """Return the verdict on a claim about depth, over both cells.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    judge : callable
        Verdict and tag of one ratio.
    judge_cell : callable
        Verdict and tag of one cell, from its ratios.
    together : bool
        Whether the parts show the limits that hold together.
    """
    found = depth_evidence(evidence)
    if found.needs:
        return not_tested(found.needs)
    parts = [one.part(together, *judge(one)) for some in found.limits.values() for one in some]
    flops = [one.flops_part() for some in found.limits.values() for one in some]
    outcomes = {cell: judge_cell(some) for cell, some in found.limits.items()}
    verdict, tag = combined(
        [replace(parts[0], verdict=verdict, tag=tag) for verdict, tag in outcomes.values()]
    )
    cells = "; ".join(
        f"{cell_title(cell)}: {verdict_words(*outcome)}" for cell, outcome in outcomes.items()
    )
    return Verdict(
        verdict,
        tag,
        (*parts, *flops),
        tuple(part.name for part in flops),
        tuple(found.against_itself),
        notes=(f"by cell: {cells}", *found.notes),
        setting=f"B = {found.setting}",
    )


def _frame(evidence: Evidence) -> pd.DataFrame:
    """Return the records of sweeps with one depth, on the planned strings."""
    frame = of_paired_sweeps(evidence.frame, evidence.configs)
    frame = frame[frame["sweep"].isin(parts_of(DEPTH, evidence.sweeps))]
    use = (frame["alphabet_size"] == DEPTH_ALPHABET) & frame["level"].isin(DEPTH_LEVELS)
    frame = frame[use & (frame["measure"] == "lzw") & frame["cell"].isin(CELLS)]
    depths = frame.groupby("sweep")["depth"].transform("nunique")
    return frame[(depths == 1) & frame["depth"].isin(DEPTHS)]


def _needs(frame: pd.DataFrame) -> list[str]:
    """Return phrases for what the design lacks."""
    if frame.empty:
        depths = ", ".join(map(str, DEPTHS))
        levels = " and ".join(map(str, DEPTH_LEVELS))
        return [
            f"sweeps of {DEPTH} with depth {depths} fixed, paired points, LZW {levels},"
            f" {DEPTH_ALPHABET} symbols, {LEAST_SEARCHES} searches"
        ]
    needs = missing_cells(frame, CELLS)
    have = set(zip(frame["cell"], frame["level"], frame["depth"], strict=True))
    needs += [
        f"depth {depth} of {cell_title(cell)} at level {level}"
        for cell in CELLS
        if cell in set(frame["cell"])
        for level in DEPTH_LEVELS
        for depth in DEPTHS
        if (cell, level, depth) not in have
    ]
    keys = ["cell", "level", "depth"]
    needs += fewer_within(frame, keys, ["search"], LEAST_SEARCHES, "searches at every depth")
    for name in ("budget", "cost_table_hash", "protocol"):
        if name in frame and frame[name].nunique() > 1:
            needs.append(f"one {name.replace('_', ' ')} for all depths")
    if not answers_smaller_budgets(frame[frame["status"] != "failed"]).all():
        needs.append("runs whose checkpoints answer smaller budgets")
    return needs


def _ratios(table: pd.DataFrame, cell: str, level: int, depth: int) -> int:
    """Return how many searches have a ratio to depth 1."""
    own = (table["cell"] == cell) & (table["level"] == level) & (table["depth"] == depth)
    return int(table.loc[own, "rho"].notna().sum())


def _limits(
    cell: str, tables: dict[str, pd.DataFrame], doubts: dict[int, list[str]]
) -> list[DepthLimits]:
    """Return the ratios of one cell. Levels are strata, and searches are the unit."""
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


def _doubts(
    evidence: Evidence, frame: pd.DataFrame, table: pd.DataFrame, cell: str
) -> dict[int, list[str]]:
    """Return why the searches of a cell are in doubt, by depth.

    The ratio of a depth is in doubt if its searches or those of depth 1 are.
    """
    own = frame[frame["cell"] == cell]
    shallow = list(_edges(evidence, own, cell, 1))
    doubts = {}
    for depth in DEEPER:
        rows = table[(table["cell"] == cell) & (table["depth"] == depth)]
        contrast = clustered_contrast(rows["move"], rows["level"].tolist(), rows["search"].tolist())
        moved = [
            f"{cell_title(cell)}: the ratio of depth {depth} moves by {contrast.estimate:+.2g}"
            f" octaves between half of the points and all, more than {GATE_MOVE_OCTAVES:g}"
        ]
        moves = moved if abs(contrast.estimate) > GATE_MOVE_OCTAVES else []
        doubts[depth] = [*moves, *shallow, *_edges(evidence, own, cell, depth)]
    return doubts


def _edges(evidence: Evidence, own: pd.DataFrame, cell: str, depth: int) -> Iterator[str]:
    shares = edge_shares(own[own["depth"] == depth], evidence.configs)
    for row in shares[shares["share"] > GATE_EDGE_SHARE].itertuples():
        yield (
            f"{cell_title(cell)}, depth {depth}: the winners of {row.winners} of {row.searches}"
            f" searches lie at an edge of the box in {str(row.option).replace('_', ' ')}"
        )


def _missing(table: pd.DataFrame) -> list[str]:
    """Return a sentence on searches without a ratio."""
    lost = int(table[list(BUDGETS)].isna().any(axis=1).sum())
    if not lost:
        return []
    return [
        f"{lost} of {len(table)} pairs of searches are left out at B or at B/4: a run failed, or"
        " stored less than .02"
    ]


def _kept(table: pd.DataFrame) -> list[str]:
    """Return a sentence with the ratios at B/4 of the winners at B, which support no claim."""
    parts = []
    for (cell, depth), rows in table.groupby(["cell", "depth"], sort=True):
        contrast = clustered_contrast(
            rows["rho_quarter_kept"], rows["level"].tolist(), rows["search"].tolist()
        )
        low, high = contrast.interval(PLAIN_CONFIDENCE)
        interval = f"{contrast.estimate:.2g} [{low:.2g}, {high:.2g}]"
        parts.append(f"{cell_title(str(cell))}, depth {depth}: {interval}")
    return [f"at B/4 the winners at B, not tuned again (95 %), have {'; '.join(parts)}"]


def _control(evidence: Evidence, like: DepthLimits) -> list[VerdictPart]:
    """Return the ratio of times between the two arms of the comparison of a cell with itself."""
    return arm_parts(
        evidence,
        lambda own, pairs: (
            time_ratios(own.curves.take(pairs.first), own.curves.take(pairs.second)).rho
        ),
        replace(
            like.part(together=False, verdict=INCONCLUSIVE), name="time ratio", quantity="octaves"
        ),
    )
