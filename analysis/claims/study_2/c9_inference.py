"""C9: GRU inference is faster than LSTM inference."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from seqmem.analysis.claims.rules.verdict import judge_direction
from seqmem.analysis.claims.study_1 import c9_inference
from seqmem.analysis.claims.study_2.rules.judging import combined

CLAIM = replace(
    c9_inference.CLAIM,
    study=2,
    test=partial(c9_inference.inference_verdict, judged=judge_direction, combined=combined),
)
