"""The claims of section 3 of the pre-registration of study 2 (docs/preregistration/study-2.md)."""

from __future__ import annotations

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.study_2 import (
    c5_cheaper,
    c6_lower_loss,
    c7_volatility,
    c8_gradients,
    c9_inference,
    c11_context,
)

CLAIMS: dict[str, Claim] = {
    "C5": c5_cheaper.CLAIM,
    "C6": c6_lower_loss.CLAIM,
    "C7": c7_volatility.CLAIM,
    "C8": c8_gradients.CLAIM,
    "C9": c9_inference.CLAIM,
    "C11": c11_context.CLAIM,
}
