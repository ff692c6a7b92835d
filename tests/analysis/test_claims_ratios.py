"""C1 and C2: ratio of times, ratio of bits, clocks, controls, and what a design lacks."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.analysis.claim_records import both_alphabets, configured, verdict


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(2.0, "supported"), (0.5, "refuted (opposite)"), (1.0, "refuted (equivalent)")],
)
def test_c1_finds_the_ratio_of_times(make_frame, ratio, expected):
    outcome = verdict("C1", both_alphabets(make_frame, ratio))
    assert outcome.words() == expected
    main = outcome.parts[0]
    assert main.low < main.plain_low < main.estimate < main.plain_high < main.high
    assert main.estimate == pytest.approx(math.log2(ratio), abs=0.06)
    assert outcome.setting == "2 cal-s"
    assert "12 clusters of 4 strata; 8 degrees of freedom" in main.basis


def test_c2_is_oriented_the_other_way_and_needs_the_bits_too(make_frame):
    frame = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    outcome = verdict("C2", frame)
    assert outcome.verdict == "supported"
    assert [part.name for part in outcome.parts[:2]] == ["in calibrated time", "stored bits"]
    assert outcome.parts[1].estimate == pytest.approx(
        0.6, abs=0.05
    )  # the curve is time to the power of 0.6
    assert "crossing of GRU and LSTM: not tested, because C1 and C2 are needed" in outcome.notes
    barred = verdict("C2", frame.assign(given_bits=0.2 * frame["reference_bits"]))
    assert barred.words() == "inconclusive (too few strings may count in bits)"
    assert barred.parts[0].verdict == "supported"
    assert barred.parts[1].tag == "too few strings may count in bits"


def test_a_crossing_is_said_only_where_both_claims_are_supported(make_frame):
    low = both_alphabets(make_frame, 2.0)
    high = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    both = pd.concat([low, high], ignore_index=True)
    assert "crossing of GRU and LSTM: between LZW 64 and 512" in verdict("C2", both).notes


def test_a_verdict_needs_the_same_sign_in_flops(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    frame.loc[frame["cell"] == "gru", "flops"] *= 8
    outcome = verdict("C1", frame)
    assert outcome.words() == "inconclusive (depends on the clock)"


def test_much_luck_of_searches_leaves_it_inconclusive(make_frame):
    assert verdict("C1", both_alphabets(make_frame, 1.3, tau=0.5)).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda frame: frame[frame["alphabet_size"] == 4], "2 alphabets (there is 1)"),
        (lambda frame: frame[frame["level"] == 16], "level 64"),
        (lambda frame: frame[frame["search"] < 2], "3 independent searches per level"),
        (lambda frame: frame[frame["replicate"] < 5], "8 confirmation strings per search"),
        (lambda frame: frame[frame["cell"] == "gru"], "confirmation runs of LSTM"),
        (lambda frame: frame.assign(budget_unit="GF"), "a budget in cal-s"),
        (lambda frame: frame.assign(source="markov"), "i.i.d. strings of LZW 16 and 64"),
        (lambda frame: frame.assign(restore_best_weights=True), "runs that did not fail"),
        (lambda frame: frame.assign(status="failed"), "runs that did not fail"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(make_frame, change, phrase):
    outcome = verdict("C1", change(both_alphabets(make_frame, 2.0)))
    assert outcome.verdict == "not tested"
    assert outcome.words().startswith("not tested: needs ")
    assert phrase in outcome.words()


def test_failed_runs_shrink_the_data_and_not_the_design(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    some = frame.index[
        (frame["role"] == "confirm") & (frame["replicate"] == 3) & (frame["cell"] == "gru")
    ][:2]
    frame.loc[some, "status"] = "failed"
    outcome = verdict("C1", frame)
    assert outcome.verdict == "supported"
    assert outcome.parts[0].basis.startswith("94 pairs in 12 clusters")


def test_winners_at_an_edge_make_it_inconclusive(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    fine = configured(frame)
    narrow = configured(frame, units={"low": 40, "high": 256})
    assert verdict("C1", frame, fine).verdict == "supported"
    outcome = verdict("C1", frame, narrow)
    assert outcome.words() == "inconclusive (the search is in doubt)"
    assert "the winners of 24 of 24 searches lie at an edge of the range of units" in outcome.notes


def test_trials_that_still_help_make_it_inconclusive(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    late = (frame["role"] == "tune") & (frame["trial"] == 1)
    assert verdict(
        "C1", frame.assign(score=frame["score"].mask(late, 0.9).mask(frame["trial"] == 0, 0.1))
    ).tag == ("the search is in doubt")


def test_controls_stand_beside_and_decide_nothing(make_frame):
    control = both_alphabets(make_frame, 0.5, seed=20).assign(batch=8)
    control["sweep"] = "small-" + control["sweep"]
    outcome = verdict(
        "C1", pd.concat([both_alphabets(make_frame, 2.0), control], ignore_index=True)
    )
    assert outcome.verdict == "supported"
    beside = next(part for part in outcome.parts if part.name == "control: batch 8")
    assert beside.name in outcome.aside
    assert beside.estimate < 0
    assert (
        "the control was not run: batch 8" in verdict("C1", both_alphabets(make_frame, 2.0)).notes
    )


@pytest.mark.slow
def test_a_claim_answers_for_its_own_searches_alone(make_frame):
    low = both_alphabets(make_frame, 2.0)
    high = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    at_edge = pd.concat([low, high.assign(units=128)], ignore_index=True)
    assert verdict("C1", at_edge, configured(at_edge)).verdict == "supported"
    assert (
        verdict("C2", at_edge, configured(at_edge)).words()
        == "inconclusive (the search is in doubt)"
    )
    # Half of the winners of C1, a quarter of those of both levels.
    some = pd.concat(
        [low.assign(units=low["units"].where(low["level"] == 16, 128)), high], ignore_index=True
    )
    assert verdict("C1", some, configured(some)).words() == "inconclusive (the search is in doubt)"


@pytest.mark.parametrize("control", [{"forget_bias": 1.0}, {"batch": 8}])
def test_no_claim_is_decided_on_a_control(make_frame, control):
    main = both_alphabets(make_frame, 2.0)
    other = both_alphabets(make_frame, 0.5, budget="8 cal-s").assign(**control)
    both = pd.concat(
        [main.astype({"forget_bias": float}), other.astype({"forget_bias": float})],
        ignore_index=True,
    )
    outcome = verdict("C1", both)
    assert (outcome.setting, outcome.verdict) == ("2 cal-s", "supported")
    assert "other than the controls" in verdict("C1", other).words()


def test_the_largest_complete_budget_is_taken_and_the_others_named(make_frame):
    both = pd.concat(
        [both_alphabets(make_frame, 2.0), both_alphabets(make_frame, 1.0, budget="8 cal-s")]
    )
    outcome = verdict("C1", both.reset_index(drop=True))
    assert (outcome.setting, outcome.words()) == ("8 cal-s", "refuted (equivalent)")
    assert "other complete designs, not used: 2 cal-s" in outcome.notes


def test_sweeps_without_a_search_are_no_search(make_frame):
    assert (
        "searches of several trials"
        in verdict("C1", both_alphabets(make_frame, 2.0).assign(trial=0)).words()
    )


def test_searches_on_the_strings_of_another_sweep_are_no_more_searches(make_frame):
    frame = both_alphabets(make_frame, 2.0, searches=2)
    again = frame.assign(sweep="again " + frame["sweep"])
    assert (
        "3 searches per level with pairs of runs"
        in verdict("C1", pd.concat([frame, again])).words()
    )
    third = both_alphabets(make_frame, 2.0, searches=1, seed=9)
    third["sweep"] = "more " + third["sweep"]
    third["string_id"] = "more " + third["string_id"]
    outcome = verdict("C1", pd.concat([frame, again, third], ignore_index=True))
    assert outcome.verdict == "supported"
    assert "12 clusters of 4 strata" in outcome.parts[0].basis


def test_a_search_that_lost_its_runs_is_missing(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    lost = (
        (frame["search"] == 1)
        & (frame["level"] == 16)
        & (frame["cell"] == "gru")
        & (frame["role"] == "confirm")
    )
    outcome = verdict("C1", frame.assign(status=frame["status"].mask(lost, "failed")))
    assert outcome.words() == (
        "not tested: needs 3 searches per level with pairs of runs that did not fail"
        " (somewhere there are only 2)"
    )


def test_a_mean_over_levels_is_not_known_where_one_level_says_nothing(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    untouched = frame["level"] == 64
    bits = zip(frame["checkpoint_nll_bits"], frame["reference_bits"], untouched, strict=True)
    nothing = [[r] * len(values) if none else values for values, r, none in bits]
    outcome = verdict("C1", frame.assign(checkpoint_nll_bits=nothing))
    assert outcome.words() == "inconclusive (nothing is known at some levels)"
    assert "96 of 192 pairs are left out" not in outcome.notes[0]
    assert outcome.notes[0].startswith("48 of 96 pairs are left out")


def test_bits_too_need_the_same_sign_in_flops(make_frame):
    frame = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    outcome = verdict("C2", frame)
    parts = {part.name: part for part in outcome.parts}
    assert parts["stored bits at equal FLOPs"].estimate == pytest.approx(
        parts["stored bits"].estimate, abs=0.02
    )
    dear = frame.assign(flops=frame["flops"] * frame["cell"].map({"lstm": 8.0, "gru": 1.0}))
    outcome = verdict("C2", dear)
    parts = {part.name: part for part in outcome.parts}
    assert outcome.words() == "inconclusive (depends on the clock)"
    # An eighth of its budget is three octaves; the curve is time to the power of 0.6.
    assert parts["stored bits at equal FLOPs"].estimate == pytest.approx(0.6 - 3 * 0.6, abs=0.1)


def test_barred_strings_leave_rho_to_refute(make_frame):
    frame = both_alphabets(make_frame, 2.0, levels=(512, 2048), centre=100.0)
    outcome = verdict("C2", frame.assign(given_bits=0.2 * frame["reference_bits"]))
    assert outcome.words() == "refuted (opposite)"
    some = frame.assign(
        given_bits=0.2 * frame["reference_bits"].where(frame["replicate"] == 0, 0.0)
    )
    assert any("8 confirmation strings per search" in note for note in verdict("C2", some).notes)


def test_a_crossing_takes_one_budget(make_frame):
    low = both_alphabets(make_frame, 2.0, budget="4 cal-s")
    high = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    notes = verdict("C2", pd.concat([low, high], ignore_index=True)).notes
    assert "crossing of GRU and LSTM: not tested, C1 holds for 4 cal-s and C2 for 2 cal-s" in notes


def test_times_that_are_bounds_are_counted(make_frame):
    outcome = verdict("C1", both_alphabets(make_frame, 1.0, centre=1e6))
    assert any(
        "96 of 96 pairs a run passed the threshold before its first" in note
        for note in outcome.notes
    )
    assert any("bias the ratio toward no difference" in note for note in outcome.notes)
    assert outcome.words() == "refuted (equivalent, biased toward no difference)"
