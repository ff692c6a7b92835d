"""The claims of section 3 of the pre-registration of study 2 (docs/preregistration/study-2.md)."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim

CLAIMS: dict[str, Claim] = {}
