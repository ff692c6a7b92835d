"""The claims of both studies, each judged by the rules that its study wrote down before its data.

To add a claim, write a file with a `CLAIM` into the folder of its study and add a line to the
`CLAIMS` of that folder. Its `statement` is its line of help.
"""

from __future__ import annotations

from seqmem.analysis.claims import study_1, study_2
from seqmem.analysis.claims.rules.claim import Claim, claim_label

STUDIES: dict[int, dict[str, Claim]] = {1: study_1.CLAIMS, 2: study_2.CLAIMS}
# All claims by the label that tables and pages show.
CLAIMS: dict[str, Claim] = {
    claim_label(name, study): claim
    for study, claims in STUDIES.items()
    for name, claim in claims.items()
}
