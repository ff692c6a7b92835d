"""The type of a claim: texts, and a test that turns evidence into a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict


@dataclass(frozen=True)
class Claim:
    """One claim of section 5 of the pre-registration of study 1.

    Attributes
    ----------
    statement : str
        The claim as a sentence.
    source : str
        Publications or articles that make the claim.
    rule : str
        Conditions under which the claim is supported or refuted.
    test : callable
        Function of `Evidence` that returns a `Verdict`; never raises for missing or degenerate
        data.
    """

    statement: str
    source: str
    rule: str
    test: Callable[[Evidence], Verdict]
