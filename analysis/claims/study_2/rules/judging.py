"""Verdict words, confidence and p values of study 2, by section 3 of its pre-registration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from seqmem.analysis.claims.rules.verdict import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    contrast_part,
    judge_direction,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    OTHER_CONFIDENCE,
    PRIMARY_CLAIMS,
    PRIMARY_CONFIDENCE,
)
from seqmem.analysis.estimators.contrasts import Contrast

NOT_TOGETHER = "refuted alone, not by limits for all parts together"


def confidence_of(claim: str) -> float:
    """Return the confidence of the intervals that decide a claim.

    Parameters
    ----------
    claim : str
        Name within study 2.

    Examples
    --------
    >>> confidence_of("C1"), confidence_of("C6")
    (0.9875, 0.99375)
    """
    return PRIMARY_CONFIDENCE if claim in PRIMARY_CLAIMS else OTHER_CONFIDENCE


def joint_confidence(confidence: float, parts: int) -> float:
    """Return the confidence of one of several intervals that hold together (Bonferroni).

    Examples
    --------
    >>> joint_confidence(0.95, 5)
    0.99
    """
    return 1 - (1 - confidence) / parts


def judged_part(
    claim: str,
    name: str,
    quantity: str,
    contrast: Contrast,
    margin: float,
    strata: int = 0,
    parts: int = 1,
) -> VerdictPart:
    """Judge a contrast at the confidence of a claim, with the word `direction only`.

    Parameters
    ----------
    claim : str
        Name within study 2.
    name, quantity : str
        As in `VerdictPart`.
    contrast : Contrast
        Difference with its interval, positive if it favours the claim.
    margin : float
        Smallest difference that counts.
    strata : int
        Number of strata that must have a value, see `contrast_part`.
    parts : int, default 1
        Number of parts of a claim that any one of them refutes. To be refuted, a part needs the
        limits that hold for so many parts together.

    Returns
    -------
    VerdictPart
        The estimate with its verdict.

    Examples
    --------
    >>> judged_part("C1", "all", "rho", Contrast(0.4, 0.1, 30, 40, 4, 240), 0.15).verdict
    'direction only'
    >>> contrast = Contrast(0.0, 0.045, 79, 80, 1, 80)
    >>> judged_part("C6", "level 64", "difference", contrast, 0.15).verdict
    'refuted'
    >>> judged_part("C6", "level 64", "difference", contrast, 0.15, parts=20).verdict
    'inconclusive'
    """
    confidence = confidence_of(claim)
    alone, together = (
        contrast_part(
            name, quantity, contrast, margin, strata, confidence=own, judged=judge_direction
        )
        for own in (confidence, joint_confidence(confidence, parts))
    )
    if alone.verdict == REFUTED and together.verdict != REFUTED:
        return replace(alone, verdict=INCONCLUSIVE, tag=NOT_TOGETHER)
    return alone


def combined(parts: Sequence[VerdictPart]) -> tuple[str, str]:
    """Combine the verdicts of parts that must all support the claim.

    Returns
    -------
    tuple of str
        `refuted` if any part is refuted, `supported` if all are supported, `direction only` if all
        are supported or lie in the same direction, else `inconclusive`. The tag is the common tag
        of the parts with that verdict, or empty.

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, 0.1, 0.4, 0.2, 0.4, 0.15, "direction only")
    >>> combined([part, replace(part, verdict="supported")])
    ('direction only', '')
    >>> combined([part, replace(part, tag="opposite")])
    ('inconclusive', '')
    """
    words = {part.verdict for part in parts}
    directions = {part.tag for part in parts if part.verdict == DIRECTION_ONLY}
    if REFUTED in words:
        verdict = REFUTED
    elif words == {SUPPORTED}:
        verdict = SUPPORTED
    elif words == {DIRECTION_ONLY} and len(directions) == 1:
        verdict = DIRECTION_ONLY
    elif words == {DIRECTION_ONLY, SUPPORTED} and directions == {""}:
        verdict = DIRECTION_ONLY
    else:
        verdict = INCONCLUSIVE
    tags = {part.tag for part in parts if part.verdict == verdict}
    return verdict, tags.pop() if len(tags) == 1 else ""


def with_holm_p_values(outcomes: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Add a note with the p value, plain and after Holm, to each primary claim that has one.

    A primary claim without a p value counts with the value 1. The notes decide nothing: the
    intervals do.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name within study 2.

    Returns
    -------
    dict of str to Verdict
        The same verdicts with the notes.
    """
    known = {name: outcomes[name].p_value for name in PRIMARY_CLAIMS if name in outcomes}
    values = {
        name: 1.0 if value is None or math.isnan(value) else value for name, value in known.items()
    }
    adjusted = holm({name: values.get(name, 1.0) for name in PRIMARY_CLAIMS})
    family = ", ".join(PRIMARY_CLAIMS)
    return {
        name: verdict
        if verdict.p_value is None or math.isnan(verdict.p_value)
        else replace(
            verdict,
            notes=(
                *verdict.notes,
                f"p value {verdict.p_value:.2g}; by Holm over {family}: {adjusted[name]:.2g}",
            ),
        )
        for name, verdict in outcomes.items()
    }


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Return p values adjusted by Holm's step-down procedure (Holm 1979).

    Parameters
    ----------
    values : mapping of str to float
        p values of a family.

    Returns
    -------
    dict of str to float
        Adjusted p values, in the order of the family.

    Examples
    --------
    >>> adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    >>> {name: round(value, 3) for name, value in adjusted.items()}
    {'a': 0.03, 'b': 0.06, 'c': 0.06, 'd': 0.02}
    """
    largest = 0.0
    adjusted = {}
    for place, name in enumerate(sorted(values, key=lambda name: (values[name], name))):
        largest = max(largest, min(1.0, (len(values) - place) * values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in values}
