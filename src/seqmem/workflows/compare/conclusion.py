"""Conclude from the records of a comparison: found differences, the cell to use, and doubts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.search_gates import gate_reasons
from seqmem.analysis.estimators.search_quality import doubts
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.workflows.compare.choice import FOUND, NO_CELL, REFUSED, Choice, choose_cell
from seqmem.workflows.compare.comparability import time_refusal
from seqmem.workflows.compare.configuration import best_configuration, best_paired_configuration
from seqmem.workflows.compare.differences import RECALL_MARGIN, Difference, cell_differences
from seqmem.workflows.compare.effort import (
    box_line,
    effort_lines,
    found_line,
    is_paired,
    winner_lines,
)
from seqmem.workflows.compare.reason import reason
from seqmem.workflows.compare.sentences import (
    cell_line,
    configuration_line,
    more_line,
    sooner_line,
)
from seqmem.workflows.compare.warm_up import warm_up_reasons

NOTHING_MEMORIZED = (
    "doubts: no verdict string was memorized whole, so only partial recall is compared; "
    "a larger --budget, or shorter strings by --length, would help"
)
REMEDY = (
    "so the result is inconclusive, whatever its intervals; "
    "more --trials, or wider ranges by --set search.…, would help"
)


@dataclass(frozen=True)
class Conclusion:
    """The conclusion from the records of a comparison. As a text, it is its lines.

    Attributes
    ----------
    differences : list of Difference
        One for every two cells.
    choice : Choice
        The cell to use, and whether the records decide it.
    configuration : dict
        Depth, units, learning rate and other searched options to use it with.
    findings : list of str
        Lines on the result of each cell and on the differences.
    verdict : list of str
        Lines with the conclusion, doubts and configuration.
    """

    differences: list[Difference]
    choice: Choice
    configuration: dict[str, Any]
    findings: list[str]
    verdict: list[str]

    @property
    def cell(self) -> str | None:
        """The cell to use; None without verdict runs, or if a budget of time compares engines."""
        return self.choice.cell

    @property
    def has_report(self) -> bool:
        """Whether there are verdict runs, so that a report can be written."""
        return self.choice.decision != NO_CELL

    @property
    def difference_found(self) -> bool:
        """Whether a found difference decided the choice."""
        return self.choice.decision == FOUND

    @property
    def lines(self) -> list[str]:
        """All lines, the verdict last."""
        return [*self.findings, *self.verdict]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def conclude(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], cells: Sequence[str]
) -> Conclusion:
    """Return the conclusion about the cells that were compared.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of one comparison, as `analysis.load` returns them.
    configs : mapping
        Its sweep file, by the name of the sweep.
    cells : sequence of str
        Names of the cells, in the order in which they are shown.

    Returns
    -------
    Conclusion
        Differences, cell, configuration and lines.
    """
    runs = Evidence(frame).runs
    present = [cell for cell in cells if (runs["cell"] == cell).any()]
    findings = [cell_line(runs, name) for name in cells]
    refusal = time_refusal(runs)
    if refusal:
        verdict = [f"conclusion: none, {refusal}"]
        return Conclusion([], Choice(None, REFUSED), {}, findings, verdict)
    differences = cell_differences(frame)
    choice = choose_cell(present, differences)
    paired = is_paired(frame, configs)
    for difference in differences:
        findings += [more_line(difference), sooner_line(difference)]
        if paired and (found := found_line(difference)):
            findings.append(found)
    if choice.cell is None:
        verdict = ["conclusion: none, every verdict run failed"]
        return Conclusion(differences, choice, {}, findings, verdict)
    if differences:
        findings.append("intervals: t, over searches; all hold together with 95 % (Bonferroni)")
    if paired:
        findings += [box_line(frame, configs, present), *effort_lines(frame, configs)]
        findings += winner_lines(frame, configs)
    verdict = [f"conclusion: {reason(choice, differences, strings_per_search(frame))}"]
    verdict += _doubt_lines(frame, configs, runs, paired)
    own = runs[runs["cell"] == choice.cell]
    configuration = (
        best_paired_configuration(frame, own, configs) if paired else best_configuration(own)
    )
    verdict.append(configuration_line(own, choice.cell, configuration))
    return Conclusion(differences, choice, configuration, findings, verdict)


def strings_per_search(frame: pd.DataFrame) -> int:
    """Return how many different strings each search of a comparison uses, over all roles.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of one comparison.

    Returns
    -------
    int
        Number of strings.
    """
    return int(frame.groupby(["cell", "search"])["string_id"].nunique().max())


def _doubt_lines(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], runs: pd.DataFrame, paired: bool
) -> list[str]:
    lines = [] if memorized_by_budget(runs).any() else [NOTHING_MEMORIZED]
    if paired:
        reasons = gate_reasons(frame, configs, beyond_chance=True)
    else:
        reasons = doubts(frame, configs, RECALL_MARGIN)
    reasons += warm_up_reasons(runs)
    return lines + ([f"doubts: {'; '.join(reasons)}; {REMEDY}"] if reasons else [])
