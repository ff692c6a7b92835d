"""The simulations of C11 as tables of text, for docs/methods.md."""

from __future__ import annotations

from seqmem.analysis.simulation import context_censored
from seqmem.analysis.simulation.context import SCENARIOS, rule_result
from seqmem.analysis.simulation.markdown import markdown


def context_table() -> str:
    """Return coverage and verdicts of C11 in every scenario.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name, truth in SCENARIOS.items():
        result = rule_result(name)
        shares = [f"{result.coverage:.4f}", f"{result.supported:.4f}", f"{result.refuted:.4f}"]
        true = [f"{truth.context:g}", f"{truth.bits:g}", f"{truth.condition:g}"]
        rows.append([name, *true, *shares, f"{result.by_ranks:.3f}"])
    heads = [
        "scenario",
        "slope of context",
        "slope of bits",
        "SD of conditions (octaves)",
        "coverage (95 %, context)",
        "supported",
        "refuted",
        "rank correlation prefers context (not used)",
    ]
    return markdown(heads, rows)


def censored_table() -> str:
    """Return coverage and verdicts of C11 if budgets end before some strings are stored.

    Returns
    -------
    str
        A table in Markdown.
    """
    rows = []
    for name, truth in context_censored.SCENARIOS.items():
        true = [f"{truth.context:g}", f"{truth.bits:g}", f"{truth.condition:g}"]
        for share in context_censored.CENSORED:
            result = context_censored.censored_result(name, share)
            shares = (result.coverage, result.supported, result.refuted)
            rows.append(
                [name, *true, f"{100 * share:g} %", f"{result.left_out:.1f}",
                 *(f"{one:.4f}" for one in shares)]
            )  # fmt: skip
    heads = [
        "scenario",
        "slope of context",
        "slope of bits",
        "SD of conditions (octaves)",
        "beyond the budget, hardest condition",
        "conditions left out of ten (mean)",
        "coverage (95 %, context)",
        "supported",
        "refuted",
    ]
    return markdown(heads, rows)
