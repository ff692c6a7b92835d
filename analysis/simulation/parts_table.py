"""The simulation of claims whose parts must all hold as a table of text."""

from __future__ import annotations

from seqmem.analysis.simulation.markdown import markdown
from seqmem.analysis.simulation.parts import DESIGNS, MARGINS, normal, parts_result, skewed


def parts_table() -> str:
    """Return coverage, wrong verdicts and power of C6, C7 and C8.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for claim, design in DESIGNS.items():
        scenarios = {"normal": normal, f"skewness {design.skew:g}": skewed(design.skew)}
        for name, standard in scenarios.items():
            result = parts_result(claim, standard, name)
            shares = (result.coverage, result.supported, result.refuted, result.refuted_by_one)
            found = (result.supported_from, result.refuted_from)
            rows.append(
                [claim, MARGINS[claim], name, *(f"{share:.4f}" for share in shares),
                 f"+{found[0]:.2f}", f"-{found[1]:.2f}"]
            )  # fmt: skip
    heads = [
        "claim",
        "margin",
        "values",
        "coverage (95 %), worst part",
        "supported, one part at its margin (false)",
        "refuted, all at their margins (false)",
        "the same by limits of single parts (not used)",
        "supported with 80 % from the margin",
        "refuted with 80 % from the margin",
    ]
    return markdown(heads, rows)
