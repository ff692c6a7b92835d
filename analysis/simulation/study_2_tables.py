"""The simulations of the primary claims of study 2 as tables of text, for docs/methods.md."""

from __future__ import annotations

from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.analysis.simulation.markdown import markdown
from seqmem.analysis.simulation.study_2 import (
    DEVIATIONS,
    EFFECTS,
    PLANNED,
    PROFILES,
    SLOPE_PROFILES,
    SLOPE_SEARCHES,
    UNEQUAL,
    gate_alarm,
    knee_result,
    ratio_power,
    slope_result,
    strata_result,
)

_CENSORED = 0.08


def strata_table() -> str:
    """Return the coverage of a mean over strata, with pooled and with separate variances.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for claim, sizes in PLANNED.items():
        for profile, deviations in PROFILES.items():
            result = strata_result(claim, profile)
            design = [claim, ", ".join(map(str, sizes)), ", ".join(map(str, deviations))]
            shares = [f"{result.pooled:.4f}", f"{result.own:.4f}"]
            rows.append([*design, *shares, f"{result.half_width:.2f}", f"{result.alarms}"])
    heads = [
        "claim",
        "searches",
        "SD of ρ between searches",
        "95 %, pooled variance (not used)",
        "95 %, own variances",
        "median half-width (octaves)",
        f"A/A rejections at 1.25 % of {SIMULATIONS:,}",
    ]
    return markdown(heads, rows)


def primary_power_table() -> str:
    """Return the power of C1 and C2 at the planned numbers of searches.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for claim, sizes in PLANNED.items():
        for deviation in DEVIATIONS:
            result = ratio_power(claim, deviation)
            found = [f"{result.directed:.2f}", f"{result.supported:.2f}"]
            shares = [f"{share:.3f}" for share in (*result.shares, result.equivalent)]
            gate = f"{gate_alarm(sum(sizes), deviation):.3f}"
            rows.append([claim, f"{sum(sizes)}", f"{deviation:g}", *found, *shares, gate])
    heads = [
        "claim",
        "searches",
        "SD of ρ between searches",
        "direction with 80 % from ρ",
        "supported with 80 % from ρ",
        *(f"supported at ρ = {effect:g}" for effect in EFFECTS),
        "equivalent at ρ = 0",
        "gate: in doubt by chance",
    ]
    return markdown(heads, rows)


def slope_table() -> str:
    """Return coverage and power of the slope of C12.

    Returns
    -------
    str
        A table in Markdown.
    """
    levels = len(SLOPE_SEARCHES)
    scenarios = {f"SD {deviation:g}": ((deviation,) * levels, 0.0) for deviation in DEVIATIONS}
    scenarios |= {f"SD {name}": (profile, 0.0) for name, profile in SLOPE_PROFILES.items()
                  if name != "alike"}  # fmt: skip
    scenarios["SD 0.45, 8 % censored at the top"] = ((0.45,) * levels, _CENSORED)
    rows = []
    for name, (deviations, censored) in scenarios.items():
        result = slope_result(deviations, name, censored)
        shares = [f"{result.supported:.3f}", f"{result.refuted:.3f}"]
        widths = [f"{result.coverage:.4f}", f"{result.alarms}", f"{result.half_width:.2f}"]
        rows.append([name, *widths, *shares])
    heads = [
        "scenario",
        "coverage of 95 %",
        f"A/A rejections at 1.25 % of {SIMULATIONS:,}",
        "median half-width at 98.75 %",
        "supported if equal",
        f"refuted if they differ by {UNEQUAL:g}",
    ]
    return markdown(heads, rows)


def knee_table() -> str:
    """Return how often a knee is found in a straight and in a bent line.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for deviation in (0.2, 0.45, 1.0):
        alarms, found, detectable = knee_result(deviation)
        rows.append([f"{deviation:g}", f"{alarms}", f"{detectable:.2f}", f"{found:.3f}"])
    heads = [
        "SD between searches (octaves)",
        f"found in a straight line, of {SIMULATIONS:,}",
        "change that is named as detectable (median)",
        "found in lines with that change",
    ]
    return markdown(heads, rows)
