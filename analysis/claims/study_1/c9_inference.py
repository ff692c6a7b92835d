"""C9: GRU inference is faster than LSTM inference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import RATIO_BELOW_ONE
from seqmem.analysis.claims.rules.step_time_parts import (
    DECIDING_ENGINE,
    ratio_parts,
    timing_needs,
)
from seqmem.analysis.claims.rules.verdict import (
    Verdict,
    VerdictPart,
    conjunction,
    judge,
    not_tested,
)

INFERENCE_BATCHES = (1, 64)


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C9 in the words of study 1, see `inference_verdict`."""
    return inference_verdict(evidence)


def inference_verdict(
    evidence: Evidence,
    judged: Callable[[float, float, float], tuple[str, str]] = judge,
    combined: Callable[[Sequence[VerdictPart]], tuple[str, str]] = conjunction,
) -> Verdict:
    """Return the verdict on C9: ratio of inference times at batch 1 and at batch 64.

    Both engines are shown, and the fused engine decides.

    Parameters
    ----------
    evidence : Evidence
        Step times.
    judged, combined : callable
        Judge the interval of a ratio, and join the verdicts of both batches.
    """
    needs = timing_needs(evidence.timings, "inference")
    if evidence.timings is not None:
        batches = set(evidence.timings.loc[evidence.timings["work"] == "inference", "batch"])
        absent = [str(batch) for batch in INFERENCE_BATCHES if batch not in batches]
        needs += [f"inference with batch {' and '.join(absent)}"] if absent else []
    if needs:
        return not_tested(needs)
    assert evidence.timings is not None
    wanted = evidence.timings[evidence.timings["batch"].isin(INFERENCE_BATCHES)]
    parts = ratio_parts(wanted, "inference", ("engine", "batch"), judged)
    engine = f"engine {DECIDING_ENGINE}"
    deciding = [part for part in parts if engine in part.name]
    others = [part for part in parts if engine not in part.name]
    verdict, tag = combined(deciding)
    torch_verdict = combined(others)[0]
    tag = tag or (f"torch.nn: {torch_verdict}" if torch_verdict != verdict else "")
    return Verdict(
        verdict,
        tag,
        (*deciding, *others),
        tuple(part.name for part in others),
        setting="one thread",
    )


CLAIM = Claim(
    study=1,
    statement="GRU inference is faster than LSTM inference.",
    source="practice articles on LSTM and GRU",
    rule="Supported if the upper limit of the ratio of inference times, GRU over LSTM, is below"
    " .98 at batch 1 and at batch 64 on the fused engine.",
    test=test,
    scale=RATIO_BELOW_ONE,
)
