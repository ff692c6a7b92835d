"""C8: a plain tanh RNN loses gradient over long lags; LSTM and GRU keep it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart, not_tested
from seqmem.analysis.claims.study_1.c8_gradients import (
    MOMENTS,
    forget_bias_variants,
    gradient_needs,
    half_life_parts,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    GRADIENT_PARTS,
    GRADIENT_SEEDS,
    LONG_CONTEXT,
    LONG_CONTEXT_LEVELS,
    SHORT_CONTEXT_LEVELS,
)
from seqmem.analysis.claims.study_2.rules.judging import combined, judged_part
from seqmem.analysis.claims.study_2.rules.sweeps import GRADIENTS, parts_of

SHORT = "short context"
LONG = "long context"
_LEVELS = {SHORT: SHORT_CONTEXT_LEVELS, LONG: LONG_CONTEXT_LEVELS}


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C8: half-lives of the gradient after training.

    The claim must hold on i.i.d. strings and on strings that need 32 symbols of context or more.
    Each kind is a reading for itself, with the LSTM at forget bias 0 and 1. Half-lives at
    initialization stand beside.
    """
    variants = {
        kind: forget_bias_variants(rows) for kind, rows in by_context(evidence.runs).items()
    }
    needs = [
        f"{need} ({kind})"
        for kind, own in variants.items()
        for need in gradient_needs(own, _LEVELS[kind], GRADIENT_SEEDS)
    ]
    if needs:
        return not_tested(needs)
    judged = partial(judged_part, "C8", parts=GRADIENT_PARTS)
    parts = {
        (moment, kind): [
            replace(part, name=f"{kind}, {part.name}")
            for name, rows in own.items()
            for part in half_life_parts(evidence, rows, moment, name, judged)
        ]
        for moment in MOMENTS
        for kind, own in variants.items()
    }
    words = {key: Verdict(*combined(some)).words() for key, some in parts.items()}
    deciding = _of_moment(parts, "trained")
    beside = _of_moment(parts, "initial")
    notes = [f"{kind}, after training: {words['trained', kind]}" for kind in variants]
    notes += [f"{kind}, at initialization: {words['initial', kind]}" for kind in variants]
    return Verdict(
        *combined(deciding),
        (*deciding, *beside),
        tuple(part.name for part in beside),
        notes=tuple(notes),
        setting="lags 4 to 64",
    )


def by_context(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the runs of `study2-gradients` on short- and on long-context strings.

    A string condition is long if all of its strings need at least 32 symbols of context, and short
    if none does. Others are left out.

    Parameters
    ----------
    runs : DataFrame
        Rows of `Evidence.runs`.
    """
    own = runs[runs["sweep"].isin(parts_of(GRADIENTS, runs["sweep"].unique()))]
    is_long = own["min_context"] >= LONG_CONTEXT
    share = is_long.astype(float).groupby(own["stratum"]).transform("mean")
    return {SHORT: own[share == 0], LONG: own[share == 1]}


def _of_moment(parts: dict[tuple[str, str], list[VerdictPart]], moment: str) -> list[VerdictPart]:
    return [part for (own, _), some in parts.items() if own == moment for part in some]


CLAIM = Claim(
    study=2,
    statement="A plain tanh RNN loses gradient over long lags; LSTM and GRU keep it.",
    source="practice articles on LSTM and GRU",
    rule="Supported if, after training, the half-life of the gradient norm over lags 4 to 64 of"
    " LSTM and GRU is at least twice the RNN's and at least 16 symbols, by 99.4 % intervals, on"
    " i.i.d. strings and on strings that need 32 symbols of context. Refuted if the upper limit of"
    " one of these parts is below its bound, with limits that hold for all parts together."
    " Half-lives at initialization are reported separately.",
    test=test,
)
