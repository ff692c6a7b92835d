"""C5: a GRU has fewer parameters and trains faster than an LSTM of the same units."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from seqmem.analysis.claims.rules.verdict import judge_direction
from seqmem.analysis.claims.study_1 import c5_cheaper

CLAIM = replace(
    c5_cheaper.CLAIM,
    study=2,
    test=partial(c5_cheaper.training_verdict, judged=judge_direction),
)
