"""The simulations as tables of text, for docs/methods.md."""

from __future__ import annotations

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.estimators.contrasts import BONFERRONI
from seqmem.analysis.simulation.capacity import (
    DEFAULT,
    DESIGNS,
    SIMULATIONS,
    TRUTHS,
    Truth,
    capacity_coverage,
    detectable,
    ratio_rejections,
)
from seqmem.analysis.simulation.context_tables import censored_table, context_table
from seqmem.analysis.simulation.contrasts import (
    NOISES,
    Layout,
    contrast_coverage,
    self_rejections,
    simultaneous_coverage,
    smallest_supported,
)
from seqmem.analysis.simulation.markdown import markdown
from seqmem.analysis.simulation.paired_tables import (
    band_table,
    comparison_table,
    design_table,
    gate_table,
    settings_table,
)
from seqmem.analysis.simulation.parts_table import parts_table
from seqmem.analysis.simulation.study_2_secondary_tables import (
    capacity_slope_table,
    depth_coverage_table,
    depth_verdict_table,
    index_table,
    quarter_table,
)
from seqmem.analysis.simulation.study_2_tables import (
    knee_table,
    primary_power_table,
    slope_table,
    strata_table,
)
from seqmem.analysis.simulation.times import ratio_coverage

RATIOS = (1.0, 1.1, 1.2, 1.3, 1.41, 1.55, 1.8)
TAUS = (0.0, 0.15, 0.3)
SEARCH_LUCK = (0.02, 0.03, 0.04)
STRING_LUCK = 0.05
LAYOUTS = {"4 strata × 3 searches": Layout(), "2 strata × 2 searches": Layout(2, 2, 8)}
POWER_NOISES = ("strings alone", "search variance", "large search variance")


def capacity_coverage_table() -> str:
    """Return the coverage and the width of the capacity interval in every scenario.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for design in DESIGNS:
        for name, result in capacity_coverage(design, TRUTHS).items():
            times = f"{result.width / result.oracle_width:.2f}"
            rows.append([design.name, name, f"{result.coverage:.4f}", f"{result.width:.2f}", times])
    return markdown(["design", "scenario", "coverage", "median width (octaves)", "× oracle"], rows)


def ratio_power_table() -> str:
    """Return the false alarms and the power of the ratio of two capacities.

    Returns
    -------
    str
        A table in Markdown, with the smallest ratio that is detected with 80 %.
    """
    rows = []
    for tau in TAUS:
        rejected = ratio_rejections(DEFAULT, Truth(0.2, tau), RATIOS)
        smallest = f"{detectable(RATIOS, rejected):.2f}"
        rows.append([f"{tau:g}", *(f"{share:.3f}" for share in rejected), f"**{smallest}**"])
    heads = [f"ratio {ratio:g}" if ratio > 1 else "ratio 1 (false alarms)" for ratio in RATIOS]
    return markdown(["τ (octaves)", *heads, "detected with 80 %"], rows)


def contrast_table() -> str:
    """Return the coverage of the clustered interval, and of the one that ignores searches.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for layout_name, layout in LAYOUTS.items():
        for name, (plain, corrected, naive) in contrast_coverage(layout).items():
            rows.append([layout_name, name, f"{plain:.4f}", f"{corrected:.4f}", f"{naive:.4f}"])
    wide = f"{100 * BONFERRONI:.1f} % interval"
    return markdown(
        ["design", "scenario", "95 % interval", wide, "95 % over strings alone (not used)"], rows
    )


def self_comparison_table() -> str:
    """Return the rejections at 5 % among comparisons of a cell with itself.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = [
        [f"{luck:g}", *(f"{count}" for count in self_rejections(Layout(), luck, STRING_LUCK))]
        for luck in SEARCH_LUCK
    ]
    heads = [
        "SD between searches (stored fraction)",
        f"clustered: of {SIMULATIONS:,}",
        "over strings alone (not used)",
    ]
    return markdown(heads, rows)


def simultaneous_table() -> str:
    """Return the coverage of simultaneous intervals of three depths.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name, layout in LAYOUTS.items():
        used, estimated = simultaneous_coverage(layout, 3)
        rows.append([name, f"{used:.4f}", f"{estimated:.4f}"])
    return markdown(["design", "all three hold", "with estimated correlations (not used)"], rows)


def time_ratio_table() -> str:
    """Return the bias and the coverage of the mean ratio of times.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = [
        [
            name,
            f"{result.bias:+.3f}",
            f"{result.coverage:.4f}",
            f"{result.informative:.3f}",
            f"{result.at_start:.3f}",
        ]
        for name, result in ratio_coverage(Layout()).items()
    ]
    return markdown(
        ["scenario", "bias (octaves)", "coverage", "informative pairs", "pairs with a bound"], rows
    )


def power_table() -> str:
    """Return the smallest true ratio of times for which a claim is supported with 80 %.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name in POWER_NOISES:
        noise = NOISES[name]
        smallest = smallest_supported(Layout(), noise, RATIO_MARGIN)
        rows.append([name, f"{noise.search:g}", f"{noise.string:g}", f"{smallest:.2f}"])
    heads = [
        "scenario",
        "SD between searches",
        "SD between strings",
        "smallest effect supported with 80 % (octaves)",
    ]
    return markdown(heads, rows)


SIMULATION_TABLES = {
    "capacity": capacity_coverage_table,
    "ratio": ratio_power_table,
    "contrasts": contrast_table,
    "self": self_comparison_table,
    "simultaneous": simultaneous_table,
    "times": time_ratio_table,
    "power": power_table,
    "bands": band_table,
    "designs": design_table,
    "comparisons": comparison_table,
    "gates": gate_table,
    "settings": settings_table,
    "context": context_table,
    "censored": censored_table,
    "strata": strata_table,
    "primary": primary_power_table,
    "exponents": slope_table,
    "knees": knee_table,
    "depths": depth_coverage_table,
    "depth verdicts": depth_verdict_table,
    "quarter": quarter_table,
    "indices": index_table,
    "parts": parts_table,
    "slopes": capacity_slope_table,
}
