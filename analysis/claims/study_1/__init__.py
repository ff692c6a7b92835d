"""The claims C1 to C10 of section 5 of the pre-registration of study 1."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.study_1 import (
    c1_low_complexity,
    c2_high_complexity,
    c3_depth,
    c4_importance,
    c5_cheaper,
    c6_lower_loss,
    c7_volatility,
    c8_gradients,
    c9_inference,
    c10_linear_capacity,
)

CLAIMS: dict[str, Claim] = {
    "C1": c1_low_complexity.CLAIM,
    "C2": c2_high_complexity.CLAIM,
    "C3": c3_depth.CLAIM,
    "C4": c4_importance.CLAIM,
    "C5": c5_cheaper.CLAIM,
    "C6": c6_lower_loss.CLAIM,
    "C7": c7_volatility.CLAIM,
    "C8": c8_gradients.CLAIM,
    "C9": c9_inference.CLAIM,
    "C10": c10_linear_capacity.CLAIM,
}
