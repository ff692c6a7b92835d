"""The simulations of depth, importance and capacity in study 2 as tables of text."""

from __future__ import annotations

from collections.abc import Iterable

from seqmem.analysis.claims.study_2.rules.constants import DELTA, LINEAR_SLOPES
from seqmem.analysis.simulation.capacity_slopes import STORING, slope_results
from seqmem.analysis.simulation.depth import (
    SCENARIOS,
    depth_verdicts,
    quarter_results,
    ratio_coverage,
)
from seqmem.analysis.simulation.indices import RESPONSES, index_results
from seqmem.analysis.simulation.markdown import markdown

DEVIATIONS = (0.1, 0.2, 0.3, 0.45, 0.6, 1.0)
# Ratios of depth 2 at B and B/4, and of depth 4 at B and B/4, in octaves.
NOTHING = (0.0, 0.0, 0.0, 0.0)
AT_MARGIN = (DELTA,) * 4
ONE_AT_MARGIN = (0.0, 0.0, 0.0, DELTA)
ONE_LOSES = (0.3, 0.3, 0.3, -0.3)
ONE_GAINS = (0.4, 0.0, 0.0, 0.0)


def depth_coverage_table() -> str:
    """Return the coverage of the ratios of depths, alone and together.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = [[name, *_shares(ratio_coverage(name))] for name in SCENARIOS]
    return markdown(["ratios of searches", "one interval", "all four together"], rows)


def depth_verdict_table() -> str:
    """Return false verdicts and power of C3a and C3b by the deviation between searches.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for deviation in DEVIATIONS:
        margin, one, loses, nothing, gains = (
            depth_verdicts(truth, deviation, DELTA)
            for truth in (AT_MARGIN, ONE_AT_MARGIN, ONE_LOSES, NOTHING, ONE_GAINS)
        )
        shares = margin.somewhere, one.nowhere, margin.gains
        power = loses.somewhere, nothing.somewhere, nothing.nowhere, gains.gains
        rows.append([f"{deviation:g}", *_shares((*shares, *power))])
    heads = [
        "SD of ρ between searches",
        "C3a supported, all ρ = .15 (false)",
        "C3b supported, one ρ = .15 (false)",
        "C3b refuted, all ρ = .15 (false)",
        "C3a supported, one ρ = -.3",
        "C3a supported, all ρ = 0",
        "C3b supported, all ρ = 0",
        "C3b refuted, one ρ = .4",
    ]
    return markdown(heads, rows)


def quarter_table() -> str:
    """Return how well rules find the winner at a quarter of the budget.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = [
        [name, *(f"{value:.2f}" for value in result)] for name, result in quarter_results().items()
    ]
    heads = [
        "winner at B/4",
        "behind the reference (octaves)",
        "bias of ρ (octaves)",
        "SD of ρ between searches",
    ]
    return markdown(heads, rows)


def index_table() -> str:
    """Return the coverage of total Sobol indices and the verdicts on them.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name in RESPONSES:
        result = index_results(name)
        for place, number in enumerate(("first", "second")):
            truth, *shares = (values[place] for values in result)
            rows.append([name, number, f"{truth:.3f}", *_shares(shares)])
    heads = ["response", "input", "total index", "coverage", "above .10", "below .10"]
    return markdown(heads, rows)


def capacity_slope_table() -> str:
    """Return the coverage of the slope of capacity, and how often it is called linear.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name in STORING:
        result = slope_results(name, "lstm", *LINEAR_SLOPES)
        values = (result.coverage, *result.linear, result.disjoint, *result.passed)
        rows.append([name, *_shares(values)])
    heads = [
        "scenario",
        "coverage",
        "linear, slope 1",
        "linear, slope 1.05",
        "linear, slope .9 (false)",
        "not linear, slope .8",
        "gate passed, no move",
        "gate passed, moves of .03",
        "gate passed, moves of .05",
    ]
    return markdown(heads, rows)


def _shares(values: Iterable[float]) -> list[str]:
    return [f"{value:.4f}" for value in values]
