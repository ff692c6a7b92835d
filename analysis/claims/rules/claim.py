"""What a claim is: words, and a test that turns evidence into a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict


@dataclass(frozen=True)
class Claim:
    """One claim of the list in METHODS section 5.

    Attributes
    ----------
    statement : what is claimed.
    source : who claims it.
    rule : when it is supported and when refuted, in words.
    test : evidence -> verdict; never raises for missing or degenerate data.
    """

    statement: str
    source: str
    rule: str
    test: Callable[[Evidence], Verdict]
