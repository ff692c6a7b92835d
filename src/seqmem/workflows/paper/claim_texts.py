"""Verdicts on the claims as texts and rows of the paper's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, UNKNOWN
from seqmem.analysis.claims.rules.verdict import VERDICTS, Verdict, VerdictPart
from seqmem.analysis.claims.table import effect_words
from seqmem.core.number_formats import fixed_interval, with_minus_signs


def claim_rows(outcomes: Mapping[str, Verdict]) -> list[dict[str, str]]:
    """Return a table row for every claim.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.

    Returns
    -------
    list of dict
        Keys ``claim``, ``statement``, ``source``, ``verdict``, ``effect`` (the deciding estimates,
        or their range), ``itself`` (the negative controls) and ``setting``.
    """
    rows = []
    for name, verdict in outcomes.items():
        effects = [_range_words(parts) for parts in _by_quantity(verdict)]
        rows.append(
            {
                "claim": name,
                "statement": CLAIMS[name].statement,
                "source": CLAIMS[name].source,
                "verdict": verdict.words(),
                "effect": "; ".join(effects) or "–",
                "itself": _agreement_words(verdict.against_itself),
                "setting": verdict.setting or "–",
            }
        )
    return rows


def claim_list(verdict: Verdict) -> str:
    """Return every estimate of a verdict, its controls and notes, as a Markdown list.

    Parameters
    ----------
    verdict : Verdict
        The outcome of a claim.

    Returns
    -------
    str
        One item per line.
    """
    beside = [part for part in verdict.parts if part.name in verdict.aside]
    lines = [f"{_part_words(part)}: {part.verdict_words()}" for part in _deciding(verdict)]
    lines += [f"does not decide: {_part_words(part)}" for part in beside]
    lines += [f"{_part_words(part)}: {part.verdict}" for part in verdict.against_itself]
    lines += [with_minus_signs(note) for note in verdict.notes]
    return "\n".join(f"- {line}" for line in lines)


def tally(outcomes: Mapping[str, Verdict]) -> list[tuple[str, list[str]]]:
    """Return the names of the claims by verdict, without tags, in the order of `VERDICTS`.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.

    Returns
    -------
    list of (str, list of str)
        Verdicts that no claim has are left out.

    Examples
    --------
    >>> tally({"C1": Verdict("inconclusive"), "C2": Verdict("refuted", "opposite")})
    [('refuted', ['C2']), ('inconclusive', ['C1'])]
    """
    by_verdict = [
        (verdict, [name for name, outcome in outcomes.items() if outcome.verdict == verdict])
        for verdict in VERDICTS
    ]
    return [(verdict, names) for verdict, names in by_verdict if names]


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
    >>> part = VerdictPart("all", "rho", 0.3, -0.1, 0.7, 0.1, 0.5, 0.15, AGREES)
    >>> print(negative_control({"C1": Verdict("inconclusive", against_itself=(part, part))}))
    As a negative control, each cell was compared with itself twice. \
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
        f"As a negative control, each cell was compared with itself {_times(len(known))}. "
        f"The rule {by_rule}; plain 95 % intervals {by_interval}."
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


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
        return _part_words(parts[0])
    quantity = parts[0].quantity
    values = [part.estimate for part in parts if part.estimate == part.estimate]
    if not values:
        return f"{quantity}: none"
    limits = f"{min(values):.3g} to {max(values):.3g} (least and greatest of {len(values)})"
    return with_minus_signs(f"{quantity} {limits}")


def _part_words(part: VerdictPart) -> str:
    return with_minus_signs(effect_words(part))


def _agreement_words(parts: Sequence[VerdictPart]) -> str:
    """Return how many comparisons of a cell with itself agree, of those with an interval."""
    known = [part for part in parts if part.verdict != UNKNOWN]
    if not known:
        return "–"
    return f"{sum(part.verdict == AGREES for part in known)} of {len(known)} agree"
