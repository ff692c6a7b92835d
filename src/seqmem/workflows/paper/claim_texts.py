"""Verdicts on the claims as texts and rows of the paper's pages."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.against_itself import DIFFERS, UNKNOWN
from seqmem.analysis.claims.rules.verdict import (
    NOT_TESTED,
    Verdict,
    VerdictPart,
    verdict_words,
)
from seqmem.core.number_formats import fixed_interval, fixed_number, with_minus_signs

# Words in the names of readings that the page leaves to the report: tuning curves have a figure.
_LEFT_OUT = ("best of", "exploratory")


def claim_rows(outcomes: Mapping[str, Verdict]) -> list[dict[str, str]]:
    """Return a table row for every claim, the two studies of one claim below each other.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the label of the claim, of one or several studies.

    Returns
    -------
    list of dict
        Keys ``claim`` (a link to its section), ``study``, ``verdict`` and ``effect`` (the deciding
        estimates, or their range).
    """
    return [
        {
            "claim": f"[{claim_name(label)}](#{claim_name(label).lower()})",
            "study": f"{CLAIMS[label].study}",
            "verdict": short_words(outcomes[label]),
            "effect": deciding_words(outcomes[label]) or "–",
        }
        for label in sorted(outcomes, key=claim_place)
    ]


def headings(outcomes: Mapping[str, Verdict]) -> list[dict[str, str]]:
    """Return what stands at the head of each claim's section.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the label of the claim.

    Returns
    -------
    list of dict
        Keys ``claim``, ``statement``, ``source``, ``verdict`` and ``setting``.
    """
    return [
        {
            "claim": name,
            "statement": CLAIMS[name].statement,
            "source": CLAIMS[name].source,
            "verdict": verdict.words(),
            "setting": verdict.setting or "–",
        }
        for name, verdict in outcomes.items()
    ]


def claim_place(label: str) -> tuple[int, str, int]:
    """Return where a claim stands among others: C3, then C3a; study 1 before study 2.

    Examples
    --------
    >>> sorted(["C10", "C3a (study 2)", "C2 (study 2)", "C2"], key=claim_place)
    ['C2', 'C2 (study 2)', 'C3a (study 2)', 'C10']
    """
    digits = re.sub(r"\D", "", claim_name(label))
    return int(digits), claim_name(label), CLAIMS[label].study


def claim_name(label: str) -> str:
    """Return the name of a claim without its study.

    Examples
    --------
    >>> claim_name("C3a (study 2)"), claim_name("C10")
    ('C3a', 'C10')
    """
    return label.partition(" ")[0]


def short_words(verdict: Verdict) -> str:
    """Return a verdict with its tag, without what an untested claim needs.

    Examples
    --------
    >>> short_words(Verdict("not tested", needs=("timings",))), short_words(Verdict("supported"))
    ('not tested', 'supported')
    """
    return verdict_words(verdict.verdict, verdict.tag)


def deciding_words(verdict: Verdict) -> str:
    """Return the estimates that decide a verdict; of several of one kind, their range.

    Parameters
    ----------
    verdict : Verdict
        The outcome of a claim.
    """
    return "; ".join(_range_words(parts) for parts in _by_quantity(verdict))


def spread(verdict: Verdict, digits: int = 2) -> str:
    """Return the least and the greatest of the deciding estimates of the first kind.

    Parameters
    ----------
    verdict : Verdict
        The outcome of a claim.
    digits : int
        Digits after the point.
    """
    values = [part.estimate for part in _by_quantity(verdict)[0]]
    return with_minus_signs(
        f"{fixed_number(min(values), digits)} to {fixed_number(max(values), digits)}"
    )


def claim_sentences(verdict: Verdict, others: int = 2) -> str:
    """Return a verdict of study 2 in sentences, whatever it is.

    Parameters
    ----------
    verdict : Verdict
        The outcome of a claim.
    others : int, default 2
        Number of other readings that are named.

    Returns
    -------
    str
        The verdict, the first deciding estimate, and the other readings of it that lie farthest
        from it.

    Examples
    --------
    >>> part = VerdictPart("in time", "octaves", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
    >>> other = VerdictPart("in FLOPs", "octaves", 0.2, 0.1, 0.3, 0.2, 0.4, 0.15, "inconclusive")
    >>> print(claim_sentences(Verdict("supported", "", (part, other), ("in FLOPs",))))
    Study 2: **supported**; in time 0.30 [0.20, 0.40]. *Otherwise:* in FLOPs 0.20 [0.10, 0.30].
    """
    if verdict.verdict == NOT_TESTED:
        return f"Study 2: **{NOT_TESTED}**, because it needs {'; '.join(verdict.needs)}."
    decided = f"Study 2: **{short_words(verdict)}**"
    first = next(iter(_deciding(verdict)), None)
    if first is None:
        return f"{decided}."
    beside = "; ".join(map(_named_effect, _others(verdict, first)[:others]))
    return f"{decided}; {_named_effect(first)}.{f' *Otherwise:* {beside}.' if beside else ''}"


def half_width(label: str, verdict: Verdict) -> str:
    """Return the half-width of the first deciding interval beside the margin.

    Parameters
    ----------
    label : str
        Label of the claim.
    verdict : Verdict
        Its outcome.

    Returns
    -------
    str
        Such as `C1 0.12 (0.15)`; empty without an interval.
    """
    known = [part for part in _deciding(verdict) if part.low == part.low]
    if not known:
        return ""
    width = fixed_number((known[0].high - known[0].low) / 2)
    return f"{claim_name(label)} {width} ({fixed_number(known[0].margin)})"


def effect(verdict: Verdict, name: str, digits: int = 2) -> str:
    """Return an estimate of a verdict with its interval, such as `0.63 [0.07, 1.18]`.

    Parameters
    ----------
    verdict : Verdict
        The outcome of a claim.
    name : str
        Name of one of its parts.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        The estimate and the limits at the confidence of the verdict.

    Raises
    ------
    KeyError
        If the verdict has no such part.
    """
    for part in (*verdict.parts, *verdict.against_itself):
        if part.name == name:
            return fixed_interval(part.estimate, part.low, part.high, digits)
    raise KeyError(name)


def negative_control(outcomes: Mapping[str, Verdict]) -> str:
    """Return how often a cell differed from itself, in sentences.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.

    Returns
    -------
    str
        Counts by the rule of the claims and by plain 95 % intervals. Comparisons without an
        interval are not counted.

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, -0.1, 0.7, 0.1, 0.5, 0.15, "agrees")
    >>> print(negative_control({"C1": Verdict("inconclusive", against_itself=(part, part))}))
    As a negative control, cells were compared with themselves twice in all. \
