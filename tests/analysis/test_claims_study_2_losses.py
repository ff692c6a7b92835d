"""C6, C7, C8 and C11 of study 2 on records with known effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.study_1.c7_volatility import VOLATILITY_COLUMN
from seqmem.analysis.claims.study_2 import CLAIMS
from seqmem.analysis.claims.study_2.c6_lower_loss import best_log_loss
from seqmem.analysis.claims.study_2.c11_context import conditions_out_of_range
from tests.analysis.claim_records import gradient_runs
from tests.analysis.conftest import Synthetic, synthetic_frame
from tests.analysis.study_2_designs import source_sweeps

RATES = (0.0025, 0.005, 0.01, 0.02, 0.04)


def curve_runs(effects: dict[int, float], volatility: float = 0.3, strings: int = 80):
    """Make `study2-curves`; log10 of the LSTM's loss minus the GRU's is the effect of the level."""
    rng = np.random.default_rng(8)
    cells = (("gru", 100.0), ("lstm", 100.0))
    base = synthetic_frame(
        Synthetic(levels=tuple(effects), searches=1, confirm=strings, capacities=cells)
    )
    base = base[base["role"] == "confirm"].reset_index(drop=True)
    is_lstm = (base["cell"] == "lstm").to_numpy()
    frames = []
    for size, units in (("units", 16), ("parameters", 19)):
        for rate in RATES:
            name = f"study2-curves-{size}-{rate:g}"
            logs = -2 + base["level"].map(effects) * is_lstm + 0.05 * rng.normal(size=len(base))
            nll = 10.0**logs * base["period"]
            frames.append(base.assign(
                sweep=name, design=name, learning_rate=rate, trial=0, stop_on_memorized=False,
                units=np.where(is_lstm, 16, units), batch=32, length=64, status="budget_spent",
                parameters=np.where(is_lstm, 1000, 760 if size == "units" else 990),
                checkpoint_steps=[[100, 1709]] * len(base),
                checkpoint_nll_bits=[[value, 3 * value] for value in nll],
                **{VOLATILITY_COLUMN: np.exp(
                    -2 + volatility * is_lstm + 0.05 * rng.normal(size=len(base)))},
            ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        ({64: 0.3, 256: 0.3}, "supported"),
        ({64: 0.3, 256: 0.0}, "refuted (equivalent)"),
        ({64: 0.3, 256: -0.3}, "refuted (opposite)"),
        ({64: 0.3, 256: 0.1}, "inconclusive"),
    ],
)
def test_c6_must_hold_at_both_levels_and_sizes(effects, words):
    outcome = CLAIMS["C6"].test(Evidence(curve_runs(effects)))
    if words == "inconclusive":
        assert outcome.verdict != "supported"
    else:
        assert outcome.words() == words
    deciding = {part.name: part for part in outcome.parts if part.name not in outcome.aside}
    assert list(deciding) == [
        f"equal {size}, level {level}" for size in ("parameters", "units") for level in (64, 256)
    ]
    low = deciding["equal units, level 64"]
    assert low.estimate == pytest.approx(effects[64], abs=0.02)
    assert "80 pairs in 80 clusters" in low.basis
    moved = next(part for part in outcome.parts if part.name == "equal units, level × cell")
    assert moved.estimate == pytest.approx(effects[256] - effects[64], abs=0.03)


def test_c6_takes_the_best_checkpoint_in_time():
    runs = pd.DataFrame({
        "checkpoint_steps": [[100, 1000, 1709, 2000], [100], [100, 1709], [100, 1709]],
        "checkpoint_nll_bits": [[50.0, 10.0, 20.0, 1.0], [300.0], [0.0, 0.0], [9.0, 9.0]],
        "period": 100, "alphabet_size": 4, "batch": 32, "length": [64, 64, 64, 32],
        "status": ["budget_spent", "diverged", "budget_spent", "budget_spent"],
    })  # fmt: skip
    logs = best_log_loss(runs)
    assert logs[:3] == pytest.approx([-1.0, np.log10(2), -4.0])
    assert np.isnan(logs[3])


def test_c7_must_hold_at_every_rate():
    frame = curve_runs({64: 0.0, 256: 0.0}, volatility=0.3)
    outcome = CLAIMS["C7"].test(Evidence(frame))
    assert outcome.words() == "supported"
    assert len(outcome.parts) == 2 * 2 * len(RATES)
    one = (frame["learning_rate"] == 0.04) & (frame["cell"] == "lstm") & (frame["level"] == 64)
    frame.loc[one, VOLATILITY_COLUMN] *= np.exp(-0.3)
    assert CLAIMS["C7"].test(Evidence(frame)).words() == "refuted (equivalent)"


def test_c6_and_c7_say_what_is_missing():
    frame = curve_runs({64: 0.0, 256: 0.0}, strings=4)
    assert "80 strings (somewhere there are only 4)" in CLAIMS["C6"].test(Evidence(frame)).words()
    units = frame[frame["sweep"].str.contains("units")]
    assert "pairs of equal parameters" in CLAIMS["C7"].test(Evidence(units)).words()
    assert "study2-curves" in CLAIMS["C6"].test(Evidence(frame.assign(sweep="other"))).words()


def long_and_short(make_frame, decays):
    """Make `study2-gradients`: two i.i.d. levels and one level of long contexts."""
    frames = []
    for kind, context in (("short", 8), ("long", 40)):
        frame = gradient_runs(make_frame, decays[kind])
        frame = pd.concat(
            [frame.assign(
                replicate=frame["replicate"] + 12 * copy,
                string_id=frame["string_id"] + f"/{copy}",
            ) for copy in range(4)]
        )  # fmt: skip
        names = frame["sweep"].map({"plain": kind, "open": f"{kind}-open-gate"})
        frame = frame.assign(sweep="study2-gradients-" + names, min_context=context, source=kind)
        for column in ("string_condition", "condition"):
            frame[column] = frame[column].str.replace("iid", kind, regex=False)
        frames.append(frame if kind == "short" else frame[frame["level"] == 64])
    return pd.concat(frames, ignore_index=True)


@pytest.mark.slow
def test_c8_reads_short_and_long_contexts_apart(make_frame):
    keeps = {"rnn": 0.8, "gru": 0.98, "lstm": 0.985}
    loses = {"rnn": 0.8, "gru": 0.82, "lstm": 0.82}
    outcome = CLAIMS["C8"].test(
        Evidence(long_and_short(make_frame, {"short": keeps, "long": keeps}))
    )
    assert outcome.verdict == "supported"
    mixed = CLAIMS["C8"].test(Evidence(long_and_short(make_frame, {"short": loses, "long": keeps})))
    assert mixed.verdict == "refuted"
    assert "long context, after training: supported" in mixed.notes
    assert any(note.startswith("short context, after training: refuted") for note in mixed.notes)


@pytest.mark.parametrize(
    ("slope", "bits", "verdict"),
    [(0.5, 0.1, "supported"), (0.0, 0.5, "refuted"), (0.4, 1.2, "refuted")],
)
def test_c11_compares_context_with_bits(slope, bits, verdict):
    outcome = CLAIMS["C11"].test(Evidence(*source_sweeps(slope, bits)))
    assert outcome.verdict == verdict, outcome
    context = next(part for part in outcome.parts if part.name == "GRU: context")
    assert context.estimate == pytest.approx(slope, abs=0.03)
    assert context.basis == "30 searches of 10 string conditions; 7.0 degrees of freedom"
    excess = next(part for part in outcome.parts if part.name == "GRU: context against bits")
    assert excess.estimate == pytest.approx(4 * slope - 2 * bits, abs=0.2)
    assert outcome.p_value is not None


def test_c11_leaves_out_censored_conditions_and_wrong_contexts():
    frame, configs = source_sweeps(0.5, 0.1)
    hard = frame["sweep"] == "study2-sources-80-120"
    frame.loc[hard, "checkpoint_nll_bits"] = pd.Series(
        [[120.0, 60.0, 40.0]] * int(hard.sum()), index=frame.index[hard]
    )
    outcome = CLAIMS["C11"].test(Evidence(frame, configs))
    context = next(part for part in outcome.parts if part.name == "GRU: context")
    assert context.basis.startswith("27 searches of 9 string conditions")
    assert any("more than 10% of the times" in note for note in outcome.notes)
    frame.loc[frame["sweep"] == "study2-sources-5-800", "min_context"] = 7
    outcome = CLAIMS["C11"].test(Evidence(frame, configs))
    assert any("only 0% of its strings" in note for note in outcome.notes)


def test_strings_within_a_fifth_of_the_nominal_context_count():
    rows = pd.DataFrame({
        "sweep": "a", "stratum": list("xxxxyyyy"), "string_id": range(8),
        "min_context": [5, 6, 6, 7, 5, 4, 7, 7],
    })  # fmt: skip
    assert conditions_out_of_range(rows, {"a": 5}) == {"y": 0.5}


def test_c11_says_what_is_missing():
    frame, configs = source_sweeps(0.5, 0.1)
    stopped = CLAIMS["C11"].test(Evidence(frame.assign(stop_on_memorized=True), configs))
    assert "stop_on_memorized = false" in stopped.words()
    few = frame[frame["min_context"] < 40]
    assert "8 string conditions (somewhere there are only 6)" in (
        CLAIMS["C11"].test(Evidence(few, configs)).words()
    )
    assert "sweep files with the context" in CLAIMS["C11"].test(Evidence(frame)).words()
