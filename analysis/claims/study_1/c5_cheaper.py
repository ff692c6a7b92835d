"""C5: a GRU has fewer parameters and trains faster than an LSTM of the same units."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import RATIO_BELOW_ONE
from seqmem.analysis.claims.rules.step_time_parts import (
    DECIDING_ENGINE,
    ratio_parts,
    timing_needs,
)
from seqmem.analysis.claims.rules.verdict import (
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    judge,
    not_tested,
)
from seqmem.analysis.estimators.step_times import SHAPE, WINNER_WORK
from seqmem.study.memorizers.cost import parameter_count

PUBLISHED_RATIO = 1 - 0.0384


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C5 in the words of study 1, see `training_verdict`."""
    return training_verdict(evidence)


def training_verdict(
    evidence: Evidence, judged: Callable[[float, float, float], tuple[str, str]] = judge
) -> Verdict:
    """Return the verdict on C5: ratio of parameters, and ratio of training step times.

    The parameters are counted by arithmetic and the times are measured. The fused engine decides.

    Parameters
    ----------
    evidence : Evidence
        Step times.
    judged : callable
        Judges the interval of a ratio; `judge_direction` in study 2.
    """
    needs = timing_needs(evidence.timings, "train")
    if needs:
        return not_tested(needs)
    assert evidence.timings is not None
    arithmetic = _parameters(evidence.timings)
    times = ratio_parts(evidence.timings, "train", judged=judged)
    deciding = next(part for part in times if part.name.endswith(f"engine {DECIDING_ENGINE}"))
    others = [part for part in times if part is not deciding]
    verdict, tag = (
        (deciding.verdict, deciding.tag)
        if arithmetic.verdict == SUPPORTED
        else (REFUTED, "parameters")
    )
    tag = tag or "".join(
        f"torch.nn: {part.verdict}" for part in others if part.verdict != deciding.verdict
    )
    notes = [f"3.84 % faster, {part.name}: {_exactly(part)}" for part in times]
    aside = tuple(part.name for part in others)
    return Verdict(
        verdict,
        tag,
        (arithmetic, deciding, *others),
        aside,
        notes=tuple(notes),
        setting="one thread",
    )


def _parameters(timings: pd.DataFrame) -> VerdictPart:
    """Return the parameters of a GRU over those of an LSTM, geometric mean over timed shapes."""
    shapes = timings.loc[timings["work"] != WINNER_WORK, SHAPE].drop_duplicates()
    logs = [
        math.log(_count("gru", row) / _count("lstm", row)) for row in shapes.itertuples(index=False)
    ]
    ratio, least, most = (math.exp(value) for value in (float(np.mean(logs)), min(logs), max(logs)))
    verdict = SUPPORTED if most < 1 else REFUTED
    basis = f"{len(shapes)} shapes; [least, greatest], no sampling"
    return VerdictPart(
        "parameters",
        "parameters of GRU over LSTM",
        ratio,
        least,
        most,
        least,
        most,
        1.0,
        verdict,
        "",
        basis,
        1.0,
    )


def _count(cell: str, shape: object) -> int:
    alphabet, depth, units = (
        int(getattr(shape, name)) for name in ("alphabet_size", "depth", "units")
    )
    return parameter_count(cell, alphabet, depth, units)


def _exactly(part: VerdictPart) -> str:
    if math.isnan(part.low):
        return "not tested: no interval"
    return (
        "not refuted"
        if part.low <= PUBLISHED_RATIO <= part.high
        else f"refuted (ratio {part.estimate:.3f}, not {PUBLISHED_RATIO:.4f})"
    )


CLAIM = Claim(
    study=1,
    statement="A GRU has fewer parameters and trains faster than an LSTM of the same units.",
    source="practice articles on LSTM and GRU; one says 3.84 % faster",
    rule="Supported if the GRU has fewer parameters and the upper limit of the ratio of training"
    " step times, GRU over LSTM, is below .98 on the fused engine.",
    test=test,
    scale=RATIO_BELOW_ONE,
)
