"""The simulations of paired searches as tables of text, for docs/methods.md."""

from __future__ import annotations

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.comparisons import (
    COMPARISONS,
    GATES,
    comparison_results,
    gate_alarms,
)
from seqmem.analysis.simulation.markdown import markdown
from seqmem.analysis.simulation.paired import (
    BAND_SEARCHES,
    DESIGNS,
    SURFACES,
    band_coverage,
    design_results,
)
from seqmem.analysis.simulation.settings import ROUTES, route_result

MOVES = (0.0, 0.3, 0.6)


def band_table() -> str:
    """Return the coverage of the bands of tuning curves, for all n together.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name, contrast in (("score of a cell", False), ("contrast of two cells", True)):
        for searches in BAND_SEARCHES:
            together, pointwise = band_coverage(searches, contrast)
            rows.append([name, f"{searches}", f"{together:.4f}", f"{pointwise:.4f}"])
    return markdown(["curve", "searches", "all n hold", "with pointwise t (not used)"], rows)


def design_table() -> str:
    """Return coverage, false alarms and power of paired searches at equal numbers of runs.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for surface in SURFACES:
        for name, design in DESIGNS.items():
            results = design_results(surface, design, RATIO_MARGIN)
            for size, result in results.items():
                counts = [f"{size}", f"{design.searches} × {design.effort.runs}"]
                shares = [f"{result.deviation:.2f}", f"{result.coverage:.4f}", f"{result.alarms}"]
                widths = [f"{result.half_width:.2f}", f"{result.detected:.2f}"]
                rows.append([surface, name, *counts, *shares, *widths])
    heads = [
        "scenario",
        "search of a cell",
        "n",
        "searches × runs",
        "SD of ρ between searches",
        "coverage",
        f"A/A rejections of {SIMULATIONS:,}",
        "median half-width (octaves)",
        "ρ supported with 80 % (octaves)",
    ]
    return markdown(heads, rows)


def comparison_table() -> str:
    """Return coverage, false alarms and power of designs of `seqmem compare` at equal compute.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for surface in SURFACES:
        for name, design in COMPARISONS.items():
            result = comparison_results(surface, design)
            effort = design.effort
            strings = design.searches * (effort.tune + effort.select + effort.confirm)
            counts = [f"{design.searches} × {effort.runs}", f"{strings}"]
            shares = [f"{result.deviation:.2f}", f"{result.coverage:.4f}", f"{result.alarms}"]
            widths = [f"{value:.2f}" for value in result[3:]]
            rows.append([surface, name, *counts, *shares, *widths])
    heads = [
        "scenario",
        "search of a cell",
        "searches × runs",
        "strings",
        "SD of ρ between searches",
        "coverage (97.5 %)",
        f"A/A rejections of {SIMULATIONS:,}",
        "median half-width (octaves)",
        "ρ found with 80 % (octaves)",
        "value of the winner (octaves)",
    ]
    return markdown(heads, rows)


def gate_table() -> str:
    """Return how often a search is in doubt because the contrast moves with the effort.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for surface in SURFACES:
        for name, gate in GATES.items():
            alarms = gate_alarms(surface, gate, MOVES, RATIO_MARGIN)
            for moved, (deviation, *shares) in zip(MOVES, alarms, strict=True):
                counts = [f"{gate.searches}", f"{moved:g}", f"{deviation:.2f}"]
                rows.append([surface, name, *counts, *(f"{share:.3f}" for share in shares)])
    heads = [
        "scenario",
        "contrast of",
        "searches",
        "true move (octaves)",
        "SD of the mean move",
        "in doubt: the estimate exceeds .15",
        "in doubt: and its 95 % interval excludes 0",
    ]
    return markdown(heads, rows)


def settings_table() -> str:
    """Return coverage, false alarms and power of the contrast of two settings, by route.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for surface in SURFACES:
        for name, route in ROUTES.items():
            result = route_result(surface, name, RATIO_MARGIN)
            searches = " and ".join(map(str, dict.fromkeys(route.searches)))
            shares = [searches, f"{result.coverage:.4f}", f"{result.alarms}"]
            widths = (result.half_width, result.detected, result.predicted)
            rows.append([surface, name, *shares, *(f"{width:.2f}" for width in widths)])
    heads = [
        "scenario",
        "route",
        "searches",
        "coverage",
        f"A/A rejections of {SIMULATIONS:,}",
        "median half-width (octaves)",
        "ρ supported with 80 % (octaves)",
        "the same, as a study names it (median)",
    ]
    return markdown(heads, rows)
