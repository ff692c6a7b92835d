"""C6 and C7: runs of fixed length, at own and at matched learning rates."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.fixed_length import OWN, by_learning_rate
from tests.analysis.claim_records import C6, C7, long_runs, verdict


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ({"own": 0.7, "0.01": 0.7}, "supported"),
        ({"own": 0.7, "0.01": 0.0}, "refuted (equivalent)"),
        ({"own": -0.7, "0.01": -0.7}, "refuted (opposite)"),
    ],
)
def test_c6_compares_final_losses_in_decades(make_frame, effects, expected):
    outcome = verdict("C6", long_runs(make_frame, effects, C6, -2.0))
    assert outcome.words() == expected
    own = next(part for part in outcome.parts if part.name == "own learning rates")
    assert own.estimate == pytest.approx(effects["own"] / math.log(10), abs=0.02)
    fixed = next(part for part in outcome.parts if part.name == "learning rate 0.01")
    assert (
        "24 pairs in 24 clusters of 2 strata" in fixed.basis
    )  # nothing was searched: the unit is the string
    assert "24 pairs in 6 clusters of 2 strata" in own.basis


def test_c6_counts_ties_at_the_floor_and_runs_that_did_not_get_there(make_frame):
    frame = long_runs(make_frame, {"own": 0.0, "0.01": 0.0}, C6, -12.0)
    outcome = verdict("C6", frame)
    assert outcome.words() == "refuted (equivalent)"
    assert "24 of 24 pairs at own learning rates are ties at the floor" in outcome.notes
    frame.loc[(frame["role"] == "confirm") & (frame["replicate"] == 0), C6] = np.nan
    assert "6 pairs at own learning rates did not reach 1,709 steps" in verdict("C6", frame).notes


def test_sweeps_too_short_for_the_measure_are_no_matched_learning_rate(make_frame):
    frame = long_runs(make_frame, {"own": 0.7, "0.01": 0.7}, C6, -2.0)
    short = frame.assign(
        **{
            C6: frame[C6].where(
                frame["learning_rate"].groupby(frame["sweep"]).transform("nunique") > 1
            )
        }
    )
    assert verdict("C6", short).words() == "not tested: needs 1 matched learning rate (there are 0)"
    nothing = verdict("C6", frame.assign(**{C6: np.nan})).words()
    assert nothing.startswith(
        "not tested: needs GRU and LSTM with the probe loss_after_steps, 1,709 steps or more"
    )


def test_c7_needs_three_matched_learning_rates(make_frame):
    rates = ("0.003", "0.01", "0.03")
    volatile = dict.fromkeys(("own", *rates), 0.3)
    assert verdict("C7", long_runs(make_frame, volatile, C7, -2.0)).verdict == "supported"
    assert (
        verdict("C7", long_runs(make_frame, volatile | {"0.03": -0.3}, C7, -2.0)).words()
        == "refuted (opposite)"
    )
    few = verdict("C7", long_runs(make_frame, {"own": 0.3, "0.01": 0.3}, C7, -2.0))
    assert few.words() == "not tested: needs 3 matched learning rates (there is 1)"
    assert "probe loss_volatility" in verdict("C7", make_frame()).words()
    stopped = long_runs(make_frame, volatile, C7, -2.0).assign(stop_on_memorized=True)
    assert verdict("C7", stopped).verdict == "not tested"


def test_initializations_of_one_string_are_no_further_strings(make_frame):
    frame = long_runs(make_frame, {"own": 0.7, "0.01": 0.7}, C6, -2.0)
    frame = frame.assign(repeat=frame["replicate"] % 2, replicate=frame["replicate"] // 2)
    frame["string_id"] = frame["string_id"].str.rpartition("/")[0] + frame["replicate"].astype(str)
    assert "12 strings per level (somewhere there are only 6)" in verdict("C6", frame).words()
    twice = pd.concat(
        [frame, frame.assign(replicate=frame["replicate"] + 2, string_id=frame["string_id"] + "b")]
    )
    outcome = verdict("C6", twice.reset_index(drop=True))
    fixed = next(part for part in outcome.parts if part.name == "learning rate 0.01")
    assert "48 pairs in 24 clusters" in fixed.basis


def test_a_run_that_diverged_has_the_loss_of_a_guess(make_frame):
    frame = long_runs(make_frame, {"own": 0.0, "0.01": 0.0}, C6, -2.0)
    lost = (frame["cell"] == "lstm") & (frame["replicate"] == 0)
    frame = frame.assign(
        status=frame["status"].mask(lost, "diverged"), **{C6: frame[C6].mask(lost)}
    )
    outcome = verdict("C6", frame)
    own = next(part for part in outcome.parts if part.name == "own learning rates")
    assert own.estimate == pytest.approx((math.log10(2) + 2 / math.log(10)) / 4, abs=0.02)
    assert not any("did not reach" in note for note in outcome.notes)


def test_own_rates_take_two_searches(make_frame):
    frame = long_runs(make_frame, {"own": 0.7, "0.01": 0.7}, C6, -2.0)
    one = frame.assign(replicate=frame["replicate"] + 4 * frame["search"], search=0)
    assert verdict("C6", one).words() == (
        "not tested: needs 2 independent searches per level (somewhere there is only 1)"
        " at own learning rates"
    )


def test_a_rate_too_many_that_is_not_whole_is_left_out(make_frame):
    frame = long_runs(make_frame, {"own": 0.7, "0.01": 0.7, "0.1": -0.7}, C6, -2.0)
    short = frame[(frame["sweep"] != "0.1") | (frame["level"] == 64)]
    outcome = verdict("C6", short)
    assert outcome.verdict == "supported"
    assert [part.name for part in outcome.parts] == ["learning rate 0.01", "own learning rates"]


def test_doubt_about_a_search_leaves_matched_rates_to_refute(make_frame):
    frame = long_runs(make_frame, {"own": 0.7, "0.01": 0.7}, C6, -2.0)
    doubtful = frame.assign(score=0.5 * frame["trial"])
    assert verdict("C6", doubtful).words() == "inconclusive (the search is in doubt)"
    frame = long_runs(make_frame, {"own": 0.7, "0.01": -0.7}, C6, -2.0)
    assert verdict("C6", frame.assign(score=0.5 * frame["trial"])).words() == "refuted (opposite)"


def test_unequal_cost_is_said(make_frame):
    frame = long_runs(make_frame, {"own": 0.0, "0.01": 0.0}, C6, -2.0).assign(flops=3e9)
    frame["flops"] *= frame["cell"].map({"gru": 1.0, "lstm": 4 / 3})
    note = "own learning rates: the LSTMs used 1.3 times the FLOPs of the GRUs"
    assert note in verdict("C6", frame).notes


def test_sweeps_that_did_not_measure_are_in_no_group(make_frame):
    frame = long_runs(make_frame, dict.fromkeys(("own", "0.003", "0.01"), 0.3), C7, -2.0)
    other = make_frame(sweep="other", budget="600 steps").assign(
        stop_on_memorized=False, learning_rate=0.1
    )
    both = pd.concat([frame, other], ignore_index=True)
    assert set(by_learning_rate(Evidence(frame), C7)) == {
        OWN,
        "learning rate 0.003",
        "learning rate 0.01",
    }
    assert set(by_learning_rate(Evidence(both), C7)) == set(by_learning_rate(Evidence(frame), C7))