The rule never found a difference; plain 95 % intervals did twice.
    >>> negative_control({"C1": Verdict("inconclusive")})
    'As a negative control, no cell could be compared with itself.'
    """
    parts = [part for outcome in outcomes.values() for part in outcome.against_itself]
    known = [part for part in parts if part.verdict != UNKNOWN]
    if not known:
        return "As a negative control, no cell could be compared with itself."
    ruled = sum(part.verdict == DIFFERS for part in known)
    plain = sum(part.plain_low > 0 or part.plain_high < 0 for part in known)
    by_rule = f"found a difference {_times(ruled)}" if ruled else "never found a difference"
    by_interval = f"did {_times(plain)}" if plain else "never did"
    return (
        f"As a negative control, cells were compared with themselves {_times(len(known))} in all. "
        f"The rule {by_rule}; plain 95 % intervals {by_interval}."
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _named_effect(part: VerdictPart) -> str:
    return f"{part.name} {fixed_interval(part.estimate, part.low, part.high)}"


def _others(verdict: Verdict, first: VerdictPart) -> list[VerdictPart]:
    """Return the other readings of a quantity, those farthest from an estimate first."""
    beside = [
        part
        for part in verdict.parts
        if part.name in verdict.aside
        and part.quantity == first.quantity
        and part.low == part.low
        and not any(word in part.name for word in _LEFT_OUT)
    ]
    return sorted(beside, key=lambda part: abs(part.estimate - first.estimate), reverse=True)


def _deciding(verdict: Verdict) -> list[VerdictPart]:
    return [part for part in verdict.parts if part.name not in verdict.aside]


def _by_quantity(verdict: Verdict) -> list[list[VerdictPart]]:
    parts = _deciding(verdict)
    return [
        [part for part in parts if part.quantity == name]
        for name in dict.fromkeys(part.quantity for part in parts)
    ]


def _range_words(parts: Sequence[VerdictPart]) -> str:
    """Return an estimate with its intervals; of several, the least and the greatest."""
    if len(parts) == 1:
        (part,) = parts
        limits = "" if math.isnan(part.low) else f" [{part.low:.3g}, {part.high:.3g}]"
        known = "none" if math.isnan(part.estimate) else f"{part.estimate:.3g}{limits}"
        return with_minus_signs(f"{part.quantity} {known}")
    quantity = parts[0].quantity
    values = [part.estimate for part in parts if part.estimate == part.estimate]
    if not values:
        return f"{quantity}: none"
    limits = f"{min(values):.3g} to {max(values):.3g} ({len(values)} estimates)"
    return with_minus_signs(f"{quantity} {limits}")
