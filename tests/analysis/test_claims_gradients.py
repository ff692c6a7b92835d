"""C8: half-lives of gradients after training and at initialization."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.analysis.claim_records import gradient_runs, verdict


@pytest.mark.parametrize(
    ("decays", "expected"),
    [
        ({"rnn": 0.8, "gru": 0.98, "lstm": 0.985}, "supported"),
        ({"rnn": 0.975, "gru": 0.98, "lstm": 0.985}, "refuted"),
        ({"rnn": 0.5, "gru": 0.9, "lstm": 0.98}, "refuted"),
    ],
)
def test_c8_compares_half_lives_after_training(make_frame, decays, expected):
    outcome = verdict("C8", gradient_runs(make_frame, decays))
    assert outcome.verdict == expected
    assert outcome.notes[0].startswith("at initialization: refuted")
    assert len(outcome.parts) == 2 * (2 * 2 + 2)
    ratio = next(
        part for part in outcome.parts if part.name.startswith("trained, GRU: log2 half-life over")
    )
    assert ratio.estimate == pytest.approx(
        np.log2(np.log(decays["rnn"]) / np.log(decays["gru"])), abs=0.1
    )


def test_c8_needs_both_forget_biases_and_the_probe(make_frame):
    frame = gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985})
    assert "LSTMs with forget bias 1" in verdict("C8", frame[frame["sweep"] == "plain"]).words()
    assert "confirmation runs of RNN" in verdict("C8", frame[frame["cell"] != "rnn"]).words()
    assert "probe gradient_by_lag" in verdict("C8", make_frame()).words()


def test_c8_pairs_runs_of_one_budget(make_frame):
    frame = gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985})
    other = frame.assign(budget=frame["budget"].mask(frame["cell"] == "rnn", "99 steps"))
    outcome = verdict("C8", other)
    assert outcome.verdict == "inconclusive"
    assert math.isnan(outcome.parts[0].estimate)


def test_c8_takes_forget_biases_of_0_and_1_alone(make_frame):
    frame = gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985})
    other = frame.assign(forget_bias=frame["forget_bias"].where(frame["sweep"] == "open", 2.0))
    assert verdict("C8", other).words() == "not tested: needs LSTMs with forget bias 0"


def test_a_half_life_below_the_bound_is_neither_opposite_nor_equivalent(make_frame):
    outcome = verdict("C8", gradient_runs(make_frame, {"rnn": 0.5, "gru": 0.9, "lstm": 0.9}))
    assert outcome.words() == "refuted"
