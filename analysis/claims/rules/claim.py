"""The type of a claim: texts, and a test that turns evidence into a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import DIFFERENCE, MarginScale
from seqmem.analysis.claims.rules.verdict import Verdict


@dataclass(frozen=True)
class Claim:
    """One claim of a pre-registration.

    Attributes
    ----------
    study : int
        The study whose rule it is, 1 or 2. Records of one study are never judged by the rule of
        the other.
    statement : str
        The claim as a sentence.
    source : str
        Publications or articles that make the claim.
    rule : str
        Conditions under which the claim is supported or refuted.
    test : callable
        Function of `Evidence` that returns a `Verdict`; never raises for missing or degenerate
        data.
    scale : MarginScale
        How its estimates are drawn in units of their margin. No verdict depends on it.
    """

    study: int
    statement: str
    source: str
    rule: str
    test: Callable[[Evidence], Verdict]
    scale: MarginScale = DIFFERENCE


def claim_label(name: str, study: int) -> str:
    """Return the name of a claim with its study, as tables and pages show it.

    Parameters
    ----------
    name : str
        Name within the study, such as "C1".
    study : int
        Number of the study.

    Examples
    --------
    >>> claim_label("C1", 1), claim_label("C1", 2)
    ('C1', 'C1 (study 2)')
    """
    return name if study == 1 else f"{name} (study {study})"
