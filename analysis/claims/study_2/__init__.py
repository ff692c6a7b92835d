"""The claims of section 3 of the pre-registration of study 2 (docs/preregistration/study-2.md)."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.study_2 import (
    c1_low_complexity,
    c2_high_complexity,
    c12_equal_exponents,
)

CLAIMS: dict[str, Claim] = {
    "C1": c1_low_complexity.CLAIM,
    "C2": c2_high_complexity.CLAIM,
    "C12": c12_equal_exponents.CLAIM,
}
