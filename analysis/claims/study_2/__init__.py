"""The claims of section 3 of the pre-registration of study 2 (docs/preregistration/study-2.md)."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.study_2 import (
    c1_low_complexity,
    c2_high_complexity,
    c3a_no_gain_somewhere,
    c3b_no_gain_anywhere,
    c4_importance,
    c10_linear_capacity,
    c12_equal_exponents,
)

CLAIMS: dict[str, Claim] = {
    "C1": c1_low_complexity.CLAIM,
    "C2": c2_high_complexity.CLAIM,
    "C3a": c3a_no_gain_somewhere.CLAIM,
    "C3b": c3b_no_gain_anywhere.CLAIM,
    "C4": c4_importance.CLAIM,
    "C10": c10_linear_capacity.CLAIM,
    "C12": c12_equal_exponents.CLAIM,
}
