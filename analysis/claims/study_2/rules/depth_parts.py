"""What C3a and C3b share: the ratios of depths in each cell, their limits and their doubts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    Verdict,
    VerdictPart,
    not_tested,
    verdict_words,
)
from seqmem.analysis.claims.study_2.rules.arms import arm_parts
from seqmem.analysis.claims.study_2.rules.constants import (
    GATE_EDGE_SHARE,
    GATE_MOVE_OCTAVES,
    PLAIN_CONFIDENCE,
)
from seqmem.analysis.claims.study_2.rules.depth_design import (
    CELLS,
    depth_frame,
    depth_needs,
    empty_depths,
)
from seqmem.analysis.claims.study_2.rules.depth_limits import (
    BUDGETS,
    DEEPER,
    DepthLimits,
    cell_limits,
)
from seqmem.analysis.claims.study_2.rules.judging import combined
from seqmem.analysis.claims.study_2.rules.measured_times import (
    checked_by_clock,
    measured_over_table,
    timing_notes,
)
from seqmem.analysis.claims.study_2.rules.readings import winner_notes
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.depth_ratios import depth_table, valued_runs
from seqmem.analysis.estimators.search_gates import edge_shares
from seqmem.analysis.estimators.time_ratios import OVER_TABLE, time_ratios
from seqmem.study.memorizers.cells import cell_title

Judge = Callable[[DepthLimits], tuple[str, str]]
JudgeCell = Callable[[Sequence[DepthLimits]], tuple[str, str]]


class DepthEvidence(NamedTuple):
    """Everything that C3a and C3b are judged on.

    Attributes
    ----------
    limits : dict of str to list of DepthLimits
        Ratios by cell.
    measured : dict of str to list of DepthLimits
        The same in measured time; empty if shapes were not measured.
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
    measured: dict[str, list[DepthLimits]]
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
    frame = depth_frame(evidence)
    if needs := depth_needs(frame):
        return DepthEvidence({}, {}, [], [], "", needs)
    tables = {clock: depth_table(frame, clock) for clock in ("budget", "flops")}
    empty = [phrase for table in tables.values() for phrase in empty_depths(table)]
    if empty:
        return DepthEvidence({}, {}, [], [], "", list(dict.fromkeys(empty)))
    doubts = {cell: _doubts(evidence, frame, tables["budget"], cell) for cell in CELLS}
    limits = {cell: cell_limits(cell, tables, doubts[cell]) for cell in CELLS}
    lacking = timing_notes(evidence, measured_over_table(evidence, valued_runs(frame)), "runs")
    third = {} if lacking else _measured(evidence, frame, tables, doubts)
    sentences = [one for cell in CELLS for some in doubts[cell].values() for one in some]
    runs = evidence.runs[evidence.runs["sweep"].isin(frame["sweep"].unique())]
    notes = [*dict.fromkeys(sentences), *_missing(tables["budget"]), *_kept(tables["budget"])]
    return DepthEvidence(
        limits,
        third,
        [*lacking, *notes, *winner_notes(evidence, runs)],
        _control(evidence, limits[CELLS[0]][0]),
        str(frame["budget"].iloc[0]),
        [],
    )


def depth_verdict(
    evidence: Evidence,
    judge: Judge,
    judge_cell: JudgeCell,
    together: bool,
) -> Verdict:
    """Return the verdict on a claim about depth, over both cells.

    A verdict on a cell that measured times do not confirm is inconclusive.

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
    parts, measured = (
        [one.part(together, *judge(one)) for some in limits.values() for one in some]
        for limits in (found.limits, found.measured)
    )
    flops = [one.flops_part() for some in found.limits.values() for one in some]
    outcomes = _cell_outcomes(found, judge_cell, parts[0])
    verdict, tag = combined([_with(parts[0], outcome) for outcome in outcomes.values()])
    cells = "; ".join(
        f"{cell_title(cell)}: {verdict_words(*outcome)}" for cell, outcome in outcomes.items()
    )
    return Verdict(
        verdict,
        tag,
        (*parts, *flops, *measured),
        tuple(part.name for part in (*flops, *measured)),
        tuple(found.against_itself),
        notes=(f"by cell: {cells}", *found.notes),
        setting=f"B = {found.setting}",
    )


def _measured(
    evidence: Evidence,
    frame: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    doubts: Mapping[str, dict[int, list[str]]],
) -> dict[str, list[DepthLimits]]:
    """Return the ratios of each cell in measured time."""
    timed = frame.assign(**{OVER_TABLE: measured_over_table(evidence, frame)})
    own = {"budget": depth_table(timed, "measured"), "flops": tables["flops"]}
    return {cell: [one.measured() for one in cell_limits(cell, own, doubts[cell])]
            for cell in CELLS}  # fmt: skip


def _cell_outcomes(
    found: DepthEvidence, judge_cell: JudgeCell, like: VerdictPart
) -> dict[str, tuple[str, str]]:
    """Return the verdict on each cell, checked by measured times if there are any."""
    third = {cell: [_with(like, judge_cell(some))] for cell, some in found.measured.items()}
    return {
        cell: checked_by_clock(judge_cell(some), third.get(cell, []))
        for cell, some in found.limits.items()
    }


def _with(part: VerdictPart, outcome: tuple[str, str]) -> VerdictPart:
    verdict, tag = outcome
    return replace(part, verdict=verdict, tag=tag)


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
