"""Conclude from the records of a comparison: found differences, the cell to use, and doubts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.search_quality import doubts
from seqmem.study.memorizers.cost import layer_flops
from seqmem.workflows.compare.comparability import time_refusal
from seqmem.workflows.compare.differences import Difference, cell_differences
from seqmem.workflows.compare.sentences import (
    cell_line,
    cell_names,
    configuration_line,
    excluded_line,
    more_line,
    sooner_line,
)

# Smaller differences of stored fractions do not matter: pre-registration of study 1, section 5, C3.
RECALL_MARGIN = 0.03
REMEDY = (
    "so the result is inconclusive, whatever its intervals; "
    "more --trials, or wider ranges by --set search.…, would help"
)
# Units at which the layers of cells are compared; the ratio does not depend on them.
LAYER_UNITS = 64
CHOSEN_OPTIONS = ("depth", "units", "learning_rate")


@dataclass(frozen=True)
class Conclusion:
    """The conclusion from the records of a comparison.

    Attributes
    ----------
    differences : list of Difference
        One for every two cells.
    cell : str or None
        The cell to use; None if no cell has a verdict run, or a budget of time compares engines.
    difference_found : bool
        Whether a found difference decided the choice. Otherwise the cell is the cheapest of equals.
    configuration : dict
        Depth, units and learning rate to use it with.
    findings : list of str
        Lines on the result of each cell and on the differences.
    verdict : list of str
        Lines with the conclusion, doubts and configuration.
    """

    differences: list[Difference]
    cell: str | None
    difference_found: bool
    configuration: dict[str, float]
    findings: list[str]
    verdict: list[str]

    @property
    def lines(self) -> list[str]:
        """All lines, the verdict last."""
        return [*self.findings, *self.verdict]


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
        return Conclusion([], None, False, {}, findings, [f"conclusion: none, {refusal}"])
    differences = cell_differences(frame)
    cell, difference_found = choose_cell(present, differences)
    for difference in differences:
        findings += [more_line(difference), sooner_line(difference)]
    if cell is None:
        verdict = ["conclusion: none, every verdict run failed"]
        return Conclusion(differences, None, False, {}, findings, verdict)
    if differences:
        findings.append("intervals: t, over searches; all hold together with 95 % (Bonferroni)")
    verdict = [f"conclusion: {_reason(present, differences, cell, difference_found)}"]
    reasons = doubts(frame, configs, RECALL_MARGIN)
    if reasons:
        verdict.append(f"doubts: {'; '.join(reasons)}; {REMEDY}")
    own = runs[runs["cell"] == cell]
    configuration = best_configuration(own)
    verdict.append(configuration_line(own, cell, configuration))
    return Conclusion(differences, cell, difference_found, configuration, findings, verdict)


def choose_cell(cells: Sequence[str], differences: Sequence[Difference]) -> tuple[str | None, bool]:
    """Return the cell to use, and whether a difference decided it.

    First, every cell is dropped that memorizes less than another. Then every remaining cell is
    dropped that is slower than another. The cheapest of the rest is chosen: its layers have the
    fewest weights, and so FLOPs, at equal units.

    Parameters
    ----------
    cells : sequence of str
        Cells with verdict runs.
    differences : sequence of Difference
        Differences of pairs of them.

    Returns
    -------
    cell : str or None
        The cell to use; None without cells.
    difference_found : bool
        Whether one cell alone remained of several.

    Examples
    --------
    >>> choose_cell(["lstm", "gru"], [])
    ('gru', False)
    """
    left = list(cells)
    for winner in ("more", "sooner"):
        among = [one for one in differences if one.first in left and one.second in left]
        beaten = {
            one.second if getattr(one, winner) == one.first else one.first
            for one in among
            if getattr(one, winner)
        }
        left = [cell for cell in left if cell not in beaten] or left
    cheapest = min(left, key=lambda cell: (layer_flops(cell, LAYER_UNITS), cell), default=None)
    return cheapest, len(left) == 1 and len(cells) > 1


def best_configuration(runs: pd.DataFrame) -> dict[str, float]:
    """Return the winner with the best mean score on its verdict strings; ties by search.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs of one cell.

    Returns
    -------
    dict
        Its depth, units and learning rate.
    """
    means = runs.groupby("search", sort=True)["score"].mean()
    best = runs[runs["search"] == means.idxmax()].iloc[0]
    return {
        name: best[name].item() if hasattr(best[name], "item") else best[name]
        for name in CHOSEN_OPTIONS
    }


def _reason(
    cells: Sequence[str], differences: Sequence[Difference], cell: str, difference_found: bool
) -> str:
    """Return the chosen cell and why it was chosen."""
    name = cell.upper()
    if len(cells) < 2:
        return f"{name} is the only cell with verdict runs that did not fail"
    among = [one for one in differences if cell in (one.first, one.second)]
    if difference_found:
        return f"{name}: {_advantages(among, cell)}"
    undecided = [one for one in among if one.more is None and one.sooner is None]
    equal = [_other(one, cell) for one in undecided]
    between = f" between {cell_names([cell, *equal])}" if len(cells) > 2 else ""
    cheaper = f"{name} is cheaper{_cost(cell, equal)}"
    return f"no difference found{between}; {cheaper}; {excluded_line(undecided)}"


def _advantages(differences: Sequence[Difference], cell: str) -> str:
    more = [_other(one, cell) for one in differences if one.more == cell]
    sooner = [_other(one, cell) for one in differences if one.sooner == cell]
    sooner = [other for other in sooner if other not in more]
    reasons = [f"it memorizes more than {cell_names(more)}"] if more else []
    reasons += [f"it reaches the same recall faster than {cell_names(sooner)}"] if sooner else []
    return " and ".join(reasons) or "another cell is better than each of the others"


def _cost(cell: str, equal: Sequence[str]) -> str:
    own = layer_flops(cell, LAYER_UNITS)
    ratios = [
        f"{own / layer_flops(other, LAYER_UNITS):.2g} of {other.upper()}'s" for other in equal
    ]
    if not ratios:
        return ""
    return f" (at equal units, the weights and FLOPs of its layers are {', '.join(ratios)})"


def _other(difference: Difference, cell: str) -> str:
    return difference.second if difference.first == cell else difference.first
